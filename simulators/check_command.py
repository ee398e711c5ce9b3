"""`cleanline simulate check SCENARIO`: does a collector say what is true?"""

import argparse
import json
import sys
import time
import urllib.error
import urllib.request
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from plant.calendar import from_ms
from plant.errors import CleanlineError, UsageError
from simulators.comparison import Case, Seen, SeenAmount, cases
from simulators.expected import expected, whole_months
from simulators.junit import write_junit
from simulators.options import add_span, parser, span, write_json
from simulators.progress import Progress
from simulators.scenario import Scenario, load_scenario


def main(argv: list[str]) -> int:
    """Print what differs; 1 when anything does."""
    options = parser(
        "check",
        "Compare what a collector says with what is true: months and claims from its API,\n"
        "or claims from the output of `cleanline verify --json`.",
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
    between = _span(args, scenario)
    seen = (
        seen_by(args.url, scenario, between) if args.url else seen_in_claims(_read(args.verified))
    )
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


def compared_now(page: dict[str, Any], scenario: Scenario) -> list[Case]:
    """What the API's `now` says of months and claims, against the truth up to now."""
    nothing = argparse.Namespace(start=None, end=None)
    return compared(scenario, seen_now(page, scenario), _span(nothing, scenario))


def seen_by(url: str, scenario: Scenario, between: tuple[int, int]) -> Seen:
    """What a running collector says of the whole months of a span [ms, UTC], and of claims."""
    seen = seen_now(asked(url, scenario), scenario)
    whole = whole_months(scenario, *between)
    if not whole:
        return seen
    since = from_ms(whole[0].start_ms, scenario.plant.zone).date()
    held = asked(url, scenario, f"held?since={since}&months={len(whole)}")
    return replace(
        seen,
        events=[(told["meter"], told["kind"], told["time_ms"]) for told in held["events"]],
        slots={
            told["meter"]: {_month(m): m["quarter_hours"] for m in told["months"]}
            for told in held["meters"]
        },
    )


def seen_now(page: dict[str, Any], scenario: Scenario) -> Seen:
    """What the API's `now` says of whole months and of claims."""
    months: dict[str, dict[str, SeenAmount]] = {}
    product = next(iter(scenario.plant.products), None)
    for tile in page["tiles"]:
        whole = [month for month in tile["history"]["months"] if month["is_whole"]]
        months[tile["resource"]] = {_month(m): _amount(m, "amount") for m in whole}
        if product is not None:
            months[product] = {_month(m): _amount(m, "output") for m in whole}
    claims = [claim for tile in page["tiles"] for claim in tile["claims"]]
    return Seen(months=months, claims={claim["claim"]: claim for claim in claims})


def seen_in_claims(claims: list[dict[str, Any]]) -> Seen:
    """What `verify --json` says."""
    return Seen(claims={claim["claim"]: claim for claim in claims})


def _month(month: dict[str, Any]) -> str:
    return str(month["first"])[:7]


def _amount(month: dict[str, Any], key: str) -> SeenAmount:
    return SeenAmount(month[key], is_estimated=bool(month["estimated"]))


def asked(url: str, scenario: Scenario, what: str = "now") -> dict[str, Any]:
    """What the API of a running collector says of the plant."""
    address = f"{url.rstrip('/')}/api/v1/plants/{quote(scenario.plant.id)}/{what}"
    if not address.startswith(("http://", "https://")):
        raise UsageError(f"{url!r} is no address; write http://127.0.0.1:8080")
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - checked above
            page: dict[str, Any] = json.load(answer)
            return page
    except (OSError, ValueError) as error:
        raise CleanlineError(
            f"{address}: {error}; is the collector of this plant there?"
        ) from error


def _read(path: Path) -> list[dict[str, Any]]:
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
        claims: list[dict[str, Any]] = json.loads(text)
    except (OSError, ValueError) as error:
        raise UsageError(
            f"{path}: {error}; give the output of `cleanline verify --json`"
        ) from error
    return claims
