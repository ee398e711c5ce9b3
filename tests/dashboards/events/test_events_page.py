"""Events: alarms with who saw them, notes with who took them, and charts that carry them."""

from __future__ import annotations

from typing import Any

import pytest

from collector.ledger import Acknowledgement, Alarm, Note
from dashboards.events.build import build
from dashboards.events.show import show
from dashboards.paging import Ask
from dashboards.performance.build import build as build_performance
from dashboards.records import Records
from dashboards.sheet import Entries, Facts

pytestmark = pytest.mark.slow

HOUR = 3_600_000


@pytest.fixture
def now_ms(own_mill: Any) -> int:
    """Half a year in, with alarms and notes of the last days."""
    ledger, now_ms = own_mill.ledger, int(own_mill.now_ms)
    ledger.alarms.change(
        "mill",
        opened=[
            Alarm(0, "clock", "yard", now_ms - 50 * HOUR, now_ms - 50 * HOUR, None, 3.0, 2.0, "s"),
            Alarm(
                0,
                *("stale", "incomer", now_ms - 9 * HOUR, now_ms - 8 * HOUR, None),
                *(3600.0, 300.0, "s"),
            ),
            Alarm(
                0,
                *("over-expected", "electricity", now_ms - 30 * HOUR, now_ms - 5 * HOUR, None),
                *(12.5, 10.0, "%"),
            ),
        ],
    )
    (clock,) = [one for one in ledger.alarms.open("mill") if one.kind == "clock"]
    ledger.alarms.change("mill", closed={clock.id: now_ms - 49 * HOUR})
    (stale,) = [one for one in ledger.alarms.open("mill") if one.kind == "stale"]
    seen = Acknowledgement(stale.id, "Mai", "cable cut", now_ms - HOUR)
    ledger.alarms.acknowledge("mill", seen)
    for about, text in (("resource/electricity", "new motor"), ("meter/scale", "belt cleaned")):
        note = Note(0, now_ms - 20 * HOUR, now_ms - 10 * HOUR, about, "An", text, now_ms - HOUR)
        ledger.notes.add("mill", note)
    return now_ms


def test_open_alarms_come_first_and_say_what_is_wrong_since_when_and_who_saw_it(
    own_records: Records, now_ms: int
) -> None:
    page = build(own_records, Ask(), now_ms)
    assert [alarm.kind for alarm in page.alarms] == ["over-expected", "stale", "clock"]
    sheet = show(page, "en")
    facts, alarms, notes = sheet.blocks[:3]
    assert isinstance(facts, Facts)
    assert [fact.value for fact in facts.facts] == ["2", "1", "3", "2"]
    assert isinstance(alarms, Entries)
    over, stale = alarms.entries
    assert over.href == "/plants/mill/performance?resource=electricity"
    assert stale.href == "/plants/mill/health"
    assert over.title == "Electricity: 12.5 % more than expected; the limit is 10 %."
    assert (over.state, stale.state) == ("bad", "quiet")
    assert stale.title.startswith("Incomer <1> has not been read since")
    assert stale.title.endswith("the limit is 300 s.")
    assert "Mai" in stale.lines[-1]
    assert "cable cut" in stale.lines[-1]
    assert over.action is not None
    assert over.action.post == f"/api/v1/plants/mill/alarms/{page.alarms[0].id}/acknowledgements"
    assert isinstance(notes, Entries)
    assert notes.adds_notes


def test_a_withdrawn_note_is_listed_as_such_and_offered_no_more(
    own_mill: Any, own_records: Records, now_ms: int
) -> None:
    first = build(own_records, Ask(), now_ms).notes[0]
    own_mill.ledger.notes.withdraw(
        "mill", first.id, author="Mai", reason="wrong day", entered_ms=now_ms
    )
    page = build(own_records, Ask(), now_ms)
    sheet = show(page, "vi")
    rows = sheet.tables["notes"].rows
    assert [row[-1] for row in rows] == ["Mai: wrong day", ""]
    assert sheet.tables["notes"].marks["0:0"] == "quiet"
    notes = sheet.blocks[2]
    assert isinstance(notes, Entries)
    assert [entry.title for entry in notes.entries] == ["belt cleaned"]


def test_a_note_of_a_resource_marks_its_charts_and_one_of_another_meter_does_not(
    own_records: Records, now_ms: int
) -> None:
    page = build_performance(own_records, Ask(resource="electricity"), now_ms)
    told = [item.text for item in page.happenings if item.kind == "note"]
    assert told == ["new motor (An)"]


def test_alarms_outside_the_interval_are_left_out_unless_they_are_open(
    own_records: Records, now_ms: int
) -> None:
    later = build(own_records, Ask(days=7), now_ms + 30 * 24 * HOUR)
    assert [alarm.kind for alarm in later.alarms] == ["over-expected", "stale"]
    assert later.notes == []


@pytest.mark.parametrize("language", ["en", "vi"])
def test_a_quiet_plant_says_so(records: Records, mill: Any, language: Any) -> None:
    sheet = show(build(records, Ask(), mill.now_ms), language)
    assert all(not block.entries for block in sheet.blocks if isinstance(block, Entries))
    assert sheet.tables["alarms"].rows == []


def test_every_page_brings_the_form_for_notes(records: Records) -> None:
    from dashboards.note_form import about_result, note_form  # noqa: PLC0415

    form = note_form(records, "vi", about="")
    keys = [about.key for about in form.abouts]
    assert keys == ["", "resource/electricity", "meter/incomer", "meter/scale"]
    page = build_performance(records, Ask(), 1_750_000_000_000)
    assert about_result(page) == "resource/electricity"
