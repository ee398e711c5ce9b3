"""What a simulated plant really consumed, made and saved: what no meter is needed to know."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from simulators.process import Process
from simulators.timeline import Timeline


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


def consumed(
    process: Process, start_s: float, end_s: float, *, without: frozenset[str] = frozenset()
) -> dict[str, float]:
    """Amount of every total of the plant in [start, end) [s, UTC], in the total's unit."""
    clock = process.clock
    origin = date.fromordinal(clock.day_at(start_s))
    timeline = Timeline(process, origin, without=without)
    names = list(process.described.totals)
    edges = timeline.cumulative(names, np.array([start_s, end_s], dtype=float))
    return {name: float(edge[1] - edge[0]) for name, edge in zip(names, edges, strict=True)}


def saved(
    process: Process, start_s: float, end_s: float, *, without: frozenset[str] | None = None
) -> dict[str, TrueSaving]:
    """True saving of every total in [start, end) [s, UTC], against these improvements undone.

    All improvements when none are named. The same random draws run twice, so what differs is
    their effect and nothing else.
    """
    undone = frozenset(process.improvements) if without is None else without
    actual = consumed(process, start_s, end_s)
    counterfactual = consumed(process, start_s, end_s, without=undone)
    return {
        name: TrueSaving(name, process.unit(name), actual[name], counterfactual[name])
        for name in actual
    }


def imbalance(process: Process, first: date, end: date) -> dict[str, float]:
    """What entered and did not leave in the days [first, end), over what entered, by component."""
    flows = process.days(first.toordinal(), end.toordinal())
    names = process.described.components
    return {
        name: float((i - o) / i) if i else float(o)
        for name, i, o in zip(names, flows.entered, flows.left, strict=True)
    }
