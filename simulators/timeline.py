"""A process on the axis of time: cumulative amounts and rates at any instant since its origin."""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from plant.errors import UsageError
from simulators.draws import Array, Draws
from simulators.process import Process
from simulators.streams import STEP_MIN

_BLOCK_DAYS = 16  # evaluated at once: numpy's overhead is then small, and the arrays still are
_KEPT_BLOCKS = 3  # about 5 MB each, which a simulator takes one by one as its days pass
_STEP_S = 60.0 * STEP_MIN
_RIPPLE_MOST = 3.0  # a minute's ripple is cut at so many times its scatter

Places = NDArray[np.intp]


@dataclass
class _Block:
    """Some days by the step, and what had been counted when they began."""

    start_s: int
    steps: dict[int, int]  # of each day
    places: dict[str, int]
    before: Array  # shape (names,)
    amounts: Array  # of each step, shape (names, steps)
    counted: Array  # of all steps, shape (names,)
    signals: dict[str, Array]  # in each step, shape (steps,)
    ripple: float  # scatter of a minute within its step [cv]
    draws: Draws

    @cached_property
    def within(self) -> Array:
        """What had been counted when each step began and the last one ended."""
        names, steps = self.amounts.shape
        within = np.zeros((names, steps + 1))
        np.cumsum(self.amounts[:, :-1], axis=1, out=within[:, 1:-1])
        # The sum is taken in another order than the running sum: no step may pass it.
        within[:, -1] = self.counted
        np.minimum(within[:, :-1], within[:, -1:], out=within[:, :-1])
        return within

    @cached_property
    def shares(self) -> Array:
        """What of a step has passed at its minutes' beginnings and its end, shape (steps, 6).

        All amounts of the plant ripple together within a step, so that every balance holds in
        each minute and the step's amounts stay what they are.
        """
        drawn = np.array([self._drawn(minute) for minute in range(STEP_MIN)])
        ripple = self.ripple * np.clip(drawn, -_RIPPLE_MOST, _RIPPLE_MOST)
        passed = np.cumsum((1.0 + ripple - ripple.mean(axis=0)) / STEP_MIN, axis=0)
        passed[-1] = 1.0
        return np.concatenate([np.zeros((1, passed.shape[1])), passed]).T

    def _drawn(self, minute: int) -> Array:
        days, counts = list(self.steps), list(self.steps.values())
        return self.draws.normals(f"minute-{minute}", days, counts=counts)


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
        self.origin = origin
        self.without = without
        self._first = origin.toordinal()
        self._ends: list[Array] = []  # what had been counted when each block ended
        self._kept: OrderedDict[int, _Block] = OrderedDict()
        self.origin_s = process.clock.start_s(self._first)

    @property
    def known(self) -> Array:
        """What had been counted when each block so far ended, shape (blocks, names)."""
        return np.array(self._ends)

    def know(self, ends: Array) -> None:
        """Take over what another timeline of the same process and origin had counted."""
        if ends.ndim != 2 or ends.shape[1] != len(self.process.names):
            raise ValueError(f"shape {ends.shape} is not (blocks, {len(self.process.names)})")
        self._ends += list(ends[len(self._ends) :])

    def cumulative(self, names: Sequence[str], at_s: Array) -> Array:
        """Counted since the origin at these instants [s, UTC], shape (names, instants)."""
        found = np.empty((len(names), len(at_s)))
        for block, here in self._by_block(at_s):
            rows = np.array([block.places[name] for name in names])
            step, passed = self._passed(block, at_s[here])
            counted = block.within[np.ix_(rows, step)]
            if passed.any():
                counted = counted + passed * (block.within[np.ix_(rows, step + 1)] - counted)
            found[:, here] = block.before[rows, None] + counted
        return found

    def rates(self, names: Sequence[str], at_s: Array) -> Array:
        """Amounts an hour at these instants [s, UTC], shape (names, instants)."""
        found = np.empty((len(names), len(at_s)))
        for block, here in self._by_block(at_s):
            rows = np.array([block.places[name] for name in names])
            step, minute, _ = self._minute(block, at_s[here])
            share = block.shares[step, minute + 1] - block.shares[step, minute]
            found[:, here] = 60.0 * share * block.amounts[np.ix_(rows, step)]
        return found

    def signal(self, name: str, at_s: Array) -> Array:
        """A signal at these instants [s, UTC], drawn straight between steps, shape (instants,)."""
        found = np.empty(len(at_s))
        for block, here in self._by_block(at_s):
            values = block.signals[name]
            middles = block.start_s + _STEP_S * (np.arange(values.size) + 0.5)
            found[here] = np.interp(at_s[here], middles, values)
        return found

    def _by_block(self, at_s: Array) -> list[tuple[_Block, Places]]:
        """The blocks that the instants fall into, each with the places of its instants."""
        if len(at_s) and at_s.min() < self.origin_s:
            raise UsageError(f"the simulated plant begins on {self.origin}; ask for a later time")
        if not len(at_s):
            return []
        first, last = (self._number_at(float(s)) for s in (at_s.min(), at_s.max()))
        if first == last:
            return [(self._block(first), np.arange(len(at_s)))]
        starts = [self.process.clock.start_s(self._days_of(n)[0]) for n in range(first, last + 1)]
        which = np.searchsorted(starts, at_s, side="right") - 1
        return [(self._block(first + i), np.flatnonzero(which == i)) for i in np.unique(which)]

    def _number_at(self, at_s: float) -> int:
        return (self.process.clock.day_at(at_s) - self._first) // _BLOCK_DAYS

    def _days_of(self, number: int) -> range:
        begin = self._first + number * _BLOCK_DAYS
        return range(begin, begin + _BLOCK_DAYS)

    @staticmethod
    def _minute(block: _Block, at_s: Array) -> tuple[Places, Places, Array]:
        """For each instant its step, its minute within that, and how much of the minute passed."""
        elapsed = (at_s - block.start_s) / 60.0
        minutes = np.floor(elapsed).astype(np.intp)
        return minutes // STEP_MIN, minutes % STEP_MIN, elapsed - minutes

    def _passed(self, block: _Block, at_s: Array) -> tuple[Places, Array]:
        """For each instant its step, and what share of the step's amounts had flowed."""
        step, minute, rest = self._minute(block, at_s)
        if not minute.any() and not rest.any():
            return step, rest
        begun = block.shares[step, minute]
        return step, begun + rest * (block.shares[step, minute + 1] - begun)

    def _block(self, number: int) -> _Block:
        if number not in self._kept:
            self.add(map(self.flowed, range(len(self._ends), number)))
            self._kept[number] = self._make(number)
            if len(self._kept) > _KEPT_BLOCKS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(number)
        return self._kept[number]

    def uncounted(self, at_s: float) -> range:
        """The blocks before an instant [s, UTC] of which it is not known what they come to."""
        return range(len(self._ends), self._number_at(at_s))

    def flowed(self, number: int) -> Array:
        """What flows in a block, shape (names,)."""
        days = self._days_of(number)
        return self.process.counted(days[0], days[-1] + 1, without=self.without)

    def add(self, flowed: Iterable[Array]) -> None:
        """Take over what flows in the next blocks of which it is not known."""
        for block in flowed:
            self._ends.append(block + self._ends[-1] if self._ends else block)

    def _steps(self, first: int, end: int) -> int:
        """How many steps the days [first, end) have."""
        start_s, end_s = (self.process.clock.start_s(day) for day in (first, end))
        return int((end_s - start_s) // _STEP_S)

    def _make(self, number: int) -> _Block:
        """A block by the step; those before it have been counted."""
        days = self._days_of(number)
        flows = self.process.days(days[0], days[-1] + 1, without=self.without)
        if number == len(self._ends):
            self.add([flows.counted])
        return _Block(
            start_s=self.process.clock.start_s(days[0]),
            steps={day: self._steps(day, day + 1) for day in days},
            places={name: i for i, name in enumerate(flows.names)},
            before=self._ends[number - 1] if number else np.zeros(len(flows.names)),
            amounts=flows.amounts,
            counted=flows.counted,
            signals=flows.signals,
            ripple=self.process.described.ripple,
            draws=self.process.draws,
        )
