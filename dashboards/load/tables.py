"""The tables of the page Load."""

from __future__ import annotations

from dashboards.formats import Language
from dashboards.load.result import Load, Night
from dashboards.tables import Column, Mark, Table, column
from dashboards.words import say


def hours_table(page: Load, language: Language) -> Table:
    """A row for each day, a column for each hour."""
    hours = [column(f"{hour:02}:00", page.rate_unit) for hour in range(24)]
    estimates: dict[str, Mark] = {
        f"{number}:{hour + 1}": "estimated"
        for hour, row in enumerate(page.estimated)
        for number, is_estimate in enumerate(row)
        if is_estimate
    }
    return Table(
        columns=[column(say("table.day", language), kind="day"), *hours],
        rows=[
            [day.isoformat(), *(page.rates[hour][number] for hour in range(24))]
            for number, day in enumerate(page.days)
        ],
        marks=estimates,
    )


def nights_table(page: Load, language: Language) -> Table:
    """The lowest hour of each night, and what it says."""
    return Table(
        columns=[
            column(say("table.day", language), kind="day"),
            column(say("table.lowest", language), page.rate_unit),
            Column(label=say("table.hour", language)),
            Column(label=say("table.note", language)),
        ],
        rows=[
            [night.day.isoformat(), night.lowest, _hour(night), _note(page, night, language)]
            for night in page.nights
        ],
        marks={f"{row}:1": "bad" for row, night in enumerate(page.nights) if night.is_over},
    )


def _hour(night: Night) -> str | None:
    return None if night.hour is None else f"{night.hour:02}:00"


def _note(page: Load, night: Night, language: Language) -> str:
    notes = (
        ("load.note.idle", page.knows_idle and night.is_idle),
        ("load.note.over", night.is_over),
        ("shift.unknown", night.lowest is None),
    )
    return ", ".join(say(key, language) for key, holds in notes if holds)
