"""What is held of a stretch of months: amounts, readings of each meter, and what happened."""

from __future__ import annotations

from datetime import date

import numpy as np

from collector.analysis.missing import known
from collector.analysis.quality import Quality
from collector.store import Series
from dashboards.health.result import Happened
from dashboards.now import Plant as PlantHead
from dashboards.now import Shown, Span
from dashboards.records import Records
from plant import calendar
from plant.calendar import SLOT_MS

MOST_EVENTS = 10_000


class HeldMonth(Shown):
    """Readings of one meter in a calendar month, and in how many quarter hours there are any."""

    first: date
    readings: int
    quarter_hours: int


class HeldMeter(Shown):
    """One meter by the point that says what it measured."""

    meter: str
    point: str
    months: list[HeldMonth]


class HeldAmount(Shown):
    """What a calendar month came to; None where a part of it is not known."""

    first: date
    amount: float | None
    estimated: bool


class HeldQuantity(Shown):
    """A resource or product."""

    quantity: str
    unit: str
    months: list[HeldAmount]


class Held(Shown):
    """Whole calendar months; of the events the newest first, and 10,000 at the most."""

    plant: PlantHead
    span: Span
    quantities: list[HeldQuantity]
    meters: list[HeldMeter]
    events: list[Happened]


def held(records: Records, since: date, count: int) -> Held:
    """So many months from the one of a date on."""
    zone = records.plant.zone
    first = since.replace(day=1)
    end = first
    for _ in range(count):
        end = calendar.next_month(end)
    months = list(calendar.months(first, end, zone))
    span = Span(start_ms=months[0].start_ms, end_ms=months[-1].end_ms)
    told = records.ledger.journal.events(
        records.plant.id, span.start_ms, until_ms=span.end_ms, limit=MOST_EVENTS
    )
    return Held(
        plant=records.head,
        span=span,
        quantities=[
            _quantity(records, name, months)
            for name in (*records.plant.resources, *records.plant.products)
        ],
        meters=[
            HeldMeter(meter=name, point=series.tags[1], months=_months(records, series, months))
            for name in records.plant.meters
            if (series := _series(records, name)) is not None
        ],
        events=[Happened.of(gateway, event) for _, gateway, event in told],
    )


def _quantity(records: Records, name: str, months: list[calendar.Span]) -> HeldQuantity:
    totals = records.amounts.totals(name, months)
    return HeldQuantity(
        quantity=name,
        unit=records.plant.quantity_unit(name),
        months=[
            HeldAmount(
                first=_first(records, month),
                amount=known(value),
                estimated=bool(quality == Quality.estimated),
            )
            for month, value, quality in zip(months, totals.values, totals.quality, strict=True)
        ],
    )


def _first(records: Records, month: calendar.Span) -> date:
    return calendar.local_date(month.start_ms, records.plant.zone)


def _series(records: Records, meter: str) -> Series | None:
    """What its consumption comes from, else the first point that pages show."""
    if meter in records.sources:
        return records.sources[meter].series
    return next((point.series for point in records.points[meter]), None)


def _months(records: Records, series: Series, months: list[calendar.Span]) -> list[HeldMonth]:
    start_ms, end_ms = months[0].start_ms, months[-1].end_ms
    times_ms = records.store.read(series, start_ms, end_ms=end_ms).times_ms
    slots_ms = np.unique(times_ms // SLOT_MS) * SLOT_MS
    edges = [month.start_ms for month in months] + [end_ms]
    readings = np.diff(np.searchsorted(times_ms, edges)).tolist()
    slots = np.diff(np.searchsorted(slots_ms, edges)).tolist()
    return [
        HeldMonth(first=_first(records, m), readings=r, quarter_hours=q)
        for m, r, q in zip(months, readings, slots, strict=True)
    ]
