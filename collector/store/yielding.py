"""A store for work that can wait: before each call it lets whoever commits readings go first.

Threads of one process share one interpreter. Derivation computes as much as a flood of readings
does, and each piece of it would hold up a commit, and so the answer that frees a gateway's packs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from collector.store.protocol import Ints, Latest, Samples, Series, Store, Sums

# For a second of its own work it waits so many at most: under a load without end it goes on slowly.
PATIENCE = 10
MOST_S = 0.25  # at one time; all but the longest commits are over by then


class Precedence:
    """Somebody who goes first for as long as he is at work, and one who gives way."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: [s]"""
        self._clock = clock
        self._is_free = threading.Event()
        self._is_free.set()
        self._resumed_s = clock()
        self._left_s = MOST_S  # to wait before work is due again

    @contextmanager
    def first(self) -> Iterator[None]:
        """Be at work."""
        self._is_free.clear()
        try:
            yield
        finally:
            self._is_free.set()

    def give_way(self) -> None:
        """Wait while somebody is at work, but not for ever."""
        now_s = self._clock()
        self._left_s = min(MOST_S, self._left_s + PATIENCE * (now_s - self._resumed_s))
        self._is_free.wait(self._left_s)
        self._resumed_s = self._clock()
        self._left_s = max(0.0, self._left_s - (self._resumed_s - now_s))


class Yielding:
    """A store of `protocol.Store` before another one, for a thread that gives way."""

    def __init__(self, store: Store, precedence: Precedence) -> None:
        self._store = store
        self._give_way = precedence.give_way

    def write(self, rows: Mapping[Series, Samples]) -> None:
        """Commit rows of many series; the last one written for a time stands."""
        self._give_way()
        self._store.write(rows)

    def add(self, rows: Mapping[Series, Samples]) -> dict[Series, Samples]:
        """Commit readings, of which the first one for a time stands."""
        self._give_way()
        return self._store.add(rows)

    def read(self, series: Series, start_ms: int, *, end_ms: int) -> Samples:
        """Rows of one series from ``start_ms`` to before ``end_ms``, in order of time."""
        self._give_way()
        return self._store.read(series, start_ms, end_ms=end_ms)

    def sums(self, series: Series, stretches_ms: Ints) -> Sums:
        """What the rows of a derived series come to over stretches (n, 2), ends not included."""
        self._give_way()
        return self._store.sums(series, stretches_ms)

    def latest(self, plant: str, before_ms: int | None = None) -> dict[Series, Latest]:
        """The newest row of every counter and gauge of a plant, or the newest before a time."""
        self._give_way()
        return self._store.latest(plant, before_ms)

    def series(self, plant: str) -> list[Series]:
        """Every series that a plant has, in order."""
        self._give_way()
        return self._store.series(plant)

    def close(self) -> None:
        """Let go of files and connections."""
        self._store.close()
