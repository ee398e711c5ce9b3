"""What the meters of a plant say: newest values, series, consumption over any spans."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from collector.analysis.consumption import consumption
from collector.analysis.integration import integrate
from collector.analysis.quality import Quality
from collector.deriving.derive import MARGIN_MS
from collector.deriving.sources import Source, sources_of
from collector.ledger import Ledger
from collector.read.spans import add_up, sum_slots, whole_slots
from collector.store import COUNTER, GAUGE, Latest, Samples, Series, Store
from collector.store.protocol import Codes, Floats, samples
from plant.calendar import DAY_MS, SLOT_MS, Span
from plant.description import Plant

LONG_MS = 24 * SLOT_MS  # from here on a store adds up faster than it hands out rows
LOOK_BACK_MS = DAY_MS  # for a reading before an edge, where no anchor is known
END_MS = 2**62


class Value(NamedTuple):
    """The newest value of a point."""

    value: float
    unit: str
    time_ms: int
    quality: int
    kind: Literal["counter", "gauge"]


class SoFar(NamedTuple):
    """Consumption of a span that is still running, up to the last reading of each meter."""

    value: float | None
    quality: int
    until_ms: int | None  # the oldest of the meters' last readings


class Metered:
    """Reads one plant's store; every call asks the store anew."""

    def __init__(self, plant: Plant, store: Store, *, ledger: Ledger) -> None:
        self.plant = plant
        self._store = store
        self._ledger = ledger
        self._sources = sources_of(plant)
        self._units = plant.units()
        self._kinds = {
            (name, point): described.kind
            for name, meter in plant.meters.items()
            for point, described in meter.read_points().items()
        }

    def latest(self) -> dict[tuple[str, str], Value]:
        """The newest value of each (meter, point) of the plant file that was ever read."""
        found: dict[tuple[str, str], Value] = {}
        for series, (time_ms, value, quality) in self._store.latest(self.plant.id).items():
            key = (series.tags[0], series.tags[1])
            if key in self._kinds:
                kind = self._kinds[key]
                found[key] = Value(value, self._units[key], time_ms, quality, kind)
        return found

    def readings(self, meter: str, point: str, *, start_ms: int, end_ms: int) -> Samples:
        """Readings of a point in [start, end), in the unit of its model."""
        measurement = COUNTER if self._kinds[meter, point] == "counter" else GAUGE
        series = Series(measurement, self.plant.id, (meter, point))
        return self._store.read(series, start_ms, end_ms=end_ms)

    def sources(self, quantity: str) -> list[Source]:
        """The meters whose sum is the plant's, of one quantity."""
        names = self.plant.meters_of(quantity)
        return [self._sources[name] for name in names if name in self._sources]

    def consumption(self, quantity: str, spans: Sequence[Span]) -> tuple[Floats, Codes]:
        """What the plant consumed or made in each span (n,) [unit of the quantity], and quality.

        NaN and missing where any slot of any of its meters is, as while a span still runs.
        """
        parts = [self.consumption_of(source, spans) for source in self.sources(quantity)]
        return add_up(parts, len(spans))

    def consumption_of(self, source: Source, spans: Sequence[Span]) -> tuple[Floats, Codes]:
        """The same for one meter."""
        stretches = np.array([(one.start_ms, one.end_ms) for one in spans], dtype=np.int64)
        if not stretches.size:
            return sum_slots(samples([], []), spans)
        if (stretches % SLOT_MS == 0).all() and (np.diff(stretches) >= LONG_MS).all():
            return whole_slots(self._store.sums(source.intervals, stretches), stretches)
        start_ms, end_ms = int(stretches.min()) // SLOT_MS * SLOT_MS, int(stretches.max())
        return sum_slots(self._store.read(source.intervals, start_ms, end_ms=end_ms), spans)

    def between(self, quantity: str, edges_ms: ArrayLike) -> tuple[Floats, Codes]:
        """Consumption between edges (m + 1,) finer than slots, from the readings themselves.

        Meant for hours, not for months.
        """
        edges = np.asarray(edges_ms, dtype=np.int64)
        parts = [self._between(source, edges) for source in self.sources(quantity)]
        return add_up(parts, max(edges.size - 1, 0))

    def so_far(self, quantity: str, span: Span) -> SoFar:
        """Consumption of a span from its start to the last readings."""
        newest = self._store.latest(self.plant.id, span.end_ms)
        parts = [
            self._so_far(source, span, newest=newest.get(source.series))
            for source in self.sources(quantity)
        ]
        last = [part.until_ms for part in parts if part.until_ms is not None]
        values = [part.value for part in parts if part.value is not None]
        if not parts or len(values) < len(parts):
            return SoFar(None, Quality.missing, min(last, default=None))
        worst = max((part.quality for part in parts), key=int)
        return SoFar(float(sum(values)), worst, min(last, default=None))

    def _so_far(self, source: Source, span: Span, *, newest: Latest | None) -> SoFar:
        if newest is None or newest.time_ms < span.start_ms:
            return SoFar(None, Quality.missing, newest and newest.time_ms)
        rows = self._store.read(source.intervals, span.start_ms, end_ms=span.end_ms)
        rows = _whole(rows)
        done_ms = int(rows.times_ms[-1]) + SLOT_MS if len(rows) else span.start_ms
        parts = [sum_slots(rows, [Span(span.start_ms, done_ms, "")])] if len(rows) else []
        if newest.time_ms > done_ms:
            parts.append(self._between(source, np.array([done_ms, newest.time_ms])))
        if not parts:
            return SoFar(0.0, Quality.measured, newest.time_ms)
        joined = np.concatenate([values for values, _ in parts])
        quality = max(int(codes[0]) for _, codes in parts)
        value = None if quality == Quality.missing else float(joined.sum())
        return SoFar(value, quality, newest.time_ms)

    def _between(self, source: Source, edges: np.ndarray) -> tuple[Floats, Codes]:
        if edges.size < 2:
            return np.empty(0), np.empty(0, dtype=np.int8)
        start_ms = int(edges[0]) - LOOK_BACK_MS
        if source.kind is not None:
            known = self._ledger.derivation.anchors(
                self.plant.id, source.meter, until_ms=int(edges[0]) - MARGIN_MS, limit=1
            )
            start_ms = known[0] if known else start_ms
        end_ms = int(edges[-1]) + MARGIN_MS
        readings = self._store.read(source.series, start_ms, end_ms=end_ms)
        if source.kind is None:
            values, quality = integrate(
                readings.times_ms, readings.values, edges, every_s=source.every_s
            )
        else:
            values, quality = consumption(source.account(readings), edges)
        return values * source.factor, quality


def _whole(rows: Samples) -> Samples:
    """Rows that hold a value."""
    keep = ~np.isnan(rows.values)
    return samples(rows.times_ms[keep], rows.values[keep], quality=rows.quality[keep])
