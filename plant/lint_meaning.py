"""Rules on what a model's points mean: units, kinds, rates, and which one is consumption."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from plant.finding import Finding, Rule, at
from plant.models import MeterModel
from plant.points import Point
from plant.units import fits

_FASTEST_TURN_S = 60.0  # a counter that is once round sooner cannot be followed
_ENERGIES = ("kWh", "kVAh", "kvarh")
_AMOUNTS = (*_ENERGIES, "m3", "t", "pulse")
_MEASURED = {
    "energy": "kWh", "heat": "kWh", "water": "m3", "wastewater": "m3", "gas": "m3", "mass": "t",
    "pulse": "pulse",
}  # fmt: skip
# What a point is called, and a unit that it then has; the longer name comes first.
_NAMED = (
    ("energy_reactive", "kvarh"), ("energy_apparent", "kVAh"), ("energy", "kWh"),
    ("power_reactive", "kvar"), ("power_apparent", "kVA"), ("power_factor", "1"), ("power", "kW"),
    ("voltage", "V"), ("current", "A"), ("frequency", "Hz"), ("volume", "m3"), ("flow", "m3/h"),
    ("velocity", "m/s"), ("mass_flow", "t/h"), ("mass", "t"), ("temperature", "degC"),
    ("ph", "pH"), ("turbidity", "NTU"), ("count", "pulse"),
)  # fmt: skip
# Words in a counter's name that say it is not what the site consumed.
_NOT_CONSUMED = {"export", "reverse", "negative", "net", "batch", "partial", "reactive", "apparent"}
_PHASE = re.compile(r"(?P<what>.+(?<!_l[123]))_l(?P<phase>[123])")


def counters_have_rates(model: MeterModel) -> Iterator[Finding]:
    """Without a largest rate a wrap looks like a reset; wrapped too fast, nobody can follow."""
    for name, point in model.points.items():
        if point.kind != "counter":
            continue
        rate = point.max_rate_per_h
        if not rate or rate < 0:
            yield Finding("rate", name, "a counter without max_rate: a wrap looks like a reset")
        elif point.wraps_at and point.wraps_at / rate * 3600 < _FASTEST_TURN_S:
            turn_s = point.wraps_at / rate * 3600
            yield Finding("rate", name, f"at {point.max_rate} it is once round in {turn_s:.0f} s")


def units_fit_kinds(model: MeterModel) -> Iterator[Finding]:
    """A counter counts an amount; energy that is no counter goes both ways."""
    for name, point in model.points.items():
        amount = any(fits(point.unit, unit) for unit in _AMOUNTS)
        energy = any(fits(point.unit, unit) for unit in (*_ENERGIES, "pulse"))
        if point.kind == "counter" and not amount:
            yield Finding("unit", name, f"{point.unit} does not accumulate: no counter")
        elif point.kind == "gauge" and energy and not point.net:
            yield Finding("unit", name, f"{point.unit} accumulates: a counter, or net = true")
        elif point.net and not amount:
            yield Finding("unit", name, f"{point.unit} does not accumulate: it cannot be net")
        if point.kind == "counter" and "net" in name.split("_"):
            yield Finding("net", name, "a net register can fall: a gauge with net = true")


def units_fit_names(model: MeterModel) -> Iterator[Finding]:
    """A voltage is in volts."""
    for name, point in model.points.items():
        known = (u for prefix, u in _NAMED if name == prefix or name.startswith(f"{prefix}_"))
        unit = next(known, None)
        if unit is not None and not fits(point.unit, unit):
            yield Finding("unit", name, f"is in {point.unit}, a {name} in something like {unit}")


def main_is_consumption(model: MeterModel) -> Iterator[Finding]:
    """The main counter is read by default, counts what the meter measures, and only goes up."""
    head = model.meter
    if not head.default or len(set(head.default)) < len(head.default):
        yield Finding("default", None, "default names nothing, or a point twice")
    if head.main is None:
        if head.measures != "quality" and (count := _first(model)):
            yield Finding(
                "main", count, f"measures {head.measures} and counts, but main is not said"
            )
        return
    point = model.points[head.main]
    if head.main not in head.default:
        yield Finding("default", head.main, "is main, but not read by default")
    wanted = _MEASURED.get(head.measures)
    if wanted and not fits(point.unit, wanted):
        says = f"is main and in {point.unit}; a meter of {head.measures} counts {wanted}"
        yield Finding("main", head.main, says)
    alternatives = [n for n in _alike(model, point) if n != head.main and _serves(n, model)]
    if not _serves(head.main, model):
        yield Finding("main", head.main, "is main, but by its name not what was consumed")
    elif alternatives and point.resettable:
        yield Finding("main", head.main, f"can be reset, {alternatives[0]} cannot: that is main")
    elif alternatives and "total" in head.main.split("_"):
        says = f"sums both directions by its name; {alternatives[0]} is what was consumed"
        yield Finding("main", head.main, says)


def _first(model: MeterModel) -> str | None:
    return next((name for name, point in model.points.items() if point.kind == "counter"), None)


def _alike(model: MeterModel, point: Point) -> Iterator[str]:
    """The counters of the same dimension that cannot be reset."""
    for name, other in model.points.items():
        lasting = other.kind == "counter" and not other.resettable
        if lasting and not _PHASE.fullmatch(name) and fits(other.unit, point.unit):
            yield name


def _serves(name: str, model: MeterModel) -> bool:
    """Whether a counter's name leaves it possible that it is consumption."""
    return model.meter.measures == "pulse" or not _NOT_CONSUMED & set(name.split("_"))


def ranges_are_ranges(model: MeterModel) -> Iterator[Finding]:
    """Least is below most; factor, modulus and resolution are positive and fit the registers."""
    for name, point in model.points.items():
        if point.least is not None and point.most is not None and point.least >= point.most:
            yield Finding("range", name, f"least {point.least:g} is not below most {point.most:g}")
        factors = [point.factor, *(part.factor for part in point.numbers)]
        if any(factor == 0 for factor in factors):
            yield Finding("range", name, "a factor of 0 makes every value 0")
        elif point.kind == "counter" and any(factor < 0 for factor in factors):
            yield Finding("range", name, "a counter with a negative factor only falls")
        if point.resolution is not None and point.resolution <= 0:
            yield Finding("range", name, f"a resolution of {point.resolution:g}")
        if point.modulus is not None:
            yield from _modulus(name, point)


def _modulus(name: str, point: Point) -> Iterator[Finding]:
    assert point.modulus is not None  # noqa: S101 - the caller looked
    (number,) = point.numbers if len(point.numbers) == 1 else (None,)
    if point.modulus <= (point.resolution or 0):
        yield Finding("range", name, f"a modulus of {point.modulus:g}")
    elif number is not None and number.limits is not None and not point.exponent:
        most = (number.limits[1] + 1.0) * point.factor
        if point.modulus > most:
            says = f"wraps at {point.modulus:g}, but its registers end at {most:g} {point.unit}"
            yield Finding("range", name, says)


def orders_agree(model: MeterModel) -> Iterator[Finding]:
    """A meter has one word order for numbers of one type."""
    seen: dict[str, tuple[str, str]] = {}
    for name, point in model.points.items():
        for part in point.numbers:
            order = "by register" if point.order_register else part.order or point.order
            first, known = seen.setdefault(part.type, (name, order))
            if part.words > 1 and order != known and point.source is None:
                says = f"{part.type} in order {order}, {first} in {known}; name a source if so"
                yield Finding("order", name, says)


def phases_are_alike(model: MeterModel) -> Iterator[Finding]:
    """Three phases of one quantity are coded alike and lie evenly spaced, in order."""
    groups: dict[str, dict[int, Point]] = defaultdict(dict)
    for name, point in model.points.items():
        if (match := _PHASE.fullmatch(name)) and point.address is not None:
            groups[match["what"]][int(match["phase"])] = point
    for what, phases in groups.items():
        coded = {(p.function, p.type, p.order, p.factor, p.unit, p.kind) for p in phases.values()}
        if len(coded) > 1:
            yield Finding("phases", f"{what}_l{max(phases)}", "is not coded as the other phases")
        places = [p.address for _, p in sorted(phases.items()) if p.address is not None]
        steps = {b - a for a, b in pairwise(places)}
        if len(steps) > 1 or any(step <= 0 for step in steps):
            listed = ", ".join(at(place) for place in places)
            yield Finding("phases", f"{what}_l{max(phases)}", f"the phases lie unevenly: {listed}")


def claims_have_sources(model: MeterModel) -> Iterator[Finding]:
    """A model names what it was read from; so does a point that claims a rung of its own."""
    if not any(source.strip() for source in model.meter.sources):
        yield Finding("source", None, "names no source")
    for name, point in model.points.items():
        if point.trust is not None and not point.source:
            yield Finding("source", name, f"claims {point.trust.value!r} and names no source")


RULES: tuple[Rule, ...] = (
    counters_have_rates,
    units_fit_kinds,
    units_fit_names,
    main_is_consumption,
    ranges_are_ranges,
    orders_agree,
    phases_are_alike,
    claims_have_sources,
)
