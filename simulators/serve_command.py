"""`cleanline simulate SCENARIO`: serve the meters of a plant that is not there.

What only some options need is loaded when they are given: meters shall answer at once.
"""

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import Callable
from pathlib import Path

from plant.garbage import unswept
from simulators.clock import Watch
from simulators.faults.board import Board
from simulators.lines import BusServers, Line
from simulators.options import parser
from simulators.scenario import Scenario, load_scenario
from simulators.scenario_file import read_documents, shipped_plants, shipped_scenarios
from simulators.serve import bus_servers, serve
from simulators.serve_options import add_serving, clock_of, for_s, tls_context


def main(argv: list[str]) -> int:
    """Serve until SIGINT or SIGTERM or the time is over; 1 when a check then finds a difference."""
    options = parser("", "Serve a simulated plant's meters over Modbus until Ctrl-C.")
    add_running(options)
    options.add_argument("--list", action=_ListScenarios, nargs=0,
        help="the shipped plants and scenarios, and what they are")  # fmt: skip
    args = options.parse_args(argv)
    return run(args.scenario, args)


def run(path: Path, args: argparse.Namespace) -> int:
    """Serve a scenario as the options of `add_running` say."""
    with unswept():
        scenario = load_scenario(path)
        clock = clock_of(args, scenario.plant.zone)
        if args.meters:
            from simulators.meter_table import meter_table  # noqa: PLC0415

            sys.stdout.write(meter_table(scenario, clock.now_s(), args.port_base) + "\n")
            return 0
        watch = Watch(clock, time.time())
        board = scenario.board()
        others = _between(args, board, clock.now_s)
        servers = bus_servers(
            scenario, clock, args.port_base, board=board, tls=tls_context(args), others=others
        )
    with contextlib.ExitStack() as stack:
        if args.control is not None:
            from simulators.control import Control, serve_control  # noqa: PLC0415

            control = Control(scenario, board, now_s=clock.now_s)
            stack.enter_context(serve_control(control, args.control))
        ready = lambda servers: _announce(scenario, servers)  # noqa: E731 - a line too long else
        asyncio.run(serve(servers, ready, for_s=for_s(args)))
    if args.check is None and args.junit is None:
        return 0
    from simulators.judging import judge  # noqa: PLC0415

    return judge(scenario, servers, watch, url=args.check, junit=args.junit)


def add_running(options: argparse.ArgumentParser) -> None:
    """Options of place and time, of faults, and of what is looked at in the end."""
    add_serving(options)
    add = options.add_argument
    add("--control", type=int, metavar="PORT",
        help="let faults be switched at this port of 127.0.0.1 (`simulate fault`)")  # fmt: skip
    add("--broker-port", type=int, metavar="PORT",
        help="run a broker there too, which broker-gone and broker-wiped can strike")  # fmt: skip
    add("--database-port", type=int, metavar="PORT",
        help="stand there before --database, which database-gone can strike")  # fmt: skip
    add("--database", metavar="HOST:PORT", default="127.0.0.1:8086", help="an InfluxDB")
    add("--check", metavar="URL",
        help="at the end, compare what this running collector says with the truth")  # fmt: skip
    add("--junit", type=Path, metavar="FILE",
        help="at the end, write what was found: which meter nobody read, and --check")  # fmt: skip
    add("--meters", action="store_true",
        help="print where each meter is, and what it shows at --at; serve nothing")  # fmt: skip
    add("--list-faults", action=_ListFaults, nargs=0, help="every kind, and where it was met")


def _between(args: argparse.Namespace, board: Board, now_s: Callable[[], float]) -> list[Line]:
    """What stands between agent and store, to be struck by faults."""
    found: list[Line] = []
    if args.broker_port is None and args.database_port is None:
        return found
    from simulators.relay import BrokerLine, database_relay  # noqa: PLC0415
    from simulators.supervisor import free_port  # noqa: PLC0415

    if args.broker_port is not None:
        found.append(BrokerLine(args.broker_port, free_port(0), board, now_s))
    if args.database_port is not None:
        found.append(database_relay(args.database_port, args.database, board, now_s=now_s))
    return found


class _ListScenarios(argparse.Action):
    """Prints the shipped plants and scenarios and ends."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        for path in shipped_plants():
            plant = read_documents(path).plant.content["plant"]
            sys.stdout.write(f"{path.parent.name:28} {plant['name']} ({plant['sector']}).\n")
        sys.stdout.write("\n")
        for path in shipped_scenarios():
            sys.stdout.write(f"{path.stem:28} {read_documents(path).scenario.content['says']}\n")
        parser.exit()


class _ListFaults(argparse.Action):
    """Prints the catalogue and ends, as --help does."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from simulators.faults.catalogue import listed  # noqa: PLC0415

        sys.stdout.write(listed() + "\n")
        parser.exit()


def _announce(scenario: Scenario, servers: BusServers) -> None:
    buses = ", ".join(f"{a} ({len(bus.units)} units)" for a, bus in servers.buses.items())
    sys.stdout.write(f"{scenario.plant.id}: {buses}; Ctrl-C ends it\n")
    sys.stdout.flush()
