"""Flows of water by day: across the fence, within the plant, and what they leave unexplained."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from collector.analysis.missing import listed
from collector.analysis.quality import Quality
from collector.deriving.sources import Source, sources_of
from collector.store.protocol import Floats
from dashboards.records import Records
from dashboards.water.result import Flow, Part, Use
from dashboards.worth import Scale
from plant.calendar import Span
from plant.units import ratio
from plant.water import INTAKE, WATERS, Estimate, Way

PARTS: dict[Way, Part] = {"in": "estimate-in", "evaporated": "evaporated", "out": "estimate-out"}


class Balance(NamedTuple):
    """What came in and was not seen to leave (n,), NaN where a flow is unknown; sums of those."""

    unexplained: Floats
    total: float | None
    percent: float | None
    days: int


def metered_flows(
    records: Records, spans: Sequence[Span], scales: dict[str, Scale], *, unit: str | None
) -> list[Flow]:
    """Intake and discharge of each day, in their scale, or in one unit of volume."""
    found = []
    for resource, scale in scales.items():
        part: Part = "intake" if resource == INTAKE else "discharge"
        totals = records.amounts.totals(resource, spans)
        own = records.plant.resource_unit(resource)
        times = float(ratio(own, unit)) if unit else 1.0
        values = totals.values
        values = times * values * scale.of(spans, values, read=partial(_parts, records, resource))
        marks = np.isin(totals.quality, (Quality.estimated, Quality.integrated))
        found.append(
            Flow(
                key=resource,
                name=records.plant.resources[resource].name,
                part=part,
                days=listed(values),
                estimated=(marks & np.isfinite(values)).tolist(),
                total=total(values),
            )
        )
    return found


def estimated_flows(records: Records, spans: Sequence[Span], unit: str) -> list[Flow]:
    """What the plant file says of water that no meter sees, from what is known of each day."""
    return [
        _estimated(records, name, estimate, spans=spans, unit=unit)
        for name, estimate in records.plant.estimates.items()
    ]


def _estimated(
    records: Records, name: str, estimate: Estimate, *, spans: Sequence[Span], unit: str
) -> Flow:
    per = records.plant.quantity_unit(estimate.per)
    values = (
        estimate.amount.to(f"{unit}/{per}") * records.amounts.totals(estimate.per, spans).values
    )
    return Flow(
        key=name,
        name=estimate.name,
        part=PARTS[estimate.flow],
        days=listed(values),
        estimated=[False] * len(spans),
        total=total(values),
        source=estimate.source,
    )


def balance(flows: Sequence[Flow]) -> Balance:
    """In less out, of the days of which all is known."""
    into = _sum([flow for flow in flows if flow.side == "in"])
    out = _sum([flow for flow in flows if flow.side == "out"])
    left = into - out
    known = np.isfinite(left)
    came = float(into[known].sum())
    return Balance(
        unexplained=left,
        total=total(left),
        percent=100 * float(left[known].sum()) / came if came > 0 else None,
        days=int(known.sum()),
    )


def uses(records: Records, spans: Sequence[Span], scale: Scale, intake: Flow) -> list[Use]:
    """The sub-meters right behind the intake, and what is left between them."""
    plant = records.plant
    tops = plant.meters_of(INTAKE)
    inner = [n for n, m in plant.meters.items() if m.within in tops and m.resource == INTAKE]
    found = _by_meter(records, inner, spans, scale)
    if not found:
        return []
    parts = np.array([[np.nan if v is None else v for v in use.days] for use in found])
    whole = np.array([np.nan if v is None else v for v in intake.days])
    rest = whole - parts.sum(axis=0)
    return [*found, Use(key="", name=None, days=listed(rest), total=total(rest))]


def wells(records: Records, spans: Sequence[Span], scale: Scale) -> list[Use]:
    """The meters that feed the intake."""
    plant = records.plant
    tops = plant.meters_of(INTAKE)
    names = [n for n, m in plant.meters.items() if m.feeds in tops and m.resource == INTAKE]
    return _by_meter(records, names, spans, scale)


def _by_meter(
    records: Records, meters: Sequence[str], spans: Sequence[Span], scale: Scale
) -> list[Use]:
    sources = sources_of(records.plant)
    found = []
    for name in meters:
        if name in sources:
            read = partial(_counted, records, sources[name])
            values = read(spans)
            values = values * scale.of(spans, values, read=read)
            called = records.plant.meters[name].name
            found.append(Use(key=name, name=called, days=listed(values), total=total(values)))
    return found


def _parts(records: Records, resource: str, spans: Sequence[Span]) -> Floats:
    return records.amounts.parts(resource, spans).values


def _counted(records: Records, source: Source, spans: Sequence[Span]) -> Floats:
    return records.amounts.metered.consumption_of(source, spans)[0]


def known_waters(records: Records) -> list[str]:
    """Those of the two that the plant has."""
    return [name for name in WATERS if name in records.plant.resources]


def _sum(flows: Sequence[Flow]) -> Floats:
    rows = [[np.nan if v is None else v for v in flow.days] for flow in flows]
    summed: Floats = np.array(rows, dtype=np.float64).sum(axis=0)
    return summed


def total(values: Floats) -> float | None:
    """The sum of what is known; None where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.sum()) if known.size else None
