"""Rules on where a model's numbers lie and how they are coded: can a meter be like that?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise

from plant.finding import Finding, Rule, at, inside, overlap
from plant.models import Limits, MeterModel
from plant.points import Part, Point, Quality

_LAST = 65536
_BITS = (1, 2)  # functions that read single bits


def numbers_overlap(model: MeterModel) -> Iterator[Finding]:
    """One register is one thing: no two points share one."""
    uses = [(n, p.function, part) for n, p in model.points.items() for part in p.numbers]
    for (name, function, part), (other, its, number) in combinations(uses, 2):
        if function == its and overlap(part, number):
            shared = max(part.address, number.address)
            whose = "another part of it" if name == other else name
            yield Finding("overlap", other, f"shares register {at(shared)} with {whose}")


def helpers_overlap(model: MeterModel) -> Iterator[Finding]:
    """A scale, unit, order or quality register is no half of a value, nor of another of them."""
    uses = [(n, p.function, part) for n, p in model.points.items() for part in p.everything]
    for name, point in model.points.items():
        for helper in point.helpers:
            for other, function, part in uses:
                same = (part.address, part.type) == (helper.address, helper.type)
                if function == point.function and overlap(part, helper) and not same:
                    says = f"its {_role(point, helper)} register {at(helper.address)} lies in "
                    yield Finding("overlap", name, f"{says}a number of {other}")


def _role(point: Point, helper: Part) -> str:
    if isinstance(helper, Quality):
        return "quality"
    known = {id(point.exponent): "scale", id(point.unit_register): "unit"}
    return known.get(id(helper), "order")


def requests_are_possible(model: MeterModel) -> Iterator[Finding]:
    """Every number fits into one request that the meter bears."""
    for name, point in model.points.items():
        for part in point.everything:
            for says in _barred(part, model.limits, bits=point.function in _BITS):
                yield Finding("request", name, says)
    for probe in model.probe:
        for says in _barred(probe, model.limits, bits=probe.function in _BITS):
            yield Finding("probe", None, f"its probe {says}")


def _barred(part: Part, limits: Limits, *, bits: bool) -> Iterator[str]:
    if part.end > _LAST:
        yield f"reaches beyond the last register, {at(_LAST - 1)}"
    if part.words > limits.registers and not bits:
        yield f"takes {part.words} registers, a request may have {limits.registers}"
    for place in inside(part, limits.forbidden):
        yield f"lies on {at(place)}, which no request may touch"
    for barrier in sorted(set(limits.barriers) - set(limits.forbidden)):
        if part.address < barrier < part.end:
            yield f"lies across the barrier before {at(barrier)}"
    for place in inside(part, limits.alone):
        if part.words > 1:
            yield f"spans {at(place)}, which is read one word at a time"


def sums_are_read_at_once(model: MeterModel) -> Iterator[Finding]:
    """A counter's parts stand in one request, or it moves on between them and the sum jumps."""
    for name, point in model.points.items():
        if point.kind != "counter" or len(point.numbers) < 2:
            continue
        first = min(part.address for part in point.numbers)
        end = max(part.end for part in point.numbers)
        limits = model.limits
        walls = [*limits.barriers, *(edge for a in limits.alone for edge in (a, a + 1))]
        if end - first > limits.registers:
            why = f"{end - first} registers apart, a request may have {limits.registers}"
        elif any(first < wall < end for wall in walls):
            why = "with a barrier between"
        elif limits.holes == "refused" and (gap := _gap(point)) is not None:
            why = f"with a hole at {at(gap)}, which the meter refuses"
        else:
            continue
        yield Finding("torn", name, f"its parts lie {why}: read apart, their sum may jump")


def _gap(point: Point) -> int | None:
    """The first address between a point's parts that none of them holds."""
    parts = sorted(point.numbers, key=lambda part: part.address)
    return next((a.end for a, b in pairwise(parts) if a.end < b.address), None)


def bits_are_bits(model: MeterModel) -> Iterator[Finding]:
    """Functions 1 and 2 read bits, 3 and 4 registers."""
    for name, point in model.points.items():
        for part in point.everything:
            if (part.type == "bit") != (point.function in _BITS):
                yield Finding("function", name, f"function {point.function} reads no {part.type}")


def codes_are_whole(model: MeterModel) -> Iterator[Finding]:
    """What is looked up, masked or raised to is an integer that the register can hold."""
    for name, point in model.points.items():
        for part in point.helpers:
            if part.type.startswith(("float", "bcd")):
                says = f"its {_role(point, part)} register {at(part.address)} is a {part.type}"
                yield Finding("code", name, f"{says}, not an integer")
        if (units := point.unit_register) is not None:
            yield from _codes(name, units, units.units)
        if (orders := point.order_register) is not None:
            yield from _codes(name, orders, orders.orders)


def _codes(name: str, part: Part, codes: Iterable[str]) -> Iterator[Finding]:
    for code in codes:
        if not code.lstrip("-").isdigit() or not holds(part, int(code)):
            yield Finding("code", name, f"a {part.type} is never {code!r}")


def quality_can_be_good(model: MeterModel) -> Iterator[Finding]:
    """A quality register has values that pass and values that do not."""
    for name, point in model.points.items():
        for check in point.quality:
            most = check.mask >> check.shift
            allowed = set(check.one_of) if check.one_of is not None else set(range(most + 1))
            good = {
                level for level in allowed
                if 0 <= level <= most and check.accepts((level << check.shift) & check.mask)
            }  # fmt: skip
            if not good:
                yield Finding("quality", name, f"nothing that {at(check.address)} can say passes")
            elif len(good) == most + 1:
                yield Finding("quality", name, f"everything that {at(check.address)} says passes")


def sentinels_fit(model: MeterModel) -> Iterator[Finding]:
    """A sentinel is a value that the type can have, and that no good value is."""
    for name, point in model.points.items():
        floats = [part for part in point.numbers if part.type.startswith("float")]
        for sentinel in point.sentinels:
            if sentinel == "nan":
                continue
            if len(floats) == len(point.numbers):
                yield Finding("sentinel", name, f"{sentinel} says nothing of a {floats[0].type}")
            elif sentinel == "min" and any(p.limits and not p.limits[0] for p in point.numbers):
                yield Finding("sentinel", name, "the least unsigned number is 0: say zero if meant")
            elif sentinel == "zero" and point.kind == "gauge":
                yield Finding("sentinel", name, "0 is a good value of a gauge")
            elif isinstance(sentinel, int) and not any(holds(p, sentinel) for p in point.numbers):
                yield Finding("sentinel", name, f"a {point.numbers[0].type} is never {sentinel}")


def probes_tell(model: MeterModel) -> Iterator[Finding]:
    """A probe has values to expect that its register can hold and that do not count up."""
    for probe in model.probe:
        if not probe.equals:
            yield Finding("probe", None, f"its probe at {at(probe.address)} expects nothing")
        for value in probe.equals:
            if not holds(probe, value):
                yield Finding("probe", None, f"its probe expects {value:#x} of a {probe.type}")
        for name, point in model.points.items():
            counts = point.kind == "counter" and point.function == probe.function
            if counts and any(overlap(probe, part) for part in point.numbers):
                yield Finding("probe", name, f"the probe at {at(probe.address)} reads this counter")


def block_holds_points(model: MeterModel) -> Iterator[Finding]:
    """All registers of a block that is found on the device lie in the block."""
    if model.found is None:
        return
    first, end = model.found.at, model.found.at + 2 + model.found.length
    for name, point in model.points.items():
        for part in point.everything:
            if part.address < first + 2 or part.end > end:
                says = f"{at(part.address)} is outside the block {at(first + 2)} to {at(end - 1)}"
                yield Finding("block", name, says)


def holds(part: Part, value: int) -> bool:
    """Whether an integer register can have this value."""
    return part.limits is not None and part.limits[0] <= value <= part.limits[1]


RULES: tuple[Rule, ...] = (
    numbers_overlap,
    helpers_overlap,
    requests_are_possible,
    sums_are_read_at_once,
    bits_are_bits,
    codes_are_whole,
    quality_can_be_good,
    sentinels_fit,
    probes_tell,
    block_holds_points,
)
