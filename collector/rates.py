"""What a unit of a resource costs and emits on a day: dated prices, and the factor of the year."""

from __future__ import annotations

from collections.abc import Callable
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
    """How a resource is valued in one way; `on` gives None for a day of which no rate is known."""

    kind: Kind
    unit: str
    on: Callable[[date], Daily | None]
    biogenic: bool = False


def cost_rates(plant: Plant, resource: str) -> Rates | None:
    """By the prices of the plant file; None where the resource has none."""
    described, unit = plant.resources[resource], plant.resource_unit(resource)
    if not described.price:
        return None
    currency = plant.plant.currency
    return Rates("cost", currency, lambda day: _price(described, day, unit, currency))


def co2e_rates(plant: Plant, resource: str, factor: Factor | None) -> Rates | None:
    """By an emission factor; None without one."""
    if factor is None:
        return None
    scale = factor.per(plant.resource_unit(resource), plant.resources[resource].calorific)
    return Rates("co2e", EMITTED, lambda day: _emission(factor, day, scale), factor.biogenic)


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
