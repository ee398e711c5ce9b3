"""What people noted of the baseline and the reporting periods: the section of a report."""

from __future__ import annotations

from collector.ledger import Note
from collector.statement.build import window
from dashboards.report import numbers
from dashboards.report.content import Content
from dashboards.report.markup import Markup, table, tag


def section(content: Content) -> Markup | None:
    """Notes that stand and lie in the time that the report rests on; None where there is none."""
    over = window(content.plant, content.statement.as_of_ms)
    if over is None:
        return None
    found = [
        note
        for note in content.notes
        if note.start_ms < over.end_ms and note.end_ms >= over.start_ms
    ]
    if not found:
        return None
    keys = ("notes.when", "notes.about", "notes.text", "notes.author")
    return tag(
        "section",
        tag("h2", content.say("notes")),
        table([content.say(key) for key in keys], [_row(content, note) for note in found]),
        tag("p", content.say("notes.note"), class_="note"),
    )


def _row(content: Content, note: Note) -> list[str]:
    zone, language = content.plant.zone, content.language
    when = numbers.instant(note.start_ms, zone, language)
    if note.end_ms > note.start_ms:
        when = f"{when} – {numbers.instant(note.end_ms, zone, language)}"
    entered = numbers.instant(note.entered_ms, zone, language)
    return [when, _about(content, note.about), note.text, f"{note.author}, {entered}"]


def _about(content: Content, about: str) -> str:
    kind, _, name = about.partition("/")
    if kind == "resource" and name in content.plant.resources:
        return content.name(name)
    if kind == "meter" and name in content.plant.meters:
        return content.plant.meters[name].name or name
    return content.say("notes.plant")
