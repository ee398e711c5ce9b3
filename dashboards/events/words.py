"""Alarms and notes in words."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from dashboards import formats
from dashboards.events.result import About, AlarmShown, NoteShown, Said
from dashboards.formats import Language
from dashboards.words import say, say_or


def about_name(about: About, language: Language) -> str:
    """Whom it is about, as a reader says it."""
    if about.resource is not None:
        return about.resource.called(language)
    if about.name is not None:
        return about.name
    kind, _, name = about.key.partition("/")
    if kind == "page":
        return say_or(f"{name}.title", language, name)
    return about.key.replace("/", " · ") or say("events.plant", language)


def alarm_sentence(alarm: AlarmShown, language: Language, *, zone: ZoneInfo) -> str:
    """What is wrong with whom."""
    return say(
        f"alarm.{alarm.kind}",
        language,
        subject=about_name(alarm.about, language),
        value=_amount(alarm.value, alarm.unit, language),
        bound=_amount(alarm.bound, alarm.unit, language),
        time=formats.moment(alarm.since_ms, language, zone=zone),
    )


def _amount(value: float | None, unit: str, language: Language) -> str:
    places = 0 if value is not None and value == round(value) else None
    text = formats.number(value, language, places=places)
    return f"{text} {formats.unit(unit)}".strip()


def alarm_times(alarm: AlarmShown, language: Language, *, zone: ZoneInfo) -> str:
    """From when to when."""
    since = formats.moment(alarm.since_ms, language, zone=zone)
    if alarm.closed_ms is None:
        return say("alarm.since", language, since=since)
    until = formats.moment(alarm.closed_ms, language, zone=zone)
    return say("alarm.was", language, since=since, until=until)


def note_times(note: NoteShown, language: Language, *, zone: ZoneInfo) -> str:
    """When it was that a note is of."""
    start = formats.moment(note.start_ms, language, zone=zone)
    if note.end_ms <= note.start_ms:
        return start
    return f"{start} – {formats.moment(note.end_ms, language, zone=zone)}"


def said_line(said: Said, language: Language, *, zone: ZoneInfo) -> str:
    """Who said what, and when."""
    entered = formats.moment(said.entered_ms, language, zone=zone)
    text = f": {said.text}" if said.text else ""
    return f"{said.author}, {entered}{text}"
