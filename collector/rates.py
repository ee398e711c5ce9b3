"""What a unit of a resource costs and emits: dated prices, and the factor of the year."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple

from plant.description import Plant, Resource
from plant.factors import EMITTED, Factor
from plant.tariff import Hours, Price
from plant.units import ratio

Kind = Literal["cost", "co2e"]


class Rate(NamedTuple):
    """A price or factor, as it stands in its source, and how many days took it."""

    value: float
    unit: str
    since: str  # the day from which a price holds, the year of a factor, or nothing
    source: str
    stands_in: bool  # a factor of an earlier year, since none is known for the day's own
    days: int = 0


class Unitary(NamedTuple):
    """A rate, and what it makes of one unit of the resource."""

    rate: Rate
    per_unit: float  # [unit of the worth] per [unit of the resource]


class Begin(NamedTuple):
    """From when on a rate holds, on the plant's clock; None where none is known."""

    day: date
    at: time
    taken: Unitary | None


@dataclass(frozen=True, slots=True)
class Rates:
    """How a resource is valued in one way.

    begins: the rates that hold in the days from a first to a last one, in order, the first of them
    from the beginning of the first day.
    """

    kind: Kind
    unit: str
    begins: Callable[[date, date], Sequence[Begin]]
    biogenic: bool = False


def cost_rates(plant: Plant, resource: str) -> Rates | None:
    """By the prices of the plant file; None where the resource has none."""
    described, unit = plant.resources[resource], plant.resource_unit(resource)
    if not described.price:
        return None
    currency = plant.plant.currency
    return Rates(
        "cost",
        currency,
        begins=lambda first, last: list(_prices(described, unit, currency, days=(first, last))),
    )


def co2e_rates(plant: Plant, resource: str, factor: Factor | None) -> Rates | None:
    """By an emission factor; None without one."""
    if factor is None:
        return None
    scale = factor.per(plant.resource_unit(resource), plant.resources[resource].calorific)
    return Rates(
        "co2e",
        EMITTED,
        begins=lambda first, last: [
            Begin(day, time(0), _emission(factor, day, scale)) for day in _years(first, last)
        ],
        biogenic=factor.biogenic,
    )


def _years(first: date, last: date) -> list[date]:
    """The first day, and each after it with which a year begins."""
    return [first, *(date(year, 1, 1) for year in range(first.year + 1, last.year + 1))]


def _prices(
    resource: Resource, unit: str, currency: str, *, days: tuple[date, date]
) -> Iterator[Begin]:
    first, last = days
    changes = [price.from_ for price in resource.price if first < price.from_ <= last]
    for day, following in pairwise([first, *changes, last + timedelta(days=1)]):
        held = [price for price in resource.price if price.from_ <= day]
        if not held or not held[-1].hours:
            yield Begin(day, time(0), _priced(held[-1], None, unit, currency) if held else None)
            continue
        by_hours = {
            hours: _priced(held[-1], hours, unit, currency) for hours in (None, *held[-1].hours)
        }
        for one in (day + timedelta(days=i) for i in range((following - day).days)):
            yield from (Begin(one, at, by_hours[hours]) for at, hours in held[-1].by_clock(one))


def _priced(price: Price, hours: Hours | None, unit: str, currency: str) -> Unitary:
    value = price.value if hours is None else hours.value
    source = ", ".join(filter(None, (price.source, hours.name if hours else None)))
    rate = Rate(value, f"{currency}/{price.per}", price.from_.isoformat(), source, False)
    return Unitary(rate, value * float(ratio(unit, price.per)))


def _emission(factor: Factor, day: date, scale: float) -> Unitary | None:
    found = factor.in_year(day.year)
    if found is None:
        return None
    year = "" if found.year is None else str(found.year)
    rate = Rate(found.value, factor.unit, year, factor.source, found.stands_in)
    return Unitary(rate, found.value * scale)
