"""`cleanline simulate check SCENARIO`: does a collector say what is true?"""

import argparse
import json
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from plant.errors import UsageError
from simulators.comparison import Case, Seen, cases
from simulators.expected import expected
from simulators.junit import write_junit
from simulators.options import add_span, parser, span, write_json
from simulators.progress import Progress
from simulators.scenario import Scenario, load_scenario
from simulators.seen import asked, seen_by, seen_in_claims


def main(argv: list[str]) -> int:
    """Print what differs; 1 when anything does."""
    options = parser(
        "check",
        "Compare what a collector says with what is true: months, claims, events and readings\n"
        "from its API, or claims from the output of `cleanline verify --json`. Without --from\n"
        "and --to: from the first month to the last of which the collector holds any reading.",
    )
    add_span(options, months=False)
    source = options.add_mutually_exclusive_group(required=True)
    source.add_argument("--url", metavar="URL", help="a running collector, http://127.0.0.1:8080")
    source.add_argument(
        "--verified", type=Path, metavar="FILE", help="from `verify --json`; - reads"
    )
    options.add_argument("--json", action="store_true", help="print a JSON list")
    options.add_argument("--junit", type=Path, metavar="FILE", help="write all that was compared")
    args = options.parse_args(argv)
    scenario = load_scenario(args.scenario)
    begun_s = time.monotonic()
    is_told = bool(args.start or args.end)
    between = _span(args, scenario)
    if args.url:
        page = asked(args.url, scenario)
        seen = seen_by(args.url, scenario, between, page=page, is_whole=is_told)
    else:
        seen = seen_in_claims(_read(args.verified))
    found = compared(scenario, seen, between)
    if args.junit is not None:
        suite = f"cleanline simulate check {scenario.plant.id}"
        write_junit(args.junit, suite, found, took_s=time.monotonic() - begun_s)
    wrong = [case.difference for case in found if case.difference is not None]
    if args.json:
        write_json(wrong)
    else:
        lines = wrong or [f"no difference: {len(found)} things compared"]
        sys.stdout.write("\n".join(lines) + "\n")
    return 1 if wrong else 0


def _span(args: argparse.Namespace, scenario: Scenario) -> tuple[int, int]:
    """The span that was asked for, which ends with the scenario."""
    if args.end is None and scenario.file.until is not None:
        args.end = (scenario.file.until + timedelta(days=1)).isoformat()
    return span(args, scenario)


def compared(scenario: Scenario, seen: Seen, between: tuple[int, int]) -> list[Case]:
    """What is seen against the truth of a span [ms, UTC]; it is counted once, with progress."""
    progress = Progress("truth", sys.stderr, quiet_s=1.0)
    told = expected(scenario, *between, only=seen.labels, progress=progress.show)
    progress.end()
    return cases(told, seen)


def compared_until_now(url: str, scenario: Scenario, page: dict[str, Any]) -> list[Case]:
    """All that a running collector holds against the truth up to now; `page` is its `now`."""
    between = _span(argparse.Namespace(start=None, end=None), scenario)
    seen = seen_by(url, scenario, between, page=page, is_whole=False)
    return compared(scenario, seen, between)


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
        claims: list[dict[str, Any]] = json.loads(text)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path}: {error}; give the output of `cleanline verify --json`"
        ) from error
    return claims
