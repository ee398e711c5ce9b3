"""`cleanline simulate SCENARIO`: serve the meters of a plant that is not there."""

import asyncio
import sys
import time

from plant.errors import UsageError
from simulators.clock import start_clock
from simulators.options import instant_ms, parser
from simulators.scenario import Scenario, load_scenario
from simulators.serve import bus_servers, serve
from simulators.server import BusServers


def main(argv: list[str]) -> int:
    """Serve until SIGINT or SIGTERM."""
    options = parser("", "Serve a simulated plant's meters over Modbus TCP until Ctrl-C.")
    options.add_argument(
        "--port-base",
        type=int,
        metavar="N",
        help="listen on 127.0.0.1:N, N+1, ... instead of the plant file's addresses",
    )
    options.add_argument("--at", metavar="TIME", help="begin at this time (ISO 8601); default now")
    options.add_argument(
        "--speed", type=float, default=1.0, metavar="X", help="pass X times as fast (default 1)"
    )
    args = options.parse_args(argv)
    if args.speed < 0:
        raise UsageError(f"--speed {args.speed:g}: time does not run backwards; give 0 or more")
    scenario = load_scenario(args.scenario)
    begin_s = instant_ms(args.at, scenario.plant.zone) / 1000 if args.at else time.time()
    clock = start_clock(begin_s, speed=args.speed, monotonic_s=time.monotonic)
    servers = bus_servers(scenario, clock, args.port_base)
    asyncio.run(serve(servers, lambda ready: _announce(scenario, ready)))
    return 0


def _announce(scenario: Scenario, servers: BusServers) -> None:
    buses = ", ".join(f"{a} ({len(bus.units)} units)" for a, bus in servers.buses.items())
    sys.stdout.write(f"{scenario.plant.id}: {buses}; Ctrl-C ends it\n")
    sys.stdout.flush()
