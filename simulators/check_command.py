"""`cleanline simulate check SCENARIO`: does a collector say what is true?"""

import json
import sys
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from plant.errors import CleanlineError, UsageError
from simulators.expected import Seen, SeenAmount, differences, expected
from simulators.options import add_span, parser, span, write_json
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
    args = options.parse_args(argv)
    scenario = load_scenario(args.scenario)
    if args.end is None and scenario.file.until is not None:
        args.end = (scenario.file.until + timedelta(days=1)).isoformat()
    told = expected(scenario, *span(args, scenario))
    seen = _asked(args.url, scenario) if args.url else seen_in_claims(_read(args.verified))
    found = differences(told, seen)
    if args.json:
        write_json(found)
    else:
        months = sum(len(quantity) for quantity in seen.months.values())
        judged = len(scenario.file.truth.verdicts)
        lines = found or [f"no difference: {months} months and {judged} verdicts compared"]
        sys.stdout.write("\n".join(lines) + "\n")
    return 1 if found else 0


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


def _asked(url: str, scenario: Scenario) -> Seen:
    address = f"{url.rstrip('/')}/api/v1/plants/{quote(scenario.plant.id)}/now"
    if not address.startswith(("http://", "https://")):
        raise UsageError(f"{url!r} is no address; write http://127.0.0.1:8080")
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - checked above
            return seen_now(json.load(answer), scenario)
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
