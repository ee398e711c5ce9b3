"""What the verbs of `cleanline simulate` have in common: options, spans of time, output."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from zoneinfo import ZoneInfo

from plant.calendar import day_start_ms, iso, to_ms
from plant.errors import CleanlineError, UsageError
from plant.units import parse_quantity
from simulators.commands import VERBS

if TYPE_CHECKING:
    from simulators.scenario import Scenario


_ALL = "`cleanline simulate --list` lists all"
_WAYS = (
    "`cleanline simulate kontum-starch` serves a starch plant, "
    "`cleanline simulate meter eastron-sdm630` one meter"
)


class OneLine(argparse.ArgumentParser):
    """Tells what is wrong in one line, as every error is told, and not the usage before it."""

    def error(self, message: str) -> NoReturn:
        """UsageError with the ways on."""
        if message.endswith("required: scenario"):
            such = f"such as `{self.prog} kontum-starch`"
            ways = _WAYS if self.prog == "cleanline simulate" else such
            raise UsageError(f"{self.prog}: name a scenario: {ways}; {_ALL}")
        raise UsageError(f"{self.prog}: {message}; `{self.prog} --help` tells more")


def parser(verb: str, description: str) -> argparse.ArgumentParser:
    """A parser for one verb, which takes a scenario file."""
    others = "\n".join(f"  simulate {name:8} {verb.summary}" for name, verb in VERBS.items())
    made = OneLine(
        prog=f"cleanline simulate{verb and ' ' + verb}",
        description=description,
        epilog=f"  simulate          serve the plant's meters over Modbus\n{others}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument(
        "scenario", type=Path, help="a scenario file (TOML), or the name of one that --list lists"
    )
    return made


def add_span(parser: argparse.ArgumentParser, *, months: bool) -> None:
    """Options for a span of time."""
    parser.add_argument(
        "--from", dest="start", metavar="TIME", help="a date or time; default the scenario's origin"
    )
    parser.add_argument("--to", dest="end", metavar="TIME", help="a date or time; default now")
    if months:
        parser.add_argument(
            "--months", type=int, metavar="N", help="instead of --from: N whole months before --to"
        )


def span(args: argparse.Namespace, scenario: Scenario) -> tuple[int, int]:
    """The span that was asked for [ms, UTC]."""
    zone = scenario.plant.zone
    end_ms = instant_ms(args.end, zone) if args.end else int(time.time() * 1000)
    start_ms = (
        instant_ms(args.start, zone) if args.start else day_start_ms(scenario.file.origin, zone)
    )
    if getattr(args, "months", None):
        start_ms = day_start_ms(_months_before(end_ms, args.months, zone=zone), zone)
    if start_ms >= end_ms:
        raise UsageError(f"from {iso(start_ms)} to {iso(end_ms)} is no span; give --from and --to")
    return start_ms, end_ms


def _months_before(end_ms: int, months: int, *, zone: ZoneInfo) -> date:
    """The first day of the month so many whole months before the one of an instant."""
    day = datetime.fromtimestamp(end_ms / 1000, zone).date().replace(day=1)
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def instant_ms(text: str, zone: ZoneInfo) -> int:
    """UTC milliseconds of a date or time, in the plant's zone when it names none."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is not a date or time; write 2025-01-31 or 2025-01-31T06:00"
        ) from error
    return to_ms(instant if instant.tzinfo else instant.replace(tzinfo=zone))


def duration_s(text: str) -> float:
    """A time such as 60s, 2min or 10m [s]; UsageError when it is none."""
    minutes = re.fullmatch(r"([0-9.]+)\s*m", text)  # which would be metres
    try:
        return parse_quantity(f"{minutes[1]} min" if minutes else text, like="s").to("s")
    except CleanlineError as error:
        raise UsageError(f"--for {text}: write a time such as 60s or 10min") from error


def write_json(content: object) -> None:
    """Print one JSON document."""
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()
