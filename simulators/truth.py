"""What a simulated plant really consumed, made and saved: what no meter is needed to know."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from simulators.process import Process
from simulators.timeline import Timeline

Progress = Callable[[int, int], None]  # how much is done, and of how much


@dataclass(frozen=True)
class TrueSaving:
    """A resource over a span: what was used, and what would have been without improvements."""

    resource: str
    unit: str
    actual: float
    without: float

    @property
    def saving(self) -> float:
        """Saved amount [unit]."""
        return self.without - self.actual

    @property
    def share(self) -> float | None:
        """Saving over what would have been used; None when that is nothing."""
        return self.saving / self.without if self.without else None


@dataclass(frozen=True)
class Asked:
    """A span [s, UTC], and which improvements are undone to see what they saved in it."""

    start_s: float
    end_s: float
    undone: frozenset[str]


class Counted:
    """What had been counted of each amount at some instants, found in one pass over the days."""

    def __init__(
        self,
        process: Process,
        instants_s: Iterable[float],
        *,
        without: frozenset[str] = frozenset(),
        progress: Progress | None = None,
    ) -> None:
        """Count, as if the improvements in `without` were not; `progress` hears days and all."""
        self.at_s = np.unique(np.array(list(instants_s), dtype=float))
        self._names = process.names
        self._amounts = np.zeros((len(self._names), len(self.at_s)))
        if not len(self.at_s):
            return
        first, last = (process.clock.day_at(float(s)) for s in (self.at_s[0], self.at_s[-1]))
        timeline = Timeline(process, date.fromordinal(first), without=without)
        for i, at_s in enumerate(self.at_s):
            self._amounts[:, i] = timeline.cumulative(self._names, np.array([at_s]))[:, 0]
            if progress is not None:
                progress(process.clock.day_at(float(at_s)) - first, last - first)

    def between(self, start_s: float, end_s: float) -> dict[str, float]:
        """Each amount in [start, end) [s, UTC], two of the instants."""
        start, end = np.searchsorted(self.at_s, (start_s, end_s))
        amounts = self._amounts[:, end] - self._amounts[:, start]
        return dict(zip(self._names, amounts.tolist(), strict=True))


def savings(
    process: Process,
    asked: Sequence[Asked],
    *,
    actual: Counted,
    progress: Progress | None = None,
) -> dict[Asked, dict[str, TrueSaving]]:
    """True saving of every total in each span, of which `actual` has counted the edges.

    One pass over the days for each set of improvements that is undone.
    """
    found: dict[Asked, dict[str, TrueSaving]] = {}
    for undone in {one.undone: None for one in asked}:
        spans = [one for one in asked if one.undone == undone]
        edges = edges_of(spans)
        world = Counted(process, edges, without=undone, progress=progress) if undone else actual
        found |= {one: _saved(process, one, actual=actual, world=world) for one in spans}
    return found


def edges_of(asked: Iterable[Asked]) -> set[float]:
    """Where the spans begin and end [s, UTC]."""
    return {edge for one in asked for edge in (one.start_s, one.end_s)}


def _saved(
    process: Process, asked: Asked, *, actual: Counted, world: Counted
) -> dict[str, TrueSaving]:
    used = actual.between(asked.start_s, asked.end_s)
    without = world.between(asked.start_s, asked.end_s)
    return {
        name: TrueSaving(name, process.unit(name), used[name], without[name])
        for name in process.described.totals
    }
