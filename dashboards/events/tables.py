"""The tables of the page Events."""

from __future__ import annotations

from dashboards import formats
from dashboards.events.result import Events
from dashboards.events.words import about_name
from dashboards.formats import Language
from dashboards.tables import Cell, Column, Mark, Table, column
from dashboards.words import say


def alarms_table(page: Events, language: Language) -> Table:
    """Alarms that were open in the interval, the newest first."""
    columns = [
        Column(label=say("events.kind", language)),
        Column(label=say("events.about", language)),
        *(
            column(say(f"events.{key}", language), kind="moment")
            for key in ("since", "opened", "closed")
        ),
        column(say("events.value", language)),
        column(say("events.bound", language)),
        Column(label=say("events.unit", language)),
        Column(label=say("events.said", language)),
    ]
    rows: list[list[Cell]] = [
        [
            say(f"alarm.kind.{alarm.kind}", language),
            about_name(alarm.about, language),
            alarm.since_ms,
            alarm.opened_ms,
            alarm.closed_ms,
            alarm.value,
            alarm.bound,
            formats.unit(alarm.unit),
            "; ".join(": ".join(filter(None, (said.author, said.text))) for said in alarm.said),
        ]
        for alarm in page.alarms
    ]
    marks: dict[str, Mark] = {
        f"{y}:0": "bad" for y, alarm in enumerate(page.alarms) if alarm.closed_ms is None
    }
    return Table(columns=columns, rows=rows, marks=marks)


def note_columns(language: Language) -> list[Column]:
    """What is told of every note: its number on the charts, its time, and who says what of what."""
    return [
        column(say("table.number", language), kind="count"),
        column(say("table.from", language), kind="moment"),
        column(say("table.to", language), kind="moment"),
        Column(label=say("events.about", language)),
        Column(label=say("events.text", language)),
        Column(label=say("events.author", language)),
    ]


def notes_table(page: Events, language: Language) -> Table:
    """Notes by their number on the chart, those taken back too."""
    columns = [
        *note_columns(language),
        column(say("events.entered", language), kind="moment"),
        Column(label=say("events.withdrawn", language)),
    ]
    rows: list[list[Cell]] = []
    marks: dict[str, Mark] = {}
    for number, note in enumerate(page.notes, 1):
        gone = note.withdrawn
        if gone is not None:
            marks |= {f"{number - 1}:{x}": "quiet" for x in range(len(columns))}
        rows.append(
            [
                number,
                note.start_ms,
                note.end_ms if note.end_ms > note.start_ms else None,
                about_name(note.about, language),
                note.said.text,
                note.said.author,
                note.said.entered_ms,
                f"{gone.author}: {gone.text}" if gone else "",
            ]
        )
    return Table(columns=columns, rows=rows, marks=marks)
