"""The result of the page Events, from the ledger."""

from __future__ import annotations

from datetime import timedelta

from collector.ledger import Acknowledgement, Alarm, Note
from dashboards.events.result import About, AlarmShown, Events, NoteShown, Said
from dashboards.events.words import alarm_sentence
from dashboards.formats import LANGUAGES
from dashboards.now import OpenAlarm, Span
from dashboards.paging import Ask, days_back
from dashboards.records import Records
from plant.calendar import day_start_ms, local_date

PERIODS = (7, 30, 90, 365)  # days back
DEFAULT_DAYS = 30


def build(records: Records, ask: Ask, time_ms: int) -> Events:
    """Alarms that were open and notes that lie in the last days, up to now."""
    plant, ledger = records.plant, records.ledger
    days = days_back(ask, PERIODS, DEFAULT_DAYS)
    start_ms = day_start_ms(local_date(time_ms, plant.zone) - timedelta(days=days - 1), plant.zone)
    said = ledger.alarms.acknowledgements(plant.id)
    return Events(
        plant=records.head,
        time_ms=time_ms,
        span=Span(start_ms=start_ms, end_ms=time_ms),
        days=days,
        alarms=[
            _alarm(records, alarm, said.get(alarm.id, []))
            for alarm in ledger.alarms.history(plant.id, start_ms)
        ],
        notes=_notes(records, start_ms, time_ms),
    )


def _alarm(records: Records, alarm: Alarm, said: list[Acknowledgement]) -> AlarmShown:
    return AlarmShown(
        id=alarm.id,
        kind=alarm.kind,
        about=about_of(records, _about(alarm)),
        since_ms=alarm.since_ms,
        opened_ms=alarm.opened_ms,
        closed_ms=alarm.closed_ms,
        value=alarm.value,
        bound=alarm.bound,
        unit=alarm.unit,
        said=[Said(author=one.author, text=one.text, entered_ms=one.entered_ms) for one in said],
    )


def open_alarms(records: Records) -> list[OpenAlarm]:
    """Alarms that are not over, the newest first, as a page says them that is not about them."""
    plant, ledger = records.plant, records.ledger
    found = ledger.alarms.open(plant.id)
    said = ledger.alarms.acknowledgements(plant.id) if found else {}
    shown = [_alarm(records, alarm, said.get(alarm.id, [])) for alarm in found]
    return [
        OpenAlarm(
            id=alarm.id,
            sentence={lang: alarm_sentence(alarm, lang, zone=plant.zone) for lang in LANGUAGES},
            is_seen=bool(alarm.said),
        )
        for alarm in shown
    ]


def _about(alarm: Alarm) -> str:
    if alarm.kind == "stale":
        return f"meter/{alarm.subject}"
    if alarm.kind in ("night-base", "over-expected"):
        return f"resource/{alarm.subject}"
    return alarm.subject


def about_of(records: Records, key: str) -> About:
    """Whom `resource/NAME`, `meter/NAME` and the like are about."""
    kind, _, name = key.partition("/")
    if kind == "resource" and name in records.subjects:
        return About(key=key, resource=records.subjects[name])
    if kind == "meter":
        return About(key=key, name=records.meter_name(name))
    return About(key=key)


def _notes(records: Records, start_ms: int, end_ms: int) -> list[NoteShown]:
    """Notes that begin before the end and end after the start, those taken back too."""
    entries = records.ledger.notes.history(records.plant.id)
    withdrawn = {entry.withdraws: entry for entry in entries if entry.withdraws is not None}
    found = [
        _note(records, entry, withdrawn.get(entry.id))
        for entry in entries
        if entry.withdraws is None and entry.start_ms < end_ms and entry.end_ms >= start_ms
    ]
    return sorted(found, key=lambda note: note.start_ms)


def _note(records: Records, note: Note, withdrawal: Note | None) -> NoteShown:
    return NoteShown(
        id=note.id,
        start_ms=note.start_ms,
        end_ms=note.end_ms,
        about=about_of(records, note.about),
        said=_said(note),
        withdrawn=_said(withdrawal) if withdrawal else None,
    )


def _said(note: Note) -> Said:
    return Said(author=note.author, text=note.text, entered_ms=note.entered_ms)
