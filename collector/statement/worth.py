"""What a saving is worth: money by the prices of the plant file, CO2e by the factor of the year.

A period takes the mean rate of its days. The ends of the interval are those of the saving, at the
rate that the expected use has on average.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

from collector.analysis.saving import Saving
from collector.statement.parts import Row
from plant.description import Plant, Resource
from plant.factors import EMITTED, Factor
from plant.units import ratio


class Rate(NamedTuple):
    """A price or factor, as it stands in its source, and how many days took it."""

    value: float
    unit: str
    since: str  # the day from which a price holds, the year of a factor, or nothing
    source: str
    stands_in: bool  # a factor of an earlier year, since none is known for the day's own
    days: int = 0


class _Daily(NamedTuple):
    rate: Rate
    per_unit: float  # [unit of the worth] per [unit of the resource]


@dataclass(frozen=True, slots=True)
class Worth:
    """What a saving comes to in money or CO2e; numbers are None where a day has no rate."""

    kind: Literal["cost", "co2e"]
    unit: str
    value: float | None
    low: float | None
    high: float | None
    rates: tuple[Rate, ...]
    days_without: int
    biogenic: bool = False

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        own = ("kind", "unit", "value", "low", "high", "days_without", "biogenic")
        return {key: getattr(self, key) for key in own} | {
            "rates": [rate._asdict() for rate in self.rates]
        }


def cost(plant: Plant, resource: str, *, rows: Sequence[Row], saving: Saving) -> Worth | None:
    """The saving in the plant's currency; None where the resource has no price."""
    described = plant.resources[resource]
    if not described.price:
        return None
    unit, currency = plant.resource_unit(resource), plant.plant.currency
    return _Sum(rows, saving).at(
        lambda day: _price(described, day, unit, currency), kind="cost", unit=currency
    )


def co2e(
    plant: Plant, resource: str, *, rows: Sequence[Row], saving: Saving, factor: Factor | None
) -> Worth | None:
    """The saving in tonnes of CO2e; None where the resource has no factor."""
    if factor is None:
        return None
    scale = factor.per(plant.resource_unit(resource), plant.resources[resource].calorific)
    return _Sum(rows, saving).at(
        lambda day: _emission(factor, day, scale),
        kind="co2e",
        unit=EMITTED,
        biogenic=factor.biogenic,
    )


def _price(resource: Resource, day: date, unit: str, currency: str) -> _Daily | None:
    held = [price for price in resource.price if price.from_ <= day]
    if not held:
        return None
    price = held[-1]
    rate = Rate(
        price.value, f"{currency}/{price.per}", price.from_.isoformat(), price.source or "", False
    )
    return _Daily(rate, price.value * float(ratio(unit, price.per)))


def _emission(factor: Factor, day: date, scale: float) -> _Daily | None:
    found = factor.in_year(day.year)
    if found is None:
        return None
    year = "" if found.year is None else str(found.year)
    rate = Rate(found.value, factor.unit, year, factor.source, found.stands_in)
    return _Daily(rate, found.value * scale)


@dataclass(frozen=True, slots=True)
class _Sum:
    """The periods whose saving is summed, and the saving itself."""

    rows: Sequence[Row]
    saving: Saving

    def at(
        self,
        rate_on: Callable[[date], _Daily | None],
        *,
        kind: Literal["cost", "co2e"],
        unit: str,
        biogenic: bool = False,
    ) -> Worth:
        used: dict[Rate, int] = {}
        without = 0
        value = weighed = 0.0
        for row in self.rows:
            if row.expected is None or row.actual is None:
                continue
            found = [rate_on(day) for day in _days(row)]
            known = [one for one in found if one is not None]
            without += len(found) - len(known)
            for one in known:
                used[one.rate] = used.get(one.rate, 0) + 1
            mean = sum(one.per_unit for one in known) / len(found)
            value += mean * (row.expected - row.actual)
            weighed += mean * row.expected
        rates = tuple(rate._replace(days=days) for rate, days in used.items())
        if without:
            return Worth(kind, unit, None, None, None, rates, without, biogenic)
        average = weighed / self.saving.expected
        ends = (self.saving.low * average, self.saving.high * average)
        return Worth(kind, unit, value, *ends, rates, without, biogenic)


def _days(row: Row) -> list[date]:
    return [row.first + timedelta(days=i) for i in range((row.last - row.first).days + 1)]
