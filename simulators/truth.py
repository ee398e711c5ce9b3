"""What a simulated plant really consumed, made and saved: what no meter is needed to know."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from simulators.line import Unit
from simulators.process import Process
from simulators.thermal import MJ_PER_KWH, Boiler, Chiller
from simulators.timeline import Timeline
from simulators.utilities import Burner


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
