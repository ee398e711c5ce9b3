"""The result of the page Data health, from store and ledger."""

from __future__ import annotations

from datetime import timedelta

from collector.read import GatewayHealth, gateways, stale_after_ms
from collector.store import Latest, Series
from dashboards import gateways as told
from dashboards.health.result import AsidePack, DataHealth, Happened, MeterData, Outbox
from dashboards.health.slots import Grid, slots_of
from dashboards.newest import ShownPoint
from dashboards.now import Span as Stretch
from dashboards.now import Trouble
from dashboards.paging import Ask, days_back
from dashboards.records import Records
from dashboards.remarks import remarks
from dashboards.troubles import open_troubles, told_troubles
from plant.calendar import HOUR_MS, SLOT_MS, day_start_ms, local_date, slot_start_ms

PERIODS = {7: 2, 30: 8, 90: 24}  # days back -> hours of a step
DEFAULT_DAYS = 7
SETTLING_MS = SLOT_MS  # a quarter hour is derived once a reading lies behind it
MOST_PACKS, MOST_EVENTS, MOST_RANGES = 100, 200, 20


def build(records: Records, ask: Ask, time_ms: int) -> DataHealth:
    """The last days, up to the last quarter hour that must be known by now."""
    plant, ledger = records.plant, records.ledger
    days = days_back(ask, PERIODS, DEFAULT_DAYS)
    start_ms = day_start_ms(local_date(time_ms, plant.zone) - timedelta(days=days - 1), plant.zone)
    end_ms = slot_start_ms(time_ms - SETTLING_MS)
    is_cut_off = records.is_cut_off()
    heard = {found.gateway: found for found in gateways(plant, ledger)}
    grid = Grid(start_ms, max(end_ms, start_ms), PERIODS[days] * HOUR_MS)
    newest = records.store.latest(plant.id)
    told_now = told_troubles(ledger, plant.id, time_ms)
    troubles = open_troubles(records.points, told_now, newest.get)
    counts = ledger.journal.event_counts(plant.id, start_ms, until_ms=grid.end_ms)
    return DataHealth(
        plant=records.head,
        time_ms=time_ms,
        span=Stretch(start_ms=grid.start_ms, end_ms=grid.end_ms),
        days=days,
        step_ms=grid.step_ms,
        meters=[
            _meter(
                records,
                name,
                grid,
                time_ms=time_ms,
                heard=heard,
                newest=newest,
                counts=counts,
                troubles=troubles,
            )
            for name in plant.meters
        ],
        gateways=[told.shown(found, is_cut_off=is_cut_off) for found in heard.values()],
        outboxes=[box for found in heard.values() for box in _outboxes(found)],
        aside=_aside(records),
        set_aside=sum(ledger.journal.aside_counts(plant.id).values()),
        evicted=ledger.journal.evicted(plant.id),
        waiting_slots=ledger.derivation.waiting(plant.id),
        happened=_happened(records, start_ms, time_ms),
        notes=remarks(records, "health", grid.start_ms, end_ms=time_ms),
    )


def _meter(
    records: Records,
    name: str,
    grid: Grid,
    *,
    time_ms: int,
    heard: dict[str, GatewayHealth],
    newest: dict[Series, Latest],
    counts: dict[tuple[str, str], int],
    troubles: dict[str, Trouble],
) -> MeterData:
    plant = records.plant
    meter = plant.meters[name]
    points = records.points[name]
    read = [newest[point.series].time_ms for point in _giving(points, newest, troubles)]
    last_ms = min(read, default=None)
    limit_ms = stale_after_ms(plant, meter.slowest)
    state, since_ms, _ = told.health(name, heard[meter.gateway])
    slots, course = slots_of(records, name, grid)
    return MeterData(
        meter=name,
        name=records.meter_name(name),
        gateway=meter.gateway,
        last_ms=last_ms,
        stale_after_ms=limit_ms,
        is_stale=last_ms is None or time_ms - last_ms > limit_ms,
        state="never" if not read else state,
        since_ms=since_ms,
        slots=slots,
        missing_ms=slots.missing * SLOT_MS,
        counts={kind: count for (of, kind), count in counts.items() if of == name},
        course=course,
    )


def _giving(
    points: list[ShownPoint], newest: dict[Series, Latest], troubles: dict[str, Trouble]
) -> list[ShownPoint]:
    """The points that were read, without those in trouble where others are not."""
    read = [point for point in points if point.series in newest]
    return [point for point in read if point.key not in troubles] or read


def _outboxes(found: GatewayHealth) -> list[Outbox]:
    return [
        Outbox(
            gateway=box.gateway,
            outbox=box.outbox,
            last=box.last,
            missing=sum(last - first + 1 for first, last in box.never_seen),
            never_seen=box.never_seen[:MOST_RANGES],
        )
        for box in found.outboxes
    ]


def _aside(records: Records) -> list[AsidePack]:
    return [
        AsidePack(
            gateway=pack.gateway,
            outbox=pack.outbox,
            seq=pack.seq,
            received_ms=pack.received_ms,
            kind=pack.kind,
            reason=pack.reason,
        )
        for pack in records.ledger.journal.quarantine(records.plant.id, MOST_PACKS)
    ]


def _happened(records: Records, start_ms: int, end_ms: int) -> list[Happened]:
    found = records.ledger.journal.events(
        records.plant.id, start_ms, until_ms=end_ms, limit=MOST_EVENTS
    )
    return [Happened.of(gateway, event) for _, gateway, event in found]
