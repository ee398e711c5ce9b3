"""`cleanline simulate fleet`: many plants of many meters in one process, for load."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from plant.errors import UsageError
from simulators.faults.board import Board
from simulators.fleet import MOST_UNITS, Layout, draw_loads, fleet_units
from simulators.lines import Address, BusServers
from simulators.options import OneLine
from simulators.serve import serve
from simulators.serve_options import add_serving, clock_of, for_s
from simulators.server import SimulatedBus
from simulators.toml_text import Table, toml_text

_PORT = 20000
_LAST_PORT = 65535


def main(argv: list[str]) -> int:
    """Serve until SIGINT or SIGTERM or the time is over."""
    args = _parser().parse_args(argv)
    if args.meters < 1 or args.meters > MOST_UNITS:
        raise UsageError(f"--meters {args.meters}: a port has 1 to {MOST_UNITS} units")
    first = args.port_base or _PORT
    if args.plants < 1 or first + args.plants - 1 > _LAST_PORT:
        raise UsageError(f"--plants {args.plants}: one port each, from {first} to {_LAST_PORT}")
    ports = range(first, first + args.plants)
    if args.write is not None:
        write_plants(args.write, ports, args)
    clock = clock_of(args, ZoneInfo("UTC"))
    layout, board = Layout(args.model), Board(buses={})
    servers = BusServers(
        {
            Address("127.0.0.1", port): SimulatedBus(
                fleet_units(layout, draw_loads(args.seed, number, args.meters)), clock.now_s, board
            )
            for number, port in enumerate(ports, start=1)
        }
    )
    asyncio.run(serve(servers, lambda _: _announce(ports, args), for_s=for_s(args)))
    return 0


def _parser() -> argparse.ArgumentParser:
    options = OneLine(
        prog="cleanline simulate fleet",
        description="Serve many plants on ports of loopback, one each, all meters of one model.",
    )
    add = options.add_argument
    add("--plants", type=int, default=200, metavar="N", help="default 200")
    add("--meters", type=int, default=50, metavar="N", help="of each plant; default 50")
    add("--model", default="eastron-sdm630", help="an energy meter that `cleanline meters` lists")
    add("--seed", type=int, default=1, help="another seed, other meters")
    add("--write", type=Path, metavar="FOLDER", help="write a plant file for each")
    add("--broker", default="mqtt://127.0.0.1:1883", help="the broker in those files")
    add_serving(options)
    return options


def write_plants(folder: Path, ports: Sequence[int], args: argparse.Namespace) -> None:
    """Write FOLDER/fleet-001/plant.toml and so on, which agents and a collector read."""
    for number, port in enumerate(ports, start=1):
        name = f"fleet-{number:03}"
        meters = {
            f"m{unit:03}": {
                "bus": "gateway/bus", "unit_id": unit, "model": args.model,
                "resource": "electricity",
            }
            for unit in range(1, args.meters + 1)
        }  # fmt: skip
        plant: Table = {
            "plant": {"id": name, "name": f"Fleet {number}"},
            "resources": {"electricity": {}},
            "broker": {"url": args.broker},
            "gateways": {"gateway": {"buses": {"bus": {"tcp": f"127.0.0.1:{port}"}}}},
            "meters": meters,
        }
        (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "plant.toml").write_text(toml_text(plant), encoding="utf-8")


def _announce(ports: range, args: argparse.Namespace) -> None:
    meters = args.meters * len(ports)
    sys.stdout.write(f"{meters} meters at 127.0.0.1:{ports[0]} to {ports[-1]}; Ctrl-C ends it\n")
    sys.stdout.flush()
