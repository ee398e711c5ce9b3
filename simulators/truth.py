"""What a simulated plant really consumed, made and saved: what no meter is needed to know."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from simulators.element import Unit
from simulators.process import Process
from simulators.thermal import MJ_PER_KWH, Boiler, Chiller
from simulators.timeline import Timeline
from simulators.utilities import Burner

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


def consumed(
    process: Process, start_s: float, end_s: float, *, without: frozenset[str] = frozenset()
) -> dict[str, float]:
    """Amount of every total of the plant in [start, end) [s, UTC], in the total's unit."""
    amounts = Counted(process, (start_s, end_s), without=without).between(start_s, end_s)
    return {name: amounts[name] for name in process.described.totals}


def saved(
    process: Process, start_s: float, end_s: float, *, without: frozenset[str] | None = None
) -> dict[str, TrueSaving]:
    """True saving of every total in [start, end) [s, UTC], against these improvements undone.

    All improvements when none are named. The same random draws run twice, so what differs is
    their effect and nothing else.
    """
    undone = frozenset(process.improvements) if without is None else without
    asked = Asked(start_s, end_s, undone)
    return savings(process, [asked], actual=Counted(process, edges_of([asked])))[asked]


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


def imbalance(process: Process, first: date, end: date) -> dict[str, float]:
    """What entered and did not leave in the days [first, end), over what entered, by component."""
    flows = process.days(first.toordinal(), end.toordinal())
    names = process.described.components
    return {
        name: float((i - o) / i) if i else float(o)
        for name, i, o in zip(names, flows.entered, flows.left, strict=True)
    }


def energy_imbalance(process: Process, first: date, end: date) -> dict[str, float]:
    """Energy that went in and did not come out in the days [first, end), over what went in.

    For each boiler (fuel to heat and losses), burner (gas and fuel to heat) and chiller (cold,
    warm rooms and electricity to the air), and of the electricity of all parts.
    """
    flows = process.days(first.toordinal(), end.toordinal())
    amounts = dict(zip(flows.names, flows.amounts.sum(axis=1).tolist(), strict=True))
    found = {}
    for name, element in process.described.elements.items():
        for into, out in _conversions(name, element, amounts):
            found[name] = (into - out) / into if into else out
    parts = sum(amount for name, amount in amounts.items() if name.endswith(".electricity"))
    found["electricity"] = (parts - amounts["electricity"]) / parts
    return found


def _conversions(
    name: str, element: Unit, amounts: Mapping[str, float]
) -> Iterator[tuple[float, float]]:
    """What an element turns into what [MJ]."""

    def served(kind: str, elements: Iterable[str]) -> float:
        return sum(amounts[f"{one}.{kind}"] for one in elements)

    if isinstance(element, Boiler):
        heat = served("heat", element.serves) + amounts[f"{name}.loss_heat"]
        yield amounts[f"{name}.fuel_heat"], heat
    if isinstance(element, Burner):
        gas = element.mj_per_m3 * amounts[f"{name}.gas_burned"]
        yield gas + amounts[f"{name}.fuel_heat"], served("heat", element.serves)
    if isinstance(element, Chiller):
        cold = served("cold", element.serves) + amounts[f"{name}.room_heat"]
        into = cold + MJ_PER_KWH * amounts[f"{name}.electricity"]
        yield into, amounts[f"{name}.rejected_heat"]
