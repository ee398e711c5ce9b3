"""Counters to interval rows, as readings come: only what they touched is derived anew.

An account begins at an *anchor*: a reading that stands on its own whatever came before it. The
ledger keeps the last anchor of each day, so that late readings cost a day of reading, not a year.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from collector.analysis.consumption import consumption
from collector.analysis.counters import Account, EventKind, Ints
from collector.analysis.counters import Event as Found
from collector.analysis.integration import integrate
from collector.analysis.quality import Quality
from collector.ledger import Ledger
from collector.ledger.derivation import END_MS, FIRST_MS, Settlement
from collector.ledger.ranges import Range
from collector.sources import Source, sources_of
from collector.store import Samples, Series, Store
from collector.store.protocol import samples
from plant.calendar import SLOT_MS
from plant.description import Plant
from plant.reading import Event

DAY_MS = 86_400_000
PIECE_SLOTS = 7 * 96  # derived at one time, to bound the memory that it takes
JOIN_SLOTS = 96  # ranges closer than this are derived as one
MARGIN_MS = 2 * SLOT_MS
FIRST_YEAR_MS = 946_684_800_000  # 2000; nothing older is taken in
MONTH_MS = 30 * DAY_MS


class Deriver:
    """Keeps the interval rows of plants in step with their readings."""

    def __init__(self, plants: Iterable[Plant], store: Store, *, ledger: Ledger) -> None:
        self._sources = {plant.id: sources_of(plant) for plant in plants}
        self._store = store
        self._derivation = ledger.derivation

    def renew(self) -> None:
        """Ask for all rows of meters of which the plant file says something new."""
        for plant, sources in self._sources.items():
            latest = self._store.latest(plant)
            for name, source in sources.items():
                fingerprint = source.fingerprint
                if self._derivation.fingerprint(plant, name) == fingerprint:
                    continue
                slots = None
                if source.series in latest:
                    last_ms = latest[source.series].time_ms
                    slots = (self._first_ms(source, last_ms) // SLOT_MS, last_ms // SLOT_MS)
                self._derivation.renew(plant, name, fingerprint=fingerprint, slots=slots)

    def waiting(self) -> int:
        """How many slots await derivation."""
        return sum(self._derivation.waiting(plant) for plant in self._sources)

    def step(self) -> dict[str, int]:
        """Derive all that was touched until now; returns how many rows changed, by plant."""
        return {plant: self._derive_plant(plant) for plant in self._sources}

    def _derive_plant(self, plant: str) -> int:
        taken = self._derivation.take(plant)
        latest = self._store.latest(plant) if taken else {}
        changed = 0
        for meter, slots in taken.items():
            source = self._sources[plant].get(meter)
            if source is not None and source.series in latest:
                last_ms = latest[source.series].time_ms
                for piece in _pieces(slots):
                    if source.kind is None:
                        changed += self._derive_rate(source, piece)
                    else:
                        changed += self._derive_counter(source, piece, last_ms=last_ms)
            self._derivation.settle(plant, meter)
        return changed

    def _derive_counter(self, source: Source, piece: Range, *, last_ms: int) -> int:
        anchor_ms = self._anchor(source, piece[0] * SLOT_MS)
        end_ms = (piece[1] + 1) * SLOT_MS
        found, until_ms = self._account(source, anchor_ms, end_ms=end_ms, last_ms=last_ms)
        if found.times_ms.size == 0:
            return 0
        at_end = until_ms > last_ms
        changed = self._write_slots(source, found, end_ms=last_ms if at_end else None)
        from_ms = FIRST_MS if anchor_ms is None else anchor_ms
        settlement = Settlement(
            from_ms=from_ms,
            until_ms=END_MS if at_end else until_ms,
            anchors=_anchors(found),
            events=[_told(source, event) for event in found.events],
        )
        self._derivation.note(source.series.plant, source.meter, found=settlement)
        return changed

    def _write_slots(self, source: Source, found: Account, *, end_ms: int | None) -> int:
        """Write the whole slots of an account, and to the end of all readings what is unknown."""
        first_ms, last_ms = int(found.times_ms[0]), int(found.times_ms[-1])
        stop_ms = last_ms + 1 if end_ms is None else end_ms + SLOT_MS
        edges = np.arange(-(-first_ms // SLOT_MS) * SLOT_MS, stop_ms, SLOT_MS, dtype=np.int64)
        if edges.size < 2:
            return 0
        values, quality = consumption(found, edges)
        rows = samples(edges[:-1], values * source.factor, quality=quality)
        return self._write(source.intervals, edges, rows=rows)

    def _account(
        self, source: Source, anchor_ms: int | None, *, end_ms: int, last_ms: int
    ) -> tuple[Account, int]:
        """The account that settles all slots before `end_ms`, and until when it read."""
        start_ms = FIRST_YEAR_MS if anchor_ms is None else anchor_ms
        ahead_ms = MARGIN_MS
        while True:
            until_ms = end_ms + ahead_ms
            found = source.account(self._store.read(source.series, start_ms, end_ms=until_ms))
            settled = found.pending_since_ms is None and bool(
                found.times_ms.size and found.times_ms[-1] >= end_ms + SLOT_MS
            )
            if settled or until_ms > last_ms:
                return found, until_ms
            ahead_ms *= 4

    def _derive_rate(self, source: Source, piece: Range) -> int:
        """A rate is integrated: a reading reaches no further than the next slot."""
        edges = np.arange(piece[0] - 1, piece[1] + 3, dtype=np.int64) * SLOT_MS
        reach_ms = max(SLOT_MS, round(4000 * source.every_s))
        readings = self._store.read(
            source.series, int(edges[0]) - reach_ms, end_ms=int(edges[-1]) + reach_ms
        )
        values, quality = integrate(
            readings.times_ms, readings.values, edges, every_s=source.every_s
        )
        rows = samples(edges[:-1], values * source.factor, quality=quality)
        return self._write(source.intervals, edges, rows=rows)

    def _write(self, series: Series, edges: Ints, *, rows: Samples) -> int:
        """Write rows that differ from those in the store; a missing one only over another."""
        stood = self._store.read(series, int(edges[0]), end_ms=int(edges[-1]))
        values = np.full(len(rows), np.nan)
        quality = np.full(len(rows), Quality.missing, dtype=np.int8)
        at = np.searchsorted(rows.times_ms, stood.times_ms)
        values[at], quality[at] = stood.values, stood.quality
        same = (quality == rows.quality) & (
            (values == rows.values) | (np.isnan(values) & np.isnan(rows.values))
        )
        new = samples(rows.times_ms[~same], rows.values[~same], quality=rows.quality[~same])
        if len(new):
            self._store.write({series: new})
        return len(new)

    def _anchor(self, source: Source, start_ms: int) -> int | None:
        """Where an account must begin to be right from `start_ms` on; None for the very start.

        The last good reading before must have stood for a slot before it is built upon.
        """
        plant = source.series.plant
        for anchor_ms in self._derivation.anchors(
            plant, source.meter, until_ms=start_ms - MARGIN_MS
        ):
            before = self._store.read(source.series, anchor_ms, end_ms=start_ms).times_ms
            if before.size and int(before[-1]) - SLOT_MS >= anchor_ms:
                return anchor_ms
        return None

    def _first_ms(self, source: Source, last_ms: int) -> int:
        """The time of a series' first reading, to the month."""
        for start_ms in range(FIRST_YEAR_MS, last_ms, MONTH_MS):
            if len(self._store.read(source.series, start_ms, end_ms=start_ms + MONTH_MS)):
                return start_ms
        return last_ms


def _pieces(slots: Sequence[Range]) -> Iterator[Range]:
    """Ranges joined where they lie close, and cut where they are long."""
    joined: list[Range] = []
    for first, last in slots:
        if joined and first - joined[-1][1] <= JOIN_SLOTS:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    for first, last in joined:
        for start in range(first, last + 1, PIECE_SLOTS):
            yield start, min(start + PIECE_SLOTS - 1, last)


def _anchors(found: Account) -> list[int]:
    """The last reading of each day at which an account may begin and come to the same."""
    times = found.times_ms[found.restarts]
    times = times[times <= int(found.times_ms[-1]) - MARGIN_MS]
    for first, last in found.lookaheads.tolist():
        times = times[(times <= first) | (times > last)]
    ends = np.flatnonzero(np.diff(times // DAY_MS, append=-1))
    return [int(time_ms) for time_ms in times[ends]]


def _told(source: Source, found: Found) -> Event:
    """What the account saw, as an event of the meter."""
    point = source.series.tags[1]
    text = f"{found.before:.10g} -> {found.after:.10g}"
    if found.kind in (EventKind.GLITCH, EventKind.PENDING):
        text += f", {found.readings} readings set aside"
    elif found.until_ms > found.time_ms:
        text += f", {(found.until_ms - found.time_ms) / 1000:.0f} s"
    return Event(source.meter, point, found.time_ms, found.kind.value, text)
