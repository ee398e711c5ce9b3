"""What a unit of a resource costs and emits on a day: dated prices, and the factor of the year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from plant.description import Plant, Resource
from plant.factors import EMITTED, Factor
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


class Daily(NamedTuple):
    """The rate of a day, and what it makes of one unit of the resource."""

    rate: Rate
    per_unit: float  # [unit of the worth] per [unit of the resource]


@dataclass(frozen=True, slots=True)
class Rates:
    """How a resource is valued in one way.

    on: the rate of a day, None where none is known. changes: the days after a first, until a last,
    on which another may begin.
    """

    kind: Kind
    unit: str
    on: Callable[[date], Daily | None]
    changes: Callable[[date, date], Sequence[date]]
    biogenic: bool = False


def cost_rates(plant: Plant, resource: str) -> Rates | None:
    """By the prices of the plant file; None where the resource has none."""
    described, unit = plant.resources[resource], plant.resource_unit(resource)
    if not described.price:
        return None
    currency = plant.plant.currency
    begins = [price.from_ for price in described.price]
    return Rates(
        "cost",
        currency,
        on=lambda day: _price(described, day, unit, currency),
        changes=lambda first, last: [day for day in begins if first < day <= last],
    )


def co2e_rates(plant: Plant, resource: str, factor: Factor | None) -> Rates | None:
    """By an emission factor; None without one."""
    if factor is None:
        return None
    scale = factor.per(plant.resource_unit(resource), plant.resources[resource].calorific)
    return Rates(
        "co2e",
        EMITTED,
        on=lambda day: _emission(factor, day, scale),
        changes=_new_years,
        biogenic=factor.biogenic,
    )


def _new_years(first: date, last: date) -> list[date]:
    return [date(year, 1, 1) for year in range(first.year + 1, last.year + 1)]


def _price(resource: Resource, day: date, unit: str, currency: str) -> Daily | None:
    held = [price for price in resource.price if price.from_ <= day]
    if not held:
        return None
    price = held[-1]
    rate = Rate(
        price.value, f"{currency}/{price.per}", price.from_.isoformat(), price.source or "", False
    )
    return Daily(rate, price.value * float(ratio(unit, price.per)))


def _emission(factor: Factor, day: date, scale: float) -> Daily | None:
    found = factor.in_year(day.year)
    if found is None:
        return None
    year = "" if found.year is None else str(found.year)
    rate = Rate(found.value, factor.unit, year, factor.source, found.stands_in)
    return Daily(rate, found.value * scale)
