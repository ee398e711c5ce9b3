"""A process on the axis of time: cumulative amounts and rates at any instant since its origin."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from plant.errors import UsageError
from simulators.draws import Array
from simulators.process import Process

_KEPT_DAYS = 4  # a day by the minute is about a megabyte


@dataclass(frozen=True)
class _Day:
    """A day by the minute, and what had been counted when it began."""

    start_s: int
    places: dict[str, int]
    before: Array  # shape (names,)
    within: Array  # shape (names, minutes + 1), 0 at the day's start
    rates: Array  # shape (names, minutes), a minute
    signals: dict[str, Array]


class Timeline:
    """What has been counted since the beginning of a day, and what flows now.

    Rates are constant within a minute, and a cumulative amount grows linearly with them, so the
    two agree exactly. Values do not depend on what was asked before.
    """

    def __init__(
        self, process: Process, origin: date, *, without: frozenset[str] = frozenset()
    ) -> None:
        """A timeline from the beginning of `origin`, as if improvements in `without` were not."""
        self.process = process
        self._without = without
        self._first = origin.toordinal()
        self._ends: list[Array] = []  # what had been counted when each day ended
        self._kept: OrderedDict[int, _Day] = OrderedDict()
        self.origin_s = process.clock.start_s(self._first)

    def cumulative(self, names: Sequence[str], at_s: Array) -> Array:
        """Counted since the origin at these instants [s, UTC], shape (names, instants)."""
        found = np.empty((len(names), len(at_s)))
        for day, here in self._by_day(at_s):
            rows = np.array([day.places[name] for name in names])
            minute, rest = self._minute(day, at_s[here])
            begin = day.within[np.ix_(rows, minute)]
            end = day.within[np.ix_(rows, minute + 1)]
            found[:, here] = day.before[rows, None] + (begin + (end - begin) * rest)
        return found

    def rates(self, names: Sequence[str], at_s: Array) -> Array:
        """Amounts an hour at these instants [s, UTC], shape (names, instants)."""
        found = np.empty((len(names), len(at_s)))
        for day, here in self._by_day(at_s):
            rows = np.array([day.places[name] for name in names])
            minute, _ = self._minute(day, at_s[here])
            found[:, here] = 60.0 * day.rates[np.ix_(rows, minute)]
        return found

    def signal(self, name: str, at_s: Array) -> Array:
        """A signal's value at these instants [s, UTC], shape (instants,)."""
        found = np.empty(len(at_s))
        for day, here in self._by_day(at_s):
            minute, _ = self._minute(day, at_s[here])
            found[here] = day.signals[name][minute]
        return found

    def _by_day(self, at_s: Array) -> list[tuple[_Day, NDArray[np.intp]]]:
        """The days that the instants fall into, each with the places of its instants."""
        if len(at_s) and at_s.min() < self.origin_s:
            begin = date.fromordinal(self._first).isoformat()
            raise UsageError(f"the simulated plant begins on {begin}; ask for a later time")
        if not len(at_s):
            return []
        clock = self.process.clock
        days = range(clock.day_at(at_s.min()), clock.day_at(at_s.max()) + 1)
        if len(days) == 1:
            return [(self._day(days[0]), np.arange(len(at_s)))]
        which = np.searchsorted([clock.start_s(day) for day in days], at_s, side="right") - 1
        return [(self._day(days[i]), np.flatnonzero(which == i)) for i in np.unique(which)]

    @staticmethod
    def _minute(day: _Day, at_s: Array) -> tuple[NDArray[np.intp], Array]:
        elapsed = (at_s - day.start_s) / 60.0
        minute = np.floor(elapsed).astype(np.intp)
        return minute, elapsed - minute

    def _day(self, day: int) -> _Day:
        if day not in self._kept:
            for earlier in range(self._first + len(self._ends), day):
                self._keep(self._make(earlier), earlier)
            self._keep(self._make(day), day)
        self._kept.move_to_end(day)
        return self._kept[day]

    def _make(self, day: int) -> _Day:
        """A day by the minute; the day before must have been made once."""
        flows = self.process.day(day, without=self._without)
        within = np.zeros((len(flows.names), flows.amounts.shape[1] + 1))
        np.cumsum(flows.amounts, axis=1, out=within[:, 1:])
        at = day - self._first
        before = self._ends[at - 1] if at else np.zeros(len(flows.names))
        if at == len(self._ends):
            self._ends.append(before + within[:, -1])
        return _Day(
            start_s=self.process.clock.start_s(day),
            places={name: i for i, name in enumerate(flows.names)},
            before=before,
            within=within,
            rates=flows.amounts,
            signals=flows.signals,
        )

    def _keep(self, made: _Day, day: int) -> None:
        self._kept[day] = made
        if len(self._kept) > _KEPT_DAYS:
            self._kept.popitem(last=False)
