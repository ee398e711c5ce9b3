"""The periods of a profile, in the plant's zone."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Literal, get_args

from collector.ledger import Ledger
from collector.store import Store
from plant.calendar import SLOT_MS, Span, day_start_ms, local_date, periods, shifts
from plant.description import Plant
from plant.errors import UsageError

By = Literal["hour", "shift", "day", "week", "month", "year", "batch"]
BY: tuple[By, ...] = get_args(By)


def spans_of(plant: Plant, by: By, first: date, last: date, *, ledger: Ledger) -> list[Span]:
    """The periods that begin in the days first to last, both included, and end in them.

    A night shift belongs to the day on which it began. A batch is what was imported of a product
    with a period of its own.
    """
    end = last + timedelta(days=1)
    if by == "shift":
        if not plant.shifts:
            raise UsageError("the plant file has no [shifts]; name when each begins")
        return list(shifts(first, end, plant.shifts, plant.zone))
    if by == "batch":
        return _batches(plant, first, end, ledger=ledger)
    end_ms = day_start_ms(end, plant.zone)
    found = periods(by, first, end, plant.zone)
    return [span for span in found if span.end_ms <= end_ms]


def known_until(plant: Plant, store: Store, *, ledger: Ledger) -> date | None:
    """The day from which on no reading and no amount is known; None where there is none at all."""
    ends = [entry.amount.end_day for entry in ledger.amounts.standing(plant.id)]
    read_ms = max((one.time_ms for one in store.latest(plant.id).values()), default=None)
    if read_ms is not None:
        ends.append(local_date(read_ms + SLOT_MS, plant.zone))
    return max(ends, default=None)


def _batches(plant: Plant, first: date, end: date, *, ledger: Ledger) -> list[Span]:
    known = {
        (entry.amount.first_day, entry.amount.end_day)
        for product in plant.products
        for entry in ledger.amounts.standing(plant.id, product)
    }
    inside = sorted((a, b) for a, b in known if first <= a and b <= end)
    if not inside:
        raise UsageError(
            f"no batch from {first} to {end - timedelta(days=1)}: import a product with the "
            "columns from, to"
        )
    if any(b > following for (_, b), (following, _) in pairwise(inside)):
        raise UsageError("the periods of imported products overlap; no batch is told from another")
    zone = plant.zone
    return [
        Span(day_start_ms(a, zone), day_start_ms(b, zone), f"{a}/{b - timedelta(days=1)}")
        for a, b in inside
    ]
