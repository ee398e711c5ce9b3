"""Metered and imported amounts as one: metered where complete, imported for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from collector.analysis.quality import Quality
from collector.ledger import Amount, Ledger
from collector.read.computed import Origin, Totals, computed, equivalent
from collector.read.metered import Metered, SoFar
from collector.read.shifts import of_days, shifts_of
from collector.store import Store
from collector.store.protocol import Floats
from plant.calendar import Span, days, is_whole_days, local_date
from plant.description import Plant
from plant.reading import LARGEST
from plant.units import parse_unit

_INTENSIVE = {parse_unit("degC").dimension, parse_unit("%").dimension}

LONGEST_OVER_SPAN = 1.5  # a bill of 40 days may stand for a month, a month not for a day


def is_mean(plant: Plant, quantity: str) -> bool:
    """Whether amounts of this quantity are averaged over time rather than added."""
    is_driver = quantity in plant.drivers
    return is_driver and parse_unit(plant.quantity_unit(quantity)).dimension in _INTENSIVE


class Amounts:
    """What a plant consumed, made and saw, by whatever way it came to be known."""

    def __init__(self, plant: Plant, store: Store, *, ledger: Ledger) -> None:
        self.plant = plant
        self.metered = Metered(plant, store, ledger=ledger)
        self._ledger = ledger

    def totals(self, quantity: str, spans: Sequence[Span]) -> Totals:
        """The amount of each span, whose ends are the plant's midnights.

        An amount of several days that covers more than a span is spread evenly over its days. A
        driver such as a temperature is the mean of the days instead of their sum.
        """
        if self.plant.computed_from(quantity):
            return computed(self.plant, quantity, spans, read=self.totals)
        values, quality = self.metered.consumption(quantity, spans)
        origins: list[Origin] = ["none" if np.isnan(value) else "metered" for value in values]
        standing = [
            entry.amount for entry in self._ledger.amounts.standing(self.plant.id, quantity)
        ]
        entries = of_days(standing, self.plant.shifts, self.plant.zone)
        if not entries:
            return Totals(values, quality, origins)
        imported = _Imported(entries, is_mean=is_mean(self.plant, quantity))
        for i in np.flatnonzero(np.isnan(values)).tolist():
            first, end = self._days_of(spans[i])
            value, origin = self._fill(quantity, first, end=end, imported=imported)
            if value is not None and abs(value) <= LARGEST:
                values[i], quality[i], origins[i] = value, Quality.measured, origin
        return Totals(values, quality, origins)

    def parts(self, quantity: str, spans: Sequence[Span]) -> Totals:
        """The amount of each span, whatever its ends; what was entered fills days and shifts."""
        if weights := self._weights(quantity):
            return equivalent(weights, spans, self.parts)
        values, quality = self.metered.consumption(quantity, spans)
        origins: list[Origin] = ["none" if np.isnan(value) else "metered" for value in values]
        unknown = np.flatnonzero(np.isnan(values)).tolist()
        whole = [i for i in unknown if is_whole_days(spans[i], self.plant.zone)]
        found = self.totals(quantity, [spans[i] for i in whole])
        for i, value, code, origin in zip(whole, *found, strict=True):
            values[i], quality[i], origins[i] = value, code, origin
        by_shift = self._by_shift(quantity)
        for i in unknown:
            value = by_shift.get((spans[i].start_ms, spans[i].end_ms))
            if np.isnan(values[i]) and value is not None:
                values[i], quality[i], origins[i] = value, Quality.measured, "imported"
        return Totals(values, quality, origins)

    def _by_shift(self, quantity: str) -> dict[tuple[int, int], float]:
        """Amounts that were entered of single shifts, by their first and last instant [ms]."""
        found = self._ledger.amounts.standing(self.plant.id, quantity)
        known = {(e.amount.first_day, e.amount.shift): e.amount.value for e in found}
        return {
            (span.start_ms, span.end_ms): known[day, name]
            for day in {day for day, name in known if name}
            for span, name in shifts_of(day, self.plant.shifts, self.plant.zone)
            if (day, name) in known
        }

    def so_far(self, quantity: str, span: Span) -> SoFar:
        """The amount of a span that still runs, up to the last readings of its meters."""
        weights = self._weights(quantity)
        if not weights:
            return self.metered.so_far(quantity, span)
        parts = {name: self.so_far(name, span) for name in weights}
        values = [w * v for n, w in weights.items() if (v := parts[n].value) is not None]
        last = [part.until_ms for part in parts.values() if part.until_ms is not None]
        return SoFar(
            sum(values) if len(values) == len(weights) else None,
            max(part.quality for part in parts.values()),
            min(last, default=None),
        )

    def _weights(self, quantity: str) -> Mapping[str, float]:
        """What a product that stands for several counts each of them; none for any other."""
        product = self.plant.products.get(quantity)
        return product.weights if product else {}

    def specific(self, resource: str, product: str, *, spans: Sequence[Span]) -> Floats:
        """Consumption per unit of product of each span; NaN where one is missing or zero."""
        used, made = self.totals(resource, spans).values, self.totals(product, spans).values
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio: Floats = np.where(made > 0, used / made, np.nan)
        return ratio

    def _days_of(self, span: Span) -> tuple[date, date]:
        zone = self.plant.zone
        return local_date(span.start_ms, zone), local_date(span.end_ms, zone)

    def _fill(
        self, quantity: str, first: date, *, end: date, imported: _Imported
    ) -> tuple[float | None, Origin]:
        """A span that was not metered throughout: the amount of just that period, else by days."""
        if (value := imported.whole(first, end)) is not None:
            return value, "imported"
        dates = _dates(first, end)
        metered, _ = self.metered.consumption(quantity, list(days(first, end, self.plant.zone)))
        known = ~np.isnan(metered)
        found = [
            float(value) if is_metered else imported.on(day)
            for value, is_metered, day in zip(metered, known, dates, strict=True)
        ]
        whole = [value for value in found if value is not None]
        if not whole or len(whole) < len(found):
            return None, "none"
        total = sum(whole) / (len(whole) if imported.is_mean else 1)
        longest = max(
            imported.length_on(day) for day, met in zip(dates, known, strict=True) if not met
        )
        if longest > LONGEST_OVER_SPAN * len(dates):
            return total, "spread"
        return total, "both" if known.any() else "imported"


def _dates(first: date, end: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((end - first).days)]


class _Imported:
    """Imported amounts of one quantity, by their own period and by day."""

    def __init__(self, entries: Sequence[Amount], *, is_mean: bool) -> None:
        self.is_mean = is_mean
        self._whole = {(entry.first_day, entry.end_day): entry.value for entry in entries}
        self._days: dict[date, float] = {}
        self._lengths: dict[date, int] = {}
        for entry in sorted(entries, key=lambda e: e.first_day - e.end_day):  # the longest first
            length = (entry.end_day - entry.first_day).days
            for day in _dates(entry.first_day, entry.end_day):
                self._days[day] = entry.value / (1 if is_mean else length)
                self._lengths[day] = length

    def whole(self, first: date, end: date) -> float | None:
        """The amount that was entered for just this period."""
        return self._whole.get((first, end))

    def on(self, day: date) -> float | None:
        """The share of one day."""
        return self._days.get(day)

    def length_on(self, day: date) -> int:
        """How many days the amount covers that a day has its share of; 0 without one."""
        return self._lengths.get(day, 0)
