"""The result of the page Water, from plant file, store and ledger."""

from __future__ import annotations

from datetime import timedelta

from collector.analysis.missing import listed
from dashboards.now import Span as Stretch
from dashboards.paging import Ask
from dashboards.records import Records
from dashboards.remarks import remarks
from dashboards.water.flows import (
    Balance,
    balance,
    estimated_flows,
    known_waters,
    metered_flows,
    uses,
    wells,
)
from dashboards.water.quality import HOURS, qualities
from dashboards.water.result import Flow, Volume, Water
from dashboards.worth import KINDS, Scale, UnitKind
from plant.calendar import HOUR_MS, Span, days, local_date
from plant.water import DISCHARGE, INTAKE

DAYS = 28


def build(records: Records, ask: Ask, time_ms: int) -> Water:
    """The whole days until yesterday; quality by the hour until now."""
    plant = records.plant
    today = local_date(time_ms, plant.zone)
    spans = list(days(today - timedelta(days=ask.days or DAYS), today, plant.zone))
    waters = known_waters(records)
    unit = plant.resource_unit(waters[0]) if waters else "m3"
    scales = _scales(records, waters, ask.unit)
    flows = metered_flows(records, spans, scales, unit=unit if ask.unit == "own" else None)
    intake = next((flow for flow in flows if flow.key == INTAKE), None)
    if flows and ask.unit == "own":
        flows += estimated_flows(records, spans, unit)
    left = _balance(flows) if ask.unit == "own" else None
    end_ms = time_ms // HOUR_MS * HOUR_MS + HOUR_MS
    discharge = _discharge(records, spans, unit)
    return Water(
        plant=records.head,
        time_ms=time_ms,
        span=Stretch(start_ms=spans[0].start_ms, end_ms=spans[-1].end_ms),
        quality_span=Stretch(start_ms=end_ms - HOURS * HOUR_MS, end_ms=time_ms),
        unit=ask.unit,
        worths=[one for one in KINDS if any(one in records.subjects[n].worths for n in waters)],
        measures={name: scale.measure for name, scale in scales.items()},
        shown_unit=unit if ask.unit == "own" else next(iter(scales.values())).unit,
        water_unit=unit,
        days=[local_date(span.start_ms, plant.zone) for span in spans],
        flows=flows,
        is_balanced=left is not None,
        unexplained=[] if left is None else listed(left.unexplained),
        unexplained_total=left.total if left else None,
        unexplained_percent=left.percent if left else None,
        balanced_days=left.days if left else 0,
        uses=uses(records, spans, scales[INTAKE], intake) if intake else [],
        wells=wells(records, spans, scales[INTAKE]) if intake else [],
        discharge=discharge.days if discharge else [],
        discharge_estimated=discharge.estimated if discharge else [],
        volumes=_volumes(records, unit) if discharge else [],
        quality=list(qualities(records, end_ms)),
        notes=remarks(records, "water", spans[0].start_ms, end_ms=time_ms, of={*waters, DISCHARGE}),
    )


def _scales(records: Records, waters: list[str], kind: UnitKind) -> dict[str, Scale]:
    """By water, what its amounts are told in; LookupError where none has rates for that."""
    scales = {
        name: Scale(records.plant, name, kind)
        for name in waters
        if kind == "own" or kind in records.subjects[name].worths
    }
    if not scales and kind != "own":
        raise LookupError(f"no water has rates for {kind!r}; write price under [resources.water]")
    return scales


def _balance(flows: list[Flow]) -> Balance | None:
    """None where one side has no meter: what is unexplained would be all of the other."""
    parts = {flow.part for flow in flows}
    return balance(flows) if {"intake", "discharge"} <= parts else None


def _discharge(records: Records, spans: list[Span], unit: str) -> Flow | None:
    """Volumes of wastewater, whatever the page is told in."""
    if DISCHARGE not in records.plant.resources:
        return None
    scale = {DISCHARGE: Scale(records.plant, DISCHARGE, "own")}
    return metered_flows(records, spans, scale, unit=unit)[0]


def _volumes(records: Records, unit: str) -> list[Volume]:
    return [
        Volume(permit=name, limit=permit.volume.to(f"{unit}/day"))
        for name, permit in records.plant.permits.items()
        if permit.volume is not None
    ]
