"""What a saving is worth: money by the prices of the plant file, CO2e by the factor of the year.

A period takes the mean rate of its days. The ends of the interval are those of the saving, at the
rate that the expected use has on average.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from collector.analysis.saving import Saving
from collector.rates import Kind, Rate, Rates, co2e_rates, cost_rates
from collector.statement.row import Row
from plant.description import Plant
from plant.factors import Factor


@dataclass(frozen=True, slots=True)
class Worth:
    """What a saving comes to in money or CO2e; numbers are None where a day has no rate."""

    kind: Kind
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
    rates = cost_rates(plant, resource)
    return None if rates is None else _Sum(rows, saving).at(rates)


def co2e(
    plant: Plant, resource: str, *, rows: Sequence[Row], saving: Saving, factor: Factor | None
) -> Worth | None:
    """The saving in tonnes of CO2e; None where the resource has no factor."""
    rates = co2e_rates(plant, resource, factor)
    return None if rates is None else _Sum(rows, saving).at(rates)


@dataclass(frozen=True, slots=True)
class _Sum:
    """The periods whose saving is summed, and the saving itself."""

    rows: Sequence[Row]
    saving: Saving

    def at(self, rates: Rates) -> Worth:
        used: dict[Rate, int] = {}
        without = 0
        value = weighed = 0.0
        for row in self.rows:
            if row.expected is None or row.actual is None:
                continue
            found = [rates.on(day) for day in _days(row)]
            known = [one for one in found if one is not None]
            without += len(found) - len(known)
            for one in known:
                used[one.rate] = used.get(one.rate, 0) + 1
            mean = sum(one.per_unit for one in known) / len(found)
            value += mean * (row.expected - row.actual)
            weighed += mean * row.expected
        told = tuple(rate._replace(days=days) for rate, days in used.items())
        if without:
            return Worth(rates.kind, rates.unit, None, None, None, told, without, rates.biogenic)
        average = weighed / self.saving.expected
        ends = (self.saving.low * average, self.saving.high * average)
        return Worth(rates.kind, rates.unit, value, *ends, told, without, rates.biogenic)


def _days(row: Row) -> list[date]:
    return [row.first + timedelta(days=i) for i in range((row.last - row.first).days + 1)]
