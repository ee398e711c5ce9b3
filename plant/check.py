"""Read a plant file and check it as a whole: every fault at once, each where it stands."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import ValidationError

from plant.checker import Checker
from plant.description import DEFAULT_UNITS, Meter, Plant, Resource
from plant.errors import PlantFileError, Problem, UnitError, UsageError
from plant.factors import factors
from plant.models import library, shipped_model
from plant.plan_check import PlanChecks
from plant.reading import GATEWAY
from plant.toml_file import Document, KeyPath, config_hash, describe, parse_toml
from plant.units import fits, is_known, misspelt, parse_unit, ratio
from plant.water_check import WaterChecks

_CALLED = {"Asia/Hanoi": "Asia/Ho_Chi_Minh"}  # whose nearest name is another country's
_NOT_OF_THE_LIST = ("posix/", "right/")  # the same zones again, as some systems keep them
UNREAD = {"id": "unread", "name": "unread"}  # stands in for a head with faults of its own


def load_plant(path: Path) -> Plant:
    """The plant in a file; PlantFileError with every fault; UsageError when it cannot be read."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"plant file {path}: {error.strerror}; name an existing TOML file"
        ) from error
    try:
        text = content.decode("utf-8-sig")  # some editors begin with a mark
    except UnicodeDecodeError as error:
        raise UsageError(
            f"plant file {path}: not UTF-8 ({error.reason}); save it as UTF-8"
        ) from error
    plant = check_plant(parse_toml(text, str(path), PlantFileError))
    return plant.read_from(path.resolve(), config_hash(content))


def check_plant(document: Document) -> Plant:
    """The plant in a parsed file; PlantFileError with every fault at once."""
    problems: list[Problem] = []
    content = copy.deepcopy(document.content)
    plant = _validate(content, document, problems)
    if plant is not None:
        problems.extend(_References(plant, document).problems())
    if problems or plant is None:
        raise PlantFileError(sorted(problems, key=lambda p: (p.line or 0, p.key)))
    return plant


def _validate(content: dict[str, Any], document: Document, problems: list[Problem]) -> Plant | None:
    """Validate; on faults cut the faulty parts out and go on, so that the rest is checked too."""
    for depth in (None, 2, 1, 1):  # cut the faulty value; if that was not enough, its entry
        try:
            return Plant.model_validate(content)
        except ValidationError as error:
            faults = error.errors()
        if depth is None:  # what a later round finds is only what the cut left behind
            problems.extend(describe(fault, Plant, document) for fault in faults)
        if any(fault["loc"][:1] == ("plant",) for fault in faults):
            content["plant"] = UNREAD  # without a head nothing else could be looked at
        for fault in faults:
            _cut(content, tuple(str(part) for part in fault["loc"])[:depth])
    return None


def _cut(content: dict[str, Any], path: KeyPath) -> None:
    """Remove the value at a path, or the nearest table's value when the path leads into it."""
    if path[:1] == ("plant",):
        return
    node: Any = content
    for part in path[:-1]:
        inner = node.get(part)
        if not isinstance(inner, dict):
            node.pop(part, None)
            return
        node = inner
    if path:
        node.pop(path[-1], None)


def _converts(unit: str, to: str) -> bool:
    try:
        return fits(unit, to)
    except UnitError:
        return False


def _is_zone(name: str) -> bool:
    """Whether it is a zone of the IANA list: to list all of them opens hundreds of files."""
    if "/" not in name or name.startswith(_NOT_OF_THE_LIST):
        return False  # or one of a few, which the list tells
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        return False
    return True


class _References(Checker):
    """The checks that look from one part of the file at another."""

    def problems(self) -> Iterator[Problem]:
        """Every fault between the parts."""
        yield from self._head()
        yield from self._shifts()
        yield from self._quantities()
        for name, meter in self.plant.meters.items():
            yield from self._meter(name, meter)
        yield from self._unread_meters()
        yield from self._unit_ids()
        yield from PlanChecks(self.plant, self.document).problems()
        yield from WaterChecks(self.plant, self.document).problems()

    def _head(self) -> Iterator[Problem]:
        zone = self.plant.plant.timezone
        if zone in _CALLED:
            wanted = "a zone of the IANA list"
            yield self.problem(("plant", "timezone"), repr(zone), wanted, _CALLED[zone])
        elif not _is_zone(zone):
            known = sorted(available_timezones())
            yield from self.unknown(("plant", "timezone"), zone, known, "a zone of the IANA list")

    def _shifts(self) -> Iterator[Problem]:
        seen: dict[str, str] = {}
        for name, start in self.plant.shifts.items():
            other = seen.setdefault(start.isoformat(), name)
            if other != name:
                wanted = f"another start than shift {other!r}: the two overlap"
                yield self.problem(("shifts", name), f"{start:%H:%M}", wanted)

    def _quantities(self) -> Iterator[Problem]:
        for name, resource in self.plant.resources.items():
            unit = resource.unit or DEFAULT_UNITS.get(name)
            if unit is None:
                wanted = f"a unit, since {name!r} is none of {', '.join(DEFAULT_UNITS)}"
                yield self.problem(("resources", name, "unit"), "nothing", wanted)
            else:
                yield from self._unit(("resources", name, "unit"), unit)
                yield from self._worth(("resources", name), resource, unit)
        for name, product in self.plant.products.items():
            yield from self._unit(("products", name, "unit"), product.unit)
        for name, driver in self.plant.drivers.items():
            if driver.unit is not None:
                yield from self._unit(("drivers", name, "unit"), driver.unit)
        names = self.declared("resources", "products", "drivers")
        for name in sorted({n for n in names if names.count(n) > 1}):
            wanted = "one name for one thing: it is used in two of resources, products, drivers"
            yield self.problem(("drivers", name), repr(name), wanted)

    def _worth(self, at: KeyPath, resource: Resource, unit: str) -> Iterator[Problem]:
        """Prices and the emission factor must fit the unit in which the resource is counted."""
        if not is_known(unit):  # told at the unit
            return
        for price in resource.price:
            if not _converts(unit, price.per):
                wanted = f"a unit that {unit} converts to"
                yield self.problem((*at, "price"), f"per = {price.per!r}", wanted)
        days = [price.from_ for price in resource.price]
        if days != sorted(set(days)):
            yield self.problem((*at, "price"), "its days out of order", "each after the one above")
        if resource.co2e is None:
            return
        known = {**factors(), **self.plant.own_factors}
        wanted = "a factor of config/factors or of [factors]"
        yield from self.unknown((*at, "co2e"), resource.co2e, list(known), wanted)
        if resource.co2e in known:
            try:
                known[resource.co2e].per(unit, resource.calorific)
            except UnitError as error:
                wanted = "calorific = '36 MJ/m3', say, from the supplier's papers"
                yield self.problem((*at, "co2e"), f"a factor that does not fit ({error})", wanted)

    def _unit(self, path: KeyPath, unit: str) -> Iterator[Problem]:
        try:
            parse_unit(unit)
        except UnitError as error:
            yield self.problem(path, repr(unit), str(error))
            return
        if near := misspelt(unit):
            yield self.problem(path, repr(unit), "a known unit", near)

    def _meter(self, name: str, meter: Meter) -> Iterator[Problem]:
        at = ("meters", name)
        if name == GATEWAY:
            yield self.problem(at, repr(name), "another name: the gateway speaks under this one")
        yield from self._bus(at, meter.bus)
        yield from self.references("meters", name, meter.__dict__)
        if meter.within not in (None, name):
            yield from self._circle(name)
            yield from self._of_one_kind(name, meter)
        yield from self._model(at, meter)

    def _unread_meters(self) -> Iterator[Problem]:
        """What a meter with faults of its own names."""
        for name, entry in self.unread("meters"):
            yield from self.references("meters", name, entry)
            if isinstance(bus := entry.get("bus"), str):
                yield from self._bus(("meters", name), bus)
            if isinstance(model := entry.get("model"), str):
                yield from self._is_model(("meters", name), model)

    def _bus(self, at: KeyPath, bus: str) -> Iterator[Problem]:
        buses = [
            f"{gateway}/{one}"
            for gateway, found in self.document.content.get("gateways", {}).items()
            for one in found.get("buses", {})
        ]
        yield from self.unknown((*at, "bus"), bus, buses, "a bus of [gateways], as gateway/bus")

    def _of_one_kind(self, name: str, meter: Meter) -> Iterator[Problem]:
        """What a sub-meter counts is part of what the meter above it counts."""
        above = self.plant.meters.get(meter.within or "")
        known = self.declared("resources")
        if above is None or not {above.resource, meter.resource} <= {*known}:
            return  # what is not declared is told where it stands
        if meter.resource != above.resource:
            wanted = f"a meter of {meter.resource}"
            yield self.problem(("meters", name, "within"), f"one of {above.resource}", wanted)

    def _circle(self, name: str) -> Iterator[Problem]:
        seen = [name]
        while (above := self.plant.meters.get(seen[-1])) and above.within:
            if above.within in seen:
                circle = " within ".join([*seen, above.within])
                yield self.problem(("meters", name, "within"), circle, "no circle")
                return
            seen.append(above.within)

    def _is_model(self, at: KeyPath, model: str) -> Iterator[Problem]:
        if shipped_model(model) is None:
            wanted = "a model that `cleanline meters` lists"
            yield from self.unknown((*at, "model"), model, list(library()), wanted)

    def _model(self, at: KeyPath, meter: Meter) -> Iterator[Problem]:
        model = shipped_model(meter.model)
        if model is None:
            yield from self._is_model(at, meter.model)
            return
        points = list(model.points)
        for point in (*meter.points, *([meter.point] if meter.point else [])):
            key = "point" if point == meter.point else "points"
            yield from self.unknown((*at, key), point, points, f"a point of {meter.model}")
        if set(meter.points) <= set(points) and meter.point in (None, *points):
            read = list(meter.read_points())
            for point in meter.every_point:
                wanted = "a point that is read of this meter"
                yield from self.unknown((*at, "every_point", point), point, read, wanted)
        quantity = meter.resource or meter.product or meter.driver
        known = self.plant.resources | self.plant.products | self.plant.drivers
        if quantity not in known or self.plant.computed_from(quantity):
            return
        if meter.counter in model.points:
            yield from self._units(at, meter, quantity)

    def _units(self, at: KeyPath, meter: Meter, quantity: str) -> Iterator[Problem]:
        """The counter's unit, times the pulse's worth, must be one of the quantity."""
        assert meter.counter is not None  # noqa: S101 - the caller looked
        unit = meter.meter_model.points[meter.counter].unit
        if unit == "pulse" and meter.pulse is None:
            wanted = "pulse = '0.1 m3', say: what one pulse stands for"
            yield self.problem((*at, "pulse"), "nothing", wanted)
            return
        unit = meter.pulse.unit if meter.pulse else unit
        target = self.plant.quantity_unit(quantity)
        if misspelt(target):  # told at the quantity
            return
        try:
            ratio(unit, target)
        except UnitError:
            wanted = f"a counter that converts to {quantity} in its unit"
            yield self.problem((*at, "model"), f"{meter.counter} in {unit}", wanted)

    def _unit_ids(self) -> Iterator[Problem]:
        seen: dict[tuple[str, int], dict[str | None, str]] = {}
        for name, meter in self.plant.meters.items():
            told = self.document.content["meters"][name].get("unit_id", meter.unit_id)
            if type(told) is not int or told != meter.unit_id:  # it had a fault of its own
                continue
            here = seen.setdefault((meter.bus, meter.unit_id), {})
            # Channels of one pulse counter share a unit; each names its point.
            if here and (meter.point in here or meter.point is None or None in here):
                other = here.get(meter.point) or next(iter(here.values()))
                wanted = f"a unit id that {other!r} on {meter.bus} does not have"
                yield self.problem(("meters", name, "unit_id"), str(meter.unit_id), wanted)
            here.setdefault(meter.point, name)
