"""What the page Events shows: alarms and notes of an interval.

Values are None where there is none, never 0. Times are UTC milliseconds.
"""

from __future__ import annotations

from dashboards.now import Plant as PlantHead
from dashboards.now import Shown, Span
from dashboards.records import Subject


class Said(Shown):
    """What somebody entered."""

    author: str
    text: str
    entered_ms: int


class About(Shown):
    """Whom an alarm or a note is about: a resource, a meter, a page; none is the whole plant."""

    key: str
    name: str | None = None  # what the plant calls it
    resource: Subject | None = None


class AlarmShown(Shown):
    """One alarm; closed_ms is None while it is open."""

    id: int
    kind: str
    about: About
    since_ms: int
    opened_ms: int
    closed_ms: int | None
    value: float | None
    bound: float | None
    unit: str
    said: list[Said]


class NoteShown(Shown):
    """One note; an instant ends as it starts. withdrawn: who took it back, and why."""

    id: int
    start_ms: int
    end_ms: int
    about: About
    said: Said
    withdrawn: Said | None


class Events(Shown):
    """The whole page at one instant."""

    plant: PlantHead
    time_ms: int
    span: Span
    days: int
    alarms: list[AlarmShown]  # the newest first
    notes: list[NoteShown]  # in order of their time
