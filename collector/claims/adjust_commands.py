"""``cleanline adjust``: enter a non-routine adjustment, or list those that stand."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from collector.claims.adjusting import told
from collector.ledger import Adjustment
from collector.options import (
    DONE,
    add_authorship,
    guarded,
    login_name,
    make_parser,
    now_ms,
    opened,
    print_json,
    print_line,
)
from plant.check import load_plant
from plant.description import Plant
from plant.errors import UnitError, UsageError
from plant.reading import LARGEST
from plant.units import parse_quantity

GROUPED = re.compile(r"\s*[-+]?\d{1,3}([.,]\d{3})+(?!\d)")  # 60.000 may be sixty thousand
WANTED = ("resource", "from", "to", "amount", "reason")


def adjust_main(argv: Sequence[str]) -> int:
    """Enter a non-routine adjustment; without one, list those that were entered."""
    says = (
        "Add to what is expected of a resource for what no driver explains, such as a line that "
        "was added. An entry is never removed: enter its negative to take it back."
    )
    parser = make_parser("adjust", says)
    parser.add_argument("plant", type=Path, metavar="PLANT", help="the plant file")
    parser.add_argument("--resource", metavar="NAME", help="the resource that is adjusted")
    parser.add_argument("--from", metavar="DATE", help="its first day")
    parser.add_argument("--to", metavar="DATE", help="its last day, included")
    parser.add_argument(
        "--amount", metavar="TEXT", help="what is added to the expected, '1200 kWh'; over all days"
    )
    add_authorship(parser, "what happened; printed in every report")
    return guarded(lambda: _adjust(parser.parse_args(argv)))


def _adjust(arguments: argparse.Namespace) -> int:
    plant = load_plant(arguments.plant)
    given = {name: getattr(arguments, name) for name in WANTED}
    missing = [f"--{name}" for name, value in given.items() if not value]
    if missing and len(missing) < len(WANTED):
        raise UsageError(
            f"an adjustment needs {', '.join(missing)} too; without any of them, all are listed"
        )
    with opened(arguments, plant) as held:
        if not missing:
            entered = _adjustment(plant, arguments)
            held.ledger.adjustments.add(plant.id, entered)
            amount = f"{entered.amount:+g} {entered.unit}"
            held.note_change(plant, "adjust", f"{entered.resource}: {amount}; {entered.reason}")
        found = [told(one, plant.zone) for one in held.ledger.adjustments.history(plant.id)]
        names = [one.resource for one in held.ledger.adjustments.history(plant.id)]
    if arguments.json:
        print_json([{"resource": n, **one} for n, one in zip(names, found, strict=True)])
        return DONE
    for name, one in zip(names, found, strict=True):
        print_line(f"{name}: {described(one)}")
    return DONE


def described(one: dict[str, object]) -> str:
    """An adjustment in one line."""
    return (
        f"{one['amount']:+,.1f} {one['unit']} from {one['from']} to {one['to']}, "
        f"by {one['author']} on {str(one['entered'])[:10]}: {one['reason']}"
    )


def _adjustment(plant: Plant, arguments: argparse.Namespace) -> Adjustment:
    resource = arguments.resource
    if resource not in plant.resources:
        raise UsageError(f"no resource {resource!r}; the plant has: {', '.join(plant.resources)}")
    first, last = _day(getattr(arguments, "from")), _day(arguments.to)
    if last < first:
        raise UsageError(f"an adjustment from {first} to {last}: let it end on or after its start")
    claims = [claim for claim in plant.claims.values() if claim.resource == resource]
    if not any(claim.since <= last and first <= claim.last_day for claim in claims):
        raise UsageError(
            f"no claim on {resource} covers a day from {first} to {last}; "
            "adjust days of a reporting period"
        )
    unit = plant.resource_unit(resource)
    if GROUPED.match(arguments.amount):
        raise UsageError(
            f"--amount {arguments.amount!r}: the mark may separate thousands; write 1234.5 kWh"
        )
    try:
        amount = parse_quantity(arguments.amount, like=unit).to(unit)
    except UnitError as error:
        raise UsageError(f"--amount: {error}") from error
    if abs(amount) > LARGEST:
        raise UsageError(
            f"--amount {arguments.amount!r}: larger than any plant can have; look at its unit"
        )
    return Adjustment(
        id=0,
        resource=resource,
        first_day=first,
        last_day=last,
        amount=amount,
        unit=unit,
        author=arguments.author or login_name(),
        reason=arguments.reason,
        entered_ms=now_ms(),
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is not a date; write it like 2026-01-31") from error
