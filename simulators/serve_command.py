"""`cleanline simulate SCENARIO`: serve the meters of a plant that is not there.

What only some options need is loaded when they are given: meters must answer at once.
"""

import argparse
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from zoneinfo import ZoneInfo

from plant.garbage import unswept
from plant.ports import port_number
from simulators.counting import Counting, early_timeline
from simulators.documents import (
    Documents,
    find_scenario,
    read_documents,
    shipped_plants,
    shipped_scenarios,
)
from simulators.options import parser
from simulators.serve_options import add_serving, clock_of


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
    path = find_scenario(path)
    with unswept():
        documents = read_documents(path)
        with _counting(documents, args) as counting:
            # The larger part of the program is loaded while another process counts.
            from simulators.served import load_served, meters_told  # noqa: PLC0415

            if args.meters:
                sys.stdout.write(meters_told(path, documents, counting, args=args) + "\n")
                return 0
            served = load_served(path, documents, counting, args=args)
    return served.run(args)


def _counting(
    documents: Documents, args: argparse.Namespace
) -> AbstractContextManager[Counting | None]:
    """The counting of the plant's past, begun; None where a file is not right."""
    timeline = early_timeline(documents)
    if timeline is None:
        return nullcontext()
    return Counting(timeline, clock_of(args, ZoneInfo(timeline.process.clock.zone)).now_s())


def add_running(options: argparse.ArgumentParser) -> None:
    """Options of place and time, of faults, and of what is looked at in the end."""
    add_serving(options)
    add = options.add_argument
    add("--control", type=port_number, metavar="PORT",
        help="let faults be switched at this port of 127.0.0.1 (`simulate fault`)")  # fmt: skip
    add("--broker-port", type=port_number, metavar="PORT",
        help="run a broker there too, which broker-gone and broker-wiped can strike")  # fmt: skip
    add("--database-port", type=port_number, metavar="PORT",
        help="stand there before --database, which database-gone can strike")  # fmt: skip
    add("--database", metavar="HOST:PORT", default="127.0.0.1:8086", help="an InfluxDB")
    add("--check", metavar="URL",
        help="at the end, compare what this running collector says with the truth")  # fmt: skip
    add("--junit", type=Path, metavar="FILE",
        help="at the end, write what was found: which meter nobody read, and --check")  # fmt: skip
    add("--meters", action="store_true",
        help="print where each meter is, and what it shows at --at; serve nothing")  # fmt: skip
    add("--list-faults", action=_ListFaults, nargs=0, help="every kind, and where it was met")


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
