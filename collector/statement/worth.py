"""What a saving is worth: money by the prices of the plant file, CO2e by the factor of the year.

A period takes the rates of its days, as it used the resource. The ends of the interval are those
of the saving, at the rate that the expected use has on average.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from collector.analysis.saving import Saving
from collector.rates import Kind, Rate, Rates, co2e_rates, cost_rates
from collector.statement.row import Row
from collector.valuing import Part, Read, cut, unit_worths
from plant.calendar import Span, day_start_ms
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


def cost(
    plant: Plant, resource: str, *, rows: Sequence[Row], saving: Saving, read: Read
) -> Worth | None:
    """The saving in the plant's currency; None where the resource has no price.

    read: what was used of the resource in parts of the rows.
    """
    rates = cost_rates(plant, resource)
    return None if rates is None else _Sum(plant.zone, rows, saving, read).at(rates)


def co2e(
    plant: Plant,
    resource: str,
    *,
    rows: Sequence[Row],
    saving: Saving,
    read: Read,
    factor: Factor | None,
) -> Worth | None:
    """The same in tonnes of CO2e; None where the resource has no factor."""
    rates = co2e_rates(plant, resource, factor)
    return None if rates is None else _Sum(plant.zone, rows, saving, read).at(rates)


@dataclass(frozen=True, slots=True)
class _Sum:
    """The periods whose saving is summed, and the saving itself."""

    zone: ZoneInfo
    rows: Sequence[Row]
    saving: Saving
    read: Read

    def at(self, rates: Rates) -> Worth:
        counted = [
            (self._span(row), row.expected, row.actual)
            for row in self.rows
            if row.expected is not None and row.actual is not None
        ]
        parts = cut([span for span, _, _ in counted], rates, zone=self.zone)
        told, without = self._days(parts)
        if without:
            return Worth(rates.kind, rates.unit, None, None, None, told, without, rates.biogenic)
        expected = np.array([one for _, one, _ in counted])
        used = np.array([one for _, _, one in counted])
        worths = unit_worths(parts, used, read=self.read, zone=self.zone)
        value = float(worths @ (expected - used))
        average = float(worths @ expected) / self.saving.expected
        ends = (self.saving.low * average, self.saving.high * average)
        return Worth(rates.kind, rates.unit, value, *ends, told, without, rates.biogenic)

    def _days(self, parts: Sequence[Part]) -> tuple[tuple[Rate, ...], int]:
        """The rates, each with how many days took it, and how many days had none."""
        taken: dict[Rate | None, set[date]] = {}
        for part in parts:
            taken.setdefault(part.taken and part.taken.rate, set()).update(part.days(self.zone))
        without = len(taken.pop(None, ()))
        told = ((rate, len(days)) for rate, days in taken.items() if rate is not None)
        return tuple(rate._replace(days=days) for rate, days in told), without

    def _span(self, row: Row) -> Span:
        end = row.last + timedelta(days=1)
        return Span(day_start_ms(row.first, self.zone), day_start_ms(end, self.zone), row.label)
