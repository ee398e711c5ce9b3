"""Counters to interval rows, as readings come: only what they touched is derived anew.

An account begins at an *anchor*: a reading that stands on its own whatever came before it. The
ledger keeps the last anchor of each day, so that late readings cost a day of reading, not a year.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from collector.analysis.consumption import consumption
from collector.analysis.counters import Account, EventKind, Floats, Ints
from collector.analysis.counters import Event as Found
from collector.analysis.integration import integrate
from collector.deriving.settling import Changed, Settling
from collector.deriving.sources import Source, sources_of
from collector.ledger import Ledger
from collector.ledger.derivation import END_MS, FIRST_MS, Derivation, Settlement
from collector.ledger.ranges import Range
from collector.store import Samples, Store
from collector.store.protocol import WITHOUT_VALUE, Codes, samples
from plant.calendar import DAY_MS, SLOT_MS
from plant.description import Plant
from plant.reading import Event

PIECE_SLOTS = 7 * 96  # derived at one time to begin with
PIECE_READINGS = 30_000  # as many as a piece should have, which bounds the memory that it takes
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

    def step(self) -> dict[str, Changed]:
        """Derive all that was touched until now; returns what changed, by plant."""
        return {plant: self._derive_plant(plant) for plant in self._sources}

    def _derive_plant(self, plant: str) -> Changed:
        taken = self._derivation.take(plant)
        latest = self._store.latest(plant) if taken else {}
        done = Settling(plant, self._store, self._derivation)
        for meter, slots in taken.items():
            source = self._sources[plant].get(meter)
            if source is None or source.series not in latest:
                done.add(meter, [])
                continue
            work = _Work(source, self._store, self._derivation, latest[source.series].time_ms)
            for joined in _joined(slots):
                work.derive(joined)
            done.add(meter, work.found, {source.intervals: work.changed()})
        return done.end()

    def _first_ms(self, source: Source, last_ms: int) -> int:
        """The time of a series' first reading, to the month."""
        for start_ms in range(FIRST_YEAR_MS, last_ms, MONTH_MS):
            if len(self._store.read(source.series, start_ms, end_ms=start_ms + MONTH_MS)):
                return start_ms
        return last_ms


class _Work:
    """One meter, derived piece by piece."""

    def __init__(self, source: Source, store: Store, derivation: Derivation, last_ms: int) -> None:
        self.source = source
        self.found: list[Settlement] = []
        self._store = store
        self._derivation = derivation
        self._last_ms = last_ms
        self._rows: dict[int, tuple[float, int]] = {}  # slot's start -> value, quality
        self._piece_slots = PIECE_SLOTS
        self._near: int | None = None  # where the next piece may begin, nearer than a day's anchor

    def derive(self, slots: Range) -> None:
        """Derive one stretch of slots, cut where it is long."""
        first = slots[0]
        while first <= slots[1]:
            last = min(first + self._piece_slots - 1, slots[1])
            if self.source.kind is None:
                readings = self._integrate((first, last))
            else:
                readings = self._account((first, last), is_last=last == slots[1])
            if 2 * readings < PIECE_READINGS:
                self._piece_slots *= 2
            elif readings > 2 * PIECE_READINGS:
                self._piece_slots = max(self._piece_slots // 2, 4)
            first = last + 1

    def changed(self) -> Samples:
        """The rows that differ from those in the store."""
        starts = np.array(sorted(self._rows), dtype=np.int64)
        if not starts.size:
            return samples([], [])
        stood = self._store.read(
            self.source.intervals, int(starts[0]), end_ms=int(starts[-1]) + SLOT_MS
        )
        old = dict(
            zip(
                stood.times_ms.tolist(),
                zip(stood.values.tolist(), stood.quality.tolist(), strict=True),
                strict=True,
            )
        )
        new = [
            (at, *self._rows[at]) for at in starts.tolist() if _differs(old.get(at), self._rows[at])
        ]
        times, values, quality = zip(*new, strict=True) if new else ((), (), ())
        return samples(times, values, quality=quality)

    def _keep(self, edges: Ints, values: Floats, *, quality: Codes) -> None:
        rows = zip((values * self.source.factor).tolist(), quality.tolist(), strict=True)
        self._rows.update(zip(edges[:-1].tolist(), rows, strict=True))

    def _account(self, piece: Range, *, is_last: bool) -> int:
        anchor_ms = self._anchor(piece[0] * SLOT_MS)
        stands_ms = (piece[1] + 2) * SLOT_MS
        if is_last:
            stands_ms = self._stood(stands_ms)
        account, until_ms = self._settled_account(anchor_ms, stands_ms)
        if account.times_ms.size == 0:
            return 0
        at_end = until_ms > self._last_ms
        stop_ms = self._last_ms + SLOT_MS if at_end else int(account.times_ms[-1]) + 1
        first_ms = -(-int(account.times_ms[0]) // SLOT_MS) * SLOT_MS
        edges = np.arange(first_ms, stop_ms, SLOT_MS, dtype=np.int64)
        if edges.size > 1:
            values, quality = consumption(account, edges)
            self._keep(edges, values, quality=quality)
        standing = _standing(account)
        before = standing[standing <= (piece[1] + 1) * SLOT_MS - MARGIN_MS]
        self._near = int(before[-1]) if before.size else None
        self.found.append(
            Settlement(
                from_ms=FIRST_MS if anchor_ms is None else anchor_ms,
                until_ms=END_MS if at_end else int(account.times_ms[-1]),
                anchors=_anchors(account, standing),
                events=[told_event(self.source, event) for event in account.events],
            )
        )
        return int(account.times_ms.size)

    def _stood(self, time_ms: int) -> int:
        """From where on, not before a time, what was derived before still stands."""
        plant, meter = self.source.series.plant, self.source.meter
        found = self._derivation.anchor_after(plant, meter, from_ms=time_ms)
        return self._last_ms if found is None else found

    def _settled_account(self, anchor_ms: int | None, stands_ms: int) -> tuple[Account, int]:
        """An account whose slots before `stands_ms` are final, and until when it read.

        It ends after the slot of a reading that stands: what comes later cannot change it. Nor
        does it end with a gap, which may go on.
        """
        start_ms = FIRST_YEAR_MS if anchor_ms is None else anchor_ms
        ahead_ms = MARGIN_MS
        while True:
            until_ms = stands_ms + ahead_ms
            readings = self._store.read(self.source.series, start_ms, end_ms=until_ms)
            account = self.source.account(readings)
            if until_ms > self._last_ms:
                return account, until_ms
            standing = _standing(account)
            standing = standing[standing >= stands_ms]
            if account.pending_since_ms is None and standing.size:
                slot_end_ms = -(-int(standing[0]) // SLOT_MS) * SLOT_MS
                if account.times_ms[-1] >= slot_end_ms and not _ends_in_gap(account):
                    return account, until_ms
            ahead_ms *= 4

    def _anchor(self, start_ms: int) -> int | None:
        """Where an account must begin to be right from `start_ms` on; None for the very start.

        The last good reading before must have stood for a slot before it is built upon.
        """
        until_ms = start_ms - MARGIN_MS
        known = self._derivation.anchors(
            self.source.series.plant, self.source.meter, until_ms=until_ms
        )
        standing = [a for a in known if not any(f.from_ms <= a < f.until_ms for f in self.found)]
        fresh = [a for f in self.found for a in f.anchors if a <= until_ms]
        if self._near is not None and self._near <= until_ms:
            fresh.append(self._near)
        for anchor_ms in sorted({*standing, *fresh}, reverse=True):
            if self._is_read(anchor_ms + SLOT_MS, start_ms):
                return anchor_ms
        return None

    def _is_read(self, from_ms: int, end_ms: int) -> bool:
        """Whether there is a reading from one time to before another."""
        begin_ms, stretch_ms = end_ms, SLOT_MS
        while begin_ms > from_ms:
            begin_ms = max(end_ms - stretch_ms, from_ms)
            if len(self._store.read(self.source.series, begin_ms, end_ms=end_ms)):
                return True
            stretch_ms *= 8
        return False

    def _integrate(self, piece: Range) -> int:
        """A rate is integrated: a reading reaches no further than the next slot."""
        edges = np.arange(piece[0] - 1, piece[1] + 3, dtype=np.int64) * SLOT_MS
        reach_ms = max(SLOT_MS, round(4000 * self.source.every_s))
        readings = self._store.read(
            self.source.series, int(edges[0]) - reach_ms, end_ms=int(edges[-1]) + reach_ms
        )
        values, quality = integrate(
            readings.times_ms, readings.values, edges, every_s=self.source.every_s
        )
        self._keep(edges, values, quality=quality)
        return len(readings)


def _differs(old: tuple[float, int] | None, new: tuple[float, int]) -> bool:
    """Whether a row must be written; one without a value only over another."""
    if new[1] in WITHOUT_VALUE:
        return old is not None and old[1] not in WITHOUT_VALUE
    return old != new


def _joined(slots: Sequence[Range]) -> list[Range]:
    """Ranges, joined where they lie close."""
    joined: list[Range] = []
    for first, last in slots:
        if joined and first - joined[-1][1] <= JOIN_SLOTS:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined


def _standing(account: Account) -> Ints:
    """Readings at which an account may begin and come to the same."""
    times: Ints = account.times_ms[account.restarts]
    for first, last in account.lookaheads.tolist():
        times = times[(times <= first) | (times > last)]
    for event in account.events:
        if event.kind is EventKind.GAP:  # neighbouring ones are told as one
            times = times[(times <= event.time_ms) | (times >= event.until_ms)]
    return times


def _ends_in_gap(account: Account) -> bool:
    last_ms = int(account.times_ms[-1])
    return any(one.kind is EventKind.GAP and one.until_ms == last_ms for one in account.events)


def _anchors(account: Account, standing: Ints) -> list[int]:
    """The last of them of each day, a while before the end."""
    times = standing[standing <= int(account.times_ms[-1]) - MARGIN_MS]
    ends = np.flatnonzero(np.diff(times // DAY_MS, append=-1))
    return [int(time_ms) for time_ms in times[ends]]


def told_event(source: Source, found: Found) -> Event:
    """What the account saw, as an event of the meter."""
    point = source.series.tags[1]
    text = f"{found.before:.10g} -> {found.after:.10g}"
    if found.kind in (EventKind.GLITCH, EventKind.PENDING):
        text += f", {found.readings} readings set aside"
    elif found.until_ms > found.time_ms:
        text += f", {(found.until_ms - found.time_ms) / 1000:.0f} s"
    return Event(source.meter, point, found.time_ms, found.kind.value, text)
