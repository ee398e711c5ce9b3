"""The dashboard Water: in, out and within by day, and its quality against the permit."""

from __future__ import annotations

from collections.abc import Iterator

from collector.store import GAUGE
from dashboards.formats import Language
from dashboards.grafana import panels, queries
from dashboards.grafana.panels import Sized
from dashboards.grafana.performance import made_by_day
from dashboards.newest import ShownPoint, shown_points
from dashboards.records import meter_name, resource_called, resource_colours
from dashboards.words import say
from plant.description import Plant
from plant.units import Quantity, fits, ratio
from plant.water import DISCHARGE, WATERS, Permit

Limit = Quantity | tuple[float, float]


def has_water(plant: Plant) -> bool:
    """Whether a plant has anything to show here."""
    return any(name in plant.resources and plant.meters_of(name) for name in WATERS)


def water(plant: Plant, language: Language) -> Iterator[Sized]:
    """Amounts by day of each water, then the quality that a permit limits."""
    for resource in WATERS:
        if resource in plant.resources and plant.meters_of(resource):
            yield from _amounts(plant, resource, language)
    for name, permit in plant.permits.items():
        found = [
            (point, limit)
            for points in shown_points(plant).values()
            for point in points
            for limit in [permit.limits.get(point.point)]
            if limit is not None and point.series.measurement == GAUGE
        ]
        if found:
            yield panels.heading(say("grafana.permit", language, permit=name))
        for point, limit in found:
            yield _quality(plant, point, limit, language=language), 12, 8


def _amounts(plant: Plant, resource: str, language: Language) -> Iterator[Sized]:
    unit, colour = plant.resource_unit(resource), resource_colours(plant)[resource]
    tops = list(plant.meters_of(resource))
    subs = [n for n, meter in plant.meters.items() if meter.resource == resource and n not in tops]
    yield panels.heading(resource_called(plant, resource, language))
    note = say("grafana.whole_days", language)
    for key, names in (("day.sums", tops), ("day.subs", subs)):
        if names:
            targets = [made_by_day(plant, name, resource) for name in names]
            title = say(f"grafana.{key}", language)
            panel = panels.bars(title, targets, unit=unit, colour="" if subs else colour, note=note)
            if names is tops and resource == DISCHARGE:
                panel = panels.limits(panel, [_volume(p, unit) for p in _limiting(plant)])
            yield panel, 12 if subs else 24, 8


def _limiting(plant: Plant) -> list[Permit]:
    return [permit for permit in plant.permits.values() if permit.volume is not None]


def _volume(permit: Permit, unit: str) -> float:
    assert permit.volume is not None  # noqa: S101 - of _limiting
    return permit.volume.to(f"{unit}/day")


def _quality(plant: Plant, point: ShownPoint, limit: Limit, *, language: Language) -> panels.Json:
    """The largest and smallest value of each step: a mean would hide what a permit forbids."""
    tags = {"plant": plant.id, "meter": point.meter, "point": point.point}
    factor, called = point.factors[-1][1], meter_name(plant, point.meter)
    targets = [
        queries.gauge(tags, factor, f"{called} {say(f'grafana.{end}', language)}", function=end)
        for end in ("max", "min")
    ]
    panel = panels.series(called, targets, unit=point.unit)
    return panels.limits(panel, _bounds(limit, point.unit)) | {"interval": "1m"}


def _bounds(limit: Limit, unit: str) -> list[float]:
    if not isinstance(limit, Quantity):
        return list(limit)
    return [limit.value * float(ratio(limit.unit, unit))] if fits(limit.unit, unit) else []
