"""Data health: what is not known is counted as missing, and nothing that happened is left out."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from collector.ledger import Aside, Intake, PlantEvent, Sender
from dashboards.health.build import build
from dashboards.health.result import DataHealth, Known, MeterData
from dashboards.health.show import show
from dashboards.paging import Ask
from dashboards.records import Records
from dashboards.sheet import Grid
from plant.calendar import SLOT_MS, day_start_ms
from plant.reading import Event
from plant.wire import MeterHealth, Status

pytestmark = pytest.mark.slow

DAY_SLOTS = 96


def _at(mill: Any, day: date, hours: float = 0) -> int:
    return day_start_ms(day, mill.plant.zone) + round(3_600_000 * hours)


def _meter(page: DataHealth, name: str) -> MeterData:
    return next(meter for meter in page.meters if meter.meter == name)


def test_two_silent_days_are_missing_quarter_hours_of_that_meter_alone(
    mill: Any, records: Records
) -> None:
    page = build(records, Ask(days=7), _at(mill, date(2025, 3, 8)))
    incomer, scale = _meter(page, "incomer"), _meter(page, "scale")
    silent = incomer.slots.missing + incomer.slots.estimated
    assert 2 * DAY_SLOTS <= silent <= 2 * DAY_SLOTS + 2  # the edges of the silence too
    assert scale.slots.missing == 0
    assert incomer.slots.total == scale.slots.total == 6 * DAY_SLOTS - 1
    assert scale.course == [Known.whole] * len(scale.course)
    assert Known.whole in incomer.course
    assert set(incomer.course) > {Known.whole}


def test_what_happened_to_a_meter_is_counted_by_its_kind(mill: Any, records: Records) -> None:
    page = build(records, Ask(days=90), _at(mill, date(2025, 4, 10)))
    counts = _meter(page, "incomer").counts
    assert counts["swap"] == 1
    assert counts["glitch"] == 1
    assert counts["timeout"] == 1
    assert "swap" not in _meter(page, "scale").counts
    assert {"swap", "glitch", "timeout"} <= {event.kind for event in page.happened}


def test_the_interval_is_whole_days_up_to_the_last_quarter_hour_that_must_be_known(
    mill: Any, records: Records
) -> None:
    now_ms = _at(mill, date(2025, 4, 10), 10.3)
    page = build(records, Ask(), now_ms)
    assert page.span.start_ms == _at(mill, date(2025, 4, 4))
    assert page.span.end_ms == _at(mill, date(2025, 4, 10), 10)
    assert len(page.meters[0].course) == -(-(page.span.end_ms - page.span.start_ms) // page.step_ms)


def test_a_meter_that_was_last_read_too_long_ago_is_stale(mill: Any, records: Records) -> None:
    fresh = build(records, Ask(), mill.now_ms - 3_000_000)
    later = build(records, Ask(), mill.now_ms + 86_400_000)
    assert not any(meter.is_stale for meter in fresh.meters)
    assert all(meter.is_stale for meter in later.meters)
    assert later.gateways[0].state == "never"


def test_packs_that_never_came_or_were_set_aside_are_told_with_their_reason(
    own_mill: Any, own_records: Records
) -> None:
    sender = Sender("mill", "yard", "box-a")
    aside = Aside("mill", "yard", "box-a", 9, own_mill.now_ms, "malformed", "not JSON", b"{")
    own_mill.ledger.journal.record(Intake(seen={sender: [1, 2, 5, 9]}, aside=[aside]))
    status = Status(
        "online",
        time_ms=own_mill.now_ms,
        outbox_depth=3,
        clock_offset_ms=-4200,
        meters={"incomer": MeterHealth("timeout", own_mill.now_ms - 1000)},
    )
    own_mill.ledger.journal.set_status("mill", "yard", status=status, received_ms=own_mill.now_ms)
    page = build(own_records, Ask(), own_mill.now_ms)
    (box,) = page.outboxes
    assert (box.last, box.missing, box.never_seen) == (9, 5, [(3, 4), (6, 8)])
    assert [(pack.seq, pack.reason) for pack in page.aside] == [(9, "not JSON")]
    assert (page.set_aside, page.evicted) == (1, 0)
    assert page.gateways[0].outbox_depth == 3
    assert _meter(page, "incomer").state == "timeout"
    sheet = show(page, "en")
    (facts, *_) = sheet.blocks
    assert [fact.value for fact in facts.facts][3:] == ["5", "1", "−4.20 s"]  # type: ignore[union-attr]
    assert [fact.state for fact in facts.facts][3:] == ["bad"] * 3  # type: ignore[union-attr]
    assert sheet.tables["outboxes"].rows == [["yard", "box-a", 9, 5, "3–4, 6–8"]]


def test_an_almost_complete_week_is_not_rounded_to_all_of_it(own_mill: Any) -> None:
    own_mill.now_ms = _at(own_mill, date(2025, 2, 20))
    records = Records(own_mill.plant, own_mill.store, ledger=own_mill.ledger)
    page = build(records, Ask(days=90), _at(own_mill, date(2025, 4, 1)))
    told = show(page, "vi").blocks[0].facts[1].value  # type: ignore[union-attr]
    assert told.endswith(" %")
    assert told != "100,0 %"
    assert page.span.end_ms % SLOT_MS == 0


@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_table_and_chart_is_named_in_both_languages(
    mill: Any, records: Records, language: Any
) -> None:
    sheet = show(build(records, Ask(), _at(mill, date(2025, 4, 8))), language)
    shown = {block.table for block in sheet.blocks if hasattr(block, "table")}
    assert shown <= sheet.tables.keys()
    for table in sheet.tables.values():
        assert all(len(row) == len(table.columns) for row in table.rows)


def test_a_period_that_the_page_does_not_have_is_refused(records: Records) -> None:
    with pytest.raises(LookupError, match="7, 30, 90"):
        build(records, Ask(days=11), 0)


def test_an_event_after_the_end_of_the_interval_is_listed_but_not_counted_in_it(
    own_mill: Any, own_records: Records
) -> None:
    late = Event("incomer", "energy", own_mill.now_ms - 1000, "gap", "no readings for 20 min")
    own_mill.ledger.journal.record(Intake(events=[PlantEvent("mill", "yard", late)]))
    page = build(own_records, Ask(), own_mill.now_ms)
    assert page.span.end_ms < late.time_ms
    assert "gap" not in _meter(page, "incomer").counts
    assert page.happened[0].time_ms == late.time_ms
    events = next(b for b in show(page, "en").blocks if isinstance(b, Grid) and b.table == "events")
    assert "also those after the end of the interval above" in events.note
