"""Two maps of one family beside each other: where they say different things of one register.

A published map can be regular, complete and wrong. One for the SDM630 puts current L1 at 30013 and
import energy at 30063, where the maker has power L1 and a power factor; read with it, a load of
230 W shows as 230 A and its energy stands still. Alone nothing in it is amiss: only another map
of the same family shows it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from plant.finding import Finding, at, overlap
from plant.models import MeterModel
from plant.points import Point
from plant.units import fits, ratio

_SERIES = re.compile(r"[a-z]+[ -]?\d+")
_ENOUGH = 3  # points that must all be off by the same number before the numbering is blamed


def family(model: MeterModel) -> tuple[str, str]:
    """Maker and series, by which models of one family are known: ('eastron', 'sdm630')."""
    name = model.meter.name.casefold()
    match = _SERIES.search(name)
    series = re.sub(r"[ -]", "", match[0]) if match else name.split()[0]
    return model.meter.maker.casefold(), series


def nearest(model: MeterModel, models: Iterable[MeterModel]) -> MeterModel | None:
    """The model of the same id, else that of the family which contradicts it least."""
    kin = [other for other in models if family(other) == family(model)]
    same = [other for other in kin if other.id == model.id]
    return min(same or kin, key=lambda other: len(compare(model, other)), default=None)


def compare(model: MeterModel, reference: MeterModel) -> list[Finding]:
    """Where a model and a reference of the same family contradict each other."""
    if shift := _shift(model, reference):
        says = f"every point lies {abs(shift)} {'higher' if shift > 0 else 'lower'} than in"
        why = "one of both counts registers from 1"
        return [Finding("numbering", None, f"{says} {reference.id}: {why}")]
    found = (_against(name, point, reference) for name, point in model.points.items())
    return [finding for finding in found if finding is not None]


def _shift(model: MeterModel, reference: MeterModel) -> int:
    """By how much all shared points lie elsewhere; 0 when they do not, or not all alike."""
    shared = model.points.keys() & reference.points.keys()
    steps = {
        model.points[name].numbers[0].address - reference.points[name].numbers[0].address
        for name in shared
    }
    return steps.pop() if len(steps) == 1 and len(shared) >= _ENOUGH else 0


def _against(name: str, point: Point, reference: MeterModel) -> Finding | None:
    known = reference.points.get(name)
    elsewhere = ""
    if known is not None and known.numbers[0].address != point.numbers[0].address:
        elsewhere = f"; {reference.id} has {name} at {at(known.numbers[0].address)}"
    for other, theirs in _sharing(point, reference):
        here = f"lies on {at(point.numbers[0].address)}"
        if not fits(theirs.unit, point.unit):
            says = f"{here} in {point.unit}, where {reference.id} has {other} in {theirs.unit}"
            return Finding("other map", name, says + elsewhere)
        if difference := _difference(point, theirs):
            return Finding("other map", name, f"{here} and is {difference} in {reference.id}")
    if elsewhere:
        return Finding("other map", name, elsewhere.removeprefix("; "))
    return None


def _sharing(point: Point, reference: MeterModel) -> Iterator[tuple[str, Point]]:
    for name, theirs in reference.points.items():
        if theirs.function == point.function and any(
            overlap(part, number) for part in point.numbers for number in theirs.numbers
        ):
            yield name, theirs


def _difference(point: Point, theirs: Point) -> str | None:
    """How another map codes the same register, when it does so differently."""
    mine, other = point.numbers[0], theirs.numbers[0]
    if (mine.address, mine.type) != (other.address, other.type):
        return f"{other.type} at {at(other.address)}"
    if mine.words > 1 and (mine.order or point.order) != (other.order or theirs.order):
        return f"in order {other.order or theirs.order}"
    share = float(ratio(point.unit, theirs.unit)) * point.factor * mine.factor
    scale = theirs.factor * other.factor
    if not math.isclose(share, scale, rel_tol=1e-9):
        return f"{scale:g} {theirs.unit} a count"
    return None
