"""What a plant's process must conserve, and the truth of a single span."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from simulators.element import Unit
from simulators.process import Process
from simulators.thermal import MJ_PER_KWH, Boiler, Chiller
from simulators.truth import Asked, Counted, TrueSaving, edges_of, savings
from simulators.utilities import Burner


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
