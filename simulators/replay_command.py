"""`cleanline simulate replay FILE.csv`: a plant's own log as registers."""

import argparse
import asyncio
import sys
from pathlib import Path

from plant.calendar import iso
from plant.check import load_plant
from simulators.lines import BusServers
from simulators.meter_table import table_of
from simulators.options import OneLine
from simulators.replay import Log, read_bare_log, read_log
from simulators.serve import bus_places, serve, servers_of
from simulators.serve_options import add_serving, clock_of, for_s, tls_context


def main(argv: list[str]) -> int:
    """Serve until SIGINT or SIGTERM or the time is over."""
    options = OneLine(
        prog="cleanline simulate replay",
        description="Serve a plant's own log as the registers of its meters. The first line of\n"
        "the file is `time,METER.POINT [UNIT],...`; times are those of the plant's zone unless\n"
        "they name another.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    options.add_argument("file", type=Path, metavar="FILE.csv", help="the log")
    options.add_argument("--plant", type=Path,
        help="the plant file of its meters; without it, columns are registers")  # fmt: skip
    add_serving(options, begin="the first row of the log")
    args = options.parse_args(argv)
    if args.plant is None:
        plant, log = read_bare_log(args.file)
    else:
        plant = load_plant(args.plant)
        log = read_log(args.file, plant)
    clock = clock_of(args, plant.zone, begin_s=log.begin_s)
    places = bus_places(plant, args.port_base)
    servers = servers_of(
        plant, log.meters, clock, board=log.board, places=places, tls=tls_context(args)
    )
    if args.plant is None:
        sys.stdout.write(table_of(plant, log.meters, clock.now_s(), places=places) + "\n")
    asyncio.run(serve(servers, lambda ready: _announce(log, ready), for_s=for_s(args)))
    return 0


def _announce(log: Log, servers: BusServers) -> None:
    buses = ", ".join(f"{a} ({len(bus.units)} units)" for a, bus in servers.buses.items())
    span = f"{iso(round(log.begin_s * 1000))} to {iso(round(log.end_s * 1000))}"
    sys.stdout.write(f"{span}: {buses}; Ctrl-C ends it\n")
    sys.stdout.flush()
