"""A plant's process: its elements in their order, evaluated for any days, improvements apart."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache, cached_property
from itertools import pairwise
from typing import Self

import numpy as np

from simulators.draws import Array, Draws, NoDraws
from simulators.element import Unit
from simulators.process_file import Course, Improvement, ProcessFile
from simulators.streams import STEP_MIN, Days, Flows
from simulators.thermal import Weather
from simulators.utilities import Signal
from simulators.worktime import Clock


@dataclass(frozen=True)
class DayFlows:
    """Days by the step of five minutes."""

    names: tuple[str, ...]  # of the rates, of each stream and its water, of the totals
    rates: tuple[Array, ...]  # a minute, in each step, shape (steps,) each
    streams: tuple[Array, ...]  # shape (components, steps) each [t/min]
    members: tuple[list[int], ...]  # for each total, the places of the names that it sums
    counted: Array  # what flowed in all, shape (names,)
    signals: dict[str, Array]  # in each step, shape (steps,)
    came: tuple[Array, ...]  # streams over the plant's fence, shape (components, steps) [t/min]
    went: tuple[Array, ...]  # the same

    @cached_property
    def amounts(self) -> Array:
        """What flowed in each step, shape (names, steps)."""
        rows = np.empty((len(self.names), self.rates[0].size))
        end = len(self.rates) + 2 * len(self.streams)
        np.stack(self.rates, out=rows[: len(self.rates)])
        for i, stream in zip(range(len(self.rates), end, 2), self.streams, strict=True):
            stream.sum(axis=0, out=rows[i])
            rows[i + 1] = stream[0]
        for i, members in enumerate(self.members, start=end):
            rows[members].sum(axis=0, out=rows[i])
        rows *= STEP_MIN
        return rows

    @property
    def entered(self) -> Array:
        """What came over the plant's fence in all, shape (components,) [t]."""
        return _in_all(self.came)

    @property
    def left(self) -> Array:
        """What went over it."""
        return _in_all(self.went)


def _joined(parts: Sequence[DayFlows]) -> DayFlows:
    """Spans of days, one after the other, as one."""
    first = parts[0]
    rates = zip(*(part.rates for part in parts), strict=True)
    streams = zip(*(part.streams for part in parts), strict=True)
    signals = {
        name: np.concatenate([part.signals[name] for part in parts]) for name in first.signals
    }
    return DayFlows(
        names=first.names,
        rates=tuple(np.concatenate(pieces) for pieces in rates),
        streams=tuple(np.concatenate(pieces, axis=1) for pieces in streams),
        members=first.members,
        counted=np.asarray(sum(part.counted for part in parts)),
        signals=signals,
        came=tuple(stream for part in parts for stream in part.came),
        went=tuple(stream for part in parts for stream in part.went),
    )


class Process:
    """A plant that runs: `days` gives what flowed on any days; nothing is kept between them."""

    def __init__(
        self,
        described: ProcessFile,
        zone: str,
        *,
        seed: int,
        improvements: Mapping[str, Improvement],
        developments: Mapping[str, Improvement] | None = None,
    ) -> None:
        """Put the process to work; ValueError when a change is of what does not exist.

        Developments change parameters as improvements do, but save nothing: they happen in the
        world without improvements as well.
        """
        self.described = described
        self.clock = Clock(zone)
        self.improvements = dict(improvements)
        self.developments = dict(developments or {})
        self._changes = {**self.developments, **self.improvements}
        self.draws = Draws(seed)
        self._elements = cache(self._elements_with)
        self._members = cache(self._members_of)
        self._elements(frozenset(self._changes))

    @classmethod
    def of(cls, described: ProcessFile, zone: str, course: Course) -> Self:
        """A process that takes this course; ValueError as above."""
        return cls(
            described,
            zone,
            seed=course.seed,
            improvements=course.improvements,
            developments=course.developments,
        )

    def days(self, first: int, end: int, *, without: frozenset[str] = frozenset()) -> DayFlows:
        """What flowed on the days [first, end), as if the improvements in `without` were not.

        Days are proleptic ordinals. The draws are the same with and without: the difference is
        the improvements' effect. A day's numbers do not depend on its company.
        """
        parts = []
        for edges in self._unchanged(first, end):
            elements = self._elements(self._active(edges[0]) - without)
            parts.append(self._gather(self._run(elements, self._days(range(*edges)), Flows())))
        return parts[0] if len(parts) == 1 else _joined(parts)

    def counted(self, first: int, end: int, *, without: frozenset[str] = frozenset()) -> Array:
        """What flowed in all on those days, shape (names,): the same as theirs, and sooner."""
        parts = []
        for edges in self._unchanged(first, end):
            elements = self._elements(self._active(edges[0]) - without)
            looked_at = {n: e for n, e in elements.items() if n not in self._idle_signals}
            flows = Flows(keeps_streams=False)
            parts.append(self._sums(self._run(looked_at, self._days(range(*edges)), flows)))
        return np.asarray(sum(parts))

    def day(self, day: int, *, without: frozenset[str] = frozenset()) -> DayFlows:
        """What flowed on one day."""
        return self.days(day, day + 1, without=without)

    def _unchanged(self, first: int, end: int) -> Iterator[tuple[int, int]]:
        """The spans of [first, end) in which no change begins or ends."""
        begun = [change.since.toordinal() for change in self._changes.values()]
        ended = [c.until.toordinal() + 1 for c in self._changes.values() if c.until]
        edges = [first, *sorted({day for day in begun + ended if first < day < end}), end]
        return pairwise(edges)

    def _active(self, day: int) -> frozenset[str]:
        """The changes that are at work on a day."""
        return frozenset(
            name
            for name, change in self._changes.items()
            if change.since.toordinal() <= day
            and (change.until is None or day <= change.until.toordinal())
        )

    @cached_property
    def _idle_signals(self) -> frozenset[str]:
        """Signals that no other element looks at: amounts are the same without them."""
        elements = self.described.elements
        looked_at = {name for element in elements.values() for name in element.needs()}
        signals = {name for name, element in elements.items() if isinstance(element, Signal)}
        return frozenset(signals - looked_at)

    @staticmethod
    def _run(elements: Mapping[str, Unit], days: Days, flows: Flows) -> Flows:
        for name, element in elements.items():
            flows.add(name, element.run(name, days, flows))
        return flows

    def _days(self, ordinals: range) -> Days:
        described, draws = self.described, self.draws
        walls = [self.clock.wall_minutes(day) for day in ordinals]
        steps = tuple(wall.size // STEP_MIN for wall in walls)
        minutes = described.time.running(ordinals, walls, draws=draws)
        return Days(
            ordinals=tuple(ordinals),
            steps=steps,
            wall=np.concatenate([wall[::STEP_MIN] for wall in walls]),
            running=np.asarray(sum(minutes[i::STEP_MIN] for i in range(STEP_MIN)) / STEP_MIN),
            supply=np.repeat(described.season.shares(ordinals), steps),
            components=described.components,
            draws=draws,
        )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The amounts that can be asked for."""
        return self._any_day.names

    @cached_property
    def signals(self) -> frozenset[str]:
        """The signals that can be asked for."""
        return frozenset(self._any_day.signals)

    @cached_property
    def _any_day(self) -> DayFlows:
        """A day of one step, which tells names."""
        components = self.described.components
        day = Days((1,), (1,), np.zeros(1), np.ones(1), np.ones(1), components, NoDraws())
        return self._gather(self._run(self._elements(frozenset()), day, Flows()))

    def unit(self, name: str) -> str:
        """The unit of a quantity; of a signal as its element says."""
        if name in self.described.totals:
            return self.described.totals[name].unit
        element_name, _, what = name.partition(".")
        element = self.described.elements.get(element_name)
        if isinstance(element, Signal | Weather):
            return element.unit
        return _unit_of(what)

    def _elements_with(self, active: frozenset[str]) -> dict[str, Unit]:
        changes: dict[str, float] = {}
        for name, change in self._changes.items():
            if name in active:
                changes |= change.changes
        return self.described.changed(changes)

    def _gather(self, flows: Flows) -> DayFlows:
        streams = (place for name in flows.streams for place in (name, f"{name}.water"))
        names = (*flows.amounts, *streams)
        return DayFlows(
            names=(*names, *self.described.totals),
            rates=tuple(flows.amounts.values()),
            streams=tuple(flows.streams.values()),
            members=self._members(names),
            counted=self._sums(flows),
            signals=flows.signals,
            came=tuple(flows.entered),
            went=tuple(flows.free.values()),
        )

    def _sums(self, flows: Flows) -> Array:
        """What flowed in all, shape (names,)."""
        streams = (name for name in flows.sums if name not in flows.amounts)
        names = (*flows.amounts, *streams)
        parts = STEP_MIN * np.array([flows.sums[name] for name in names])
        totals = [parts[members].sum() for members in self._members(names)]
        return np.concatenate([parts, totals])

    def _members_of(self, names: tuple[str, ...]) -> tuple[list[int], ...]:
        """For each total, the places of the names that it sums."""
        return tuple(
            [i for i, n in enumerate(names) if any(fnmatchcase(n, p) for p in total.of)]
            for total in self.described.totals.values()
        )


def _in_all(streams: Iterable[Array]) -> Array:
    """The content of streams [t/min] by step, shape (components,) [t]."""
    return np.asarray(sum(STEP_MIN * stream.sum(axis=1) for stream in streams))


def _unit_of(what: str) -> str:
    if what == "electricity":
        return "kWh"
    if what.endswith("heat") or what in ("cold", "cold_made"):
        return "MJ"
    volumes = ("fresh", "reused", "water", "lifted", "gas_made", "gas_burned", "gas_flared")
    return "m3" if what.endswith(volumes) else "t"
