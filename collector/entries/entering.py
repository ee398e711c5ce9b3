"""One amount that a person enters: checked as an imported one, stored by the same function."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from collector.entries.imports import Authorship, Sourced, import_amounts
from collector.ledger import Amount, Entry, Ledger
from plant.calendar import local_date
from plant.description import Plant
from plant.errors import UnitError, UsageError
from plant.reading import LARGEST
from plant.units import convert_level

Outcome = Literal["new", "corrected", "unchanged"]
SOURCE = "entered by hand"


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed: an amount of a quantity on a day, or in a shift that began on it."""

    quantity: str
    day: date
    value: float
    unit: str
    shift: str = ""


def enterable(plant: Plant) -> list[str]:
    """The quantities of which amounts can be entered: products first; computed ones cannot."""
    names = [*plant.products, *plant.resources, *plant.drivers]
    return [name for name in names if not plant.computed_from(name)]


def enter(
    plant: Plant, asked: Asked, *, ledger: Ledger, author: str, reason: str, now_ms: int
) -> Outcome:
    """Store an amount; UsageError with a sentence for one that cannot be.

    An amount of a period that has one corrects it, and needs a reason; the old one stays readable.
    """
    amount = _amount(plant, asked, today=local_date(now_ms, plant.zone))
    known = ledger.amounts.standing(plant.id, amount.quantity)
    before = next((entry for entry in known if entry.amount.period == amount.period), None)
    if before is None:
        _refuse_overlap(amount, known)
    by = Authorship(author, reason, now_ms)
    done = import_amounts(plant, [Sourced(amount, SOURCE)], ledger=ledger, by=by)
    return "new" if done.new else "corrected" if done.corrected else "unchanged"


def _amount(plant: Plant, asked: Asked, *, today: date) -> Amount:
    known = enterable(plant)
    if asked.quantity not in known:
        raise UsageError(f"no quantity {asked.quantity!r}; known: {', '.join(known)}")
    if asked.shift and asked.shift not in plant.shifts:
        raise UsageError(f"no shift {asked.shift!r}; known: {', '.join(plant.shifts) or 'none'}")
    if asked.day > today:
        raise UsageError(f"{asked.day} has not begun; enter amounts of days up to {today}")
    unit = plant.quantity_unit(asked.quantity)
    try:
        value = convert_level(asked.value, asked.unit, unit)
    except UnitError as error:
        raise UsageError(f"{error}; give a unit that converts to {unit}") from error
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise UsageError(f"an amount of {asked.value:g} {asked.unit} is no number to count with")
    if value < 0 and asked.quantity not in plant.drivers:
        raise UsageError(f"an amount of {asked.value:g} {asked.unit}; it cannot be negative")
    if asked.shift and asked.quantity in plant.drivers:
        raise UsageError(f"{asked.quantity} is entered by day, not by shift")
    end = asked.day + timedelta(days=1)
    return Amount(asked.quantity, asked.day, end, value, unit, asked.shift)


def _refuse_overlap(amount: Amount, known: list[Entry]) -> None:
    for entry in known:
        if amount.overlaps(entry.amount):
            other = entry.amount
            what = f"shift {other.shift}" if other.shift else f"to before {other.end_day}"
            raise UsageError(
                f"{amount.quantity} of {amount.first_day} would count twice: an amount of "
                f"{other.first_day} {what} is known; correct that one"
            )
