"""The dashboard Live: what flows now, per resource and meter, and each quarter of an hour."""

from __future__ import annotations

from collections.abc import Iterator

from dashboards.formats import Language
from dashboards.grafana import panels, queries
from dashboards.grafana.panels import Sized
from dashboards.grafana.queries import Stretch, Target
from dashboards.newest import ShownPoint
from dashboards.rates import ResourceRate, gauge_of, resource_rates
from dashboards.records import meter_name, resource_called, resource_colours
from dashboards.words import say
from plant.description import Plant
from plant.units import ratio

SLOTS_AN_HOUR = 4


def live(plant: Plant, language: Language) -> Iterator[Sized]:
    """The panels of every resource that meters measure."""
    for resource, rate in resource_rates(plant).items():
        if rate.meters:
            yield panels.heading(resource_called(plant, resource, language))
            yield from _of_resource(plant, rate, language)


def _of_resource(plant: Plant, rate: ResourceRate, language: Language) -> Iterator[Sized]:
    resource, unit = rate.resource, rate.unit
    colour = resource_colours(plant)[resource]
    tops = list(plant.meters_of(resource))
    subs = [
        name
        for name, meter in plant.meters.items()
        if meter.resource == resource and name not in tops
    ]
    now = [target for name in tops for target in _now(plant, name, unit)]
    if now:
        last = f"{rate.stale_after_ms // 1000}s"
        title = say("grafana.rate.now", language)
        yield panels.stat(title, now, unit=unit, colour=colour, last=last), 4, 8
    wide = 24 - (4 if now else 0)
    for key, names, width in (
        ("rate", tops, wide // 2 if subs else wide),
        ("subs", subs, wide // 2),
    ):
        targets = [target for name in names for target in _flow(plant, name, unit)]
        if targets:
            panel = panels.series(say(f"grafana.{key}", language), targets, unit=unit)
            yield panel | {"interval": f"{rate.step_ms // 1000}s"}, width, 8
    yield _consumption(plant, resource, tops, language=language), 24, 7


def _consumption(
    plant: Plant, resource: str, meters: list[str], *, language: Language
) -> panels.Json:
    """Quarters of an hour, those that were estimated drawn paler."""
    targets, pale = [], []
    for name in meters:
        tags = {"plant": plant.id, "meter": name, "resource": resource}
        called = meter_name(plant, name)
        estimated = say("grafana.estimated", language, what=called)
        targets.append(queries.slots(tags, called, rows=queries.MEASURED))
        targets.append(queries.slots(tags, estimated, rows=queries.ESTIMATED))
        pale.append(estimated)
    panel = panels.bars(
        say("grafana.quarters", language),
        targets,
        unit=plant.resource_unit(resource),
        colour=resource_colours(plant)[resource],
        note=say("grafana.gap", language),
    )
    return panels.paler(panel, pale)


def _now(plant: Plant, meter: str, unit: str) -> Iterator[Target]:
    gauge = gauge_of(plant, meter, unit)
    if gauge is not None:
        factor = gauge.factors[-1][1] * float(ratio(gauge.unit, unit))
        yield queries.last_gauge(_tags(plant, gauge), factor, meter_name(plant, meter))


def _flow(plant: Plant, meter: str, unit: str) -> Iterator[Target]:
    """A meter's rate: from its gauge, in as many parts as it had factors, else from its slots."""
    gauge, called = gauge_of(plant, meter, unit), meter_name(plant, meter)
    if gauge is None:
        quantity = plant.meters[meter].resource or ""
        tags = {"plant": plant.id, "meter": meter, "resource": quantity}
        hourly = f"{plant.resource_unit(quantity)}/h"
        yield queries.slots(tags, called, factor=SLOTS_AN_HOUR * float(ratio(hourly, unit)))
        return
    ends = [since for since, _ in gauge.factors[1:]] + [None]
    for (since, factor), until in zip(gauge.factors, ends, strict=True):
        yield queries.gauge(
            _tags(plant, gauge),
            factor * float(ratio(gauge.unit, unit)),
            called,
            within=Stretch(since or None, until),
        )


def _tags(plant: Plant, gauge: ShownPoint) -> dict[str, str]:
    return {"plant": plant.id, "meter": gauge.meter, "point": gauge.point}
