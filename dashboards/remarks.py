"""Notes as marks on a chart: what people know of a time stands where it was."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from html import escape
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from collector.ledger import Note as Entry
from dashboards import formats
from dashboards.charts import Sign, put_signs
from dashboards.events.build import about_of
from dashboards.events.result import About
from dashboards.events.tables import note_columns
from dashboards.events.words import about_name
from dashboards.formats import Language
from dashboards.now import Note
from dashboards.records import Records
from dashboards.sheet import Grid
from dashboards.tables import Cell, Table
from dashboards.words import say
from plant.calendar import local_date

MOST = 40  # of an interval, the newest
LONGEST = 120  # characters that hover over a chart; the table has the whole
HEAD_PX = 22  # above a chart, for the numbers

N = TypeVar("N", bound=Note)
At = tuple[str | float, float]  # a place on a chart's axis, and its share of it
Place = Callable[[int], At | None]


class Remark(Note):
    """A note and whom it is about."""

    about: About


def remarks(
    records: Records,
    page: str,
    start_ms: int,
    *,
    end_ms: int,
    of: Collection[str] | None = None,
) -> list[Remark]:
    """Standing notes of an interval that concern a page, in order of their time.

    of: resources that the page is about; None: all.
    """
    found = [
        note
        for note in records.ledger.notes.standing(records.plant.id)
        if note.start_ms < end_ms and note.end_ms >= start_ms
        if not note.about.startswith("page/") or note.about == f"page/{page}"
        if of is None or _resource(records, note) in (None, *of)
    ]
    return [
        Remark(
            number=number,
            start_ms=note.start_ms,
            end_ms=note.end_ms,
            about=about_of(records, note.about),
            resource=_resource(records, note),
            text=note.text,
            author=note.author,
        )
        for number, note in enumerate(found[-MOST:], 1)
    ]


def _resource(records: Records, note: Entry) -> str | None:
    kind, _, name = note.about.partition("/")
    meter = records.plant.meters.get(name) if kind == "meter" else None
    return name if kind == "resource" else meter.resource if meter else None


def concerning(found: Sequence[N], resources: Collection[str]) -> list[N]:
    """Those about one of the resources, and about the whole plant."""
    return [one for one in found if one.resource is None or one.resource in resources]


def mark(layout: dict[str, Any], found: Sequence[N], place: Place) -> list[N]:
    """Put an upright line with its number into a layout for each note; returns those it has."""
    marked = [(one, at) for one in found if (at := place(one.start_ms)) is not None]
    put_signs(layout, [Sign(*at, str(one.number), _hover(one)) for one, at in marked])
    if marked:
        layout["margin"] |= {"t": max(layout["margin"]["t"], HEAD_PX)}
    return [one for one, _ in marked]


def _hover(one: Note) -> str:
    """The note over its number; what looks like markup is none."""
    text = one.text if len(one.text) <= LONGEST else f"{one.text[:LONGEST]}…"
    return f"{one.number}: {escape(text, quote=False)} ({escape(one.author, quote=False)})"


def with_marks(sentence: str, marked: Sequence[Note], language: Language) -> str:
    """What a chart says, and which notes stand on it."""
    if not marked:
        return sentence
    numbers = ", ".join(str(one.number) for one in marked)
    return f"{sentence} {say('chart.remarks', language, numbers=numbers)}"


def told(one: Note, language: Language, zone: ZoneInfo) -> str:
    """A note in a sentence, where no table stands beside the chart."""
    moment = formats.moment(one.start_ms, language, zone=zone)
    return say(
        "chart.remark",
        language,
        number=one.number,
        time=moment,
        text=one.text,
        author=one.author,
    )


def remarks_grid(found: Sequence[Remark], language: Language) -> list[Grid]:
    """The block of the notes' table; none without notes."""
    if not found:
        return []
    title, note = say("events.notes", language), say("remarks.note", language)
    return [Grid(title=title, table="notes", note=note)]


def remarks_table(found: Sequence[Remark], language: Language) -> Table:
    """Notes by their number on the charts."""
    rows: list[list[Cell]] = [
        [
            one.number,
            one.start_ms,
            one.end_ms if one.end_ms > one.start_ms else None,
            about_name(one.about, language),
            one.text,
            one.author,
        ]
        for one in found
    ]
    return Table(columns=note_columns(language), rows=rows)


def day_of(days: Sequence[str], zone: ZoneInfo) -> Place:
    """Where an instant lies on an axis of days; before the first it is the first."""

    def place(time_ms: int) -> tuple[str, float] | None:
        day = local_date(time_ms, zone).isoformat()
        if not days or day > days[-1]:
            return None
        day = max(day, days[0])
        return day, days.index(day) / len(days)

    return place
