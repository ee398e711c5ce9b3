"""Alarms: what needed a person, from when to when, and who said that they had seen it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from collector.database import Database

_COLUMNS = "id, kind, subject, since_ms, opened_ms, closed_ms, value, bound, unit"


class Alarm(NamedTuple):
    """One alarm: opened when its condition was seen, closed when it was seen to be over.

    subject: a meter, gateway or resource, or a permit and what it limits. since_ms: from when on
    the condition held, where that is known. value: what was seen when it opened, against the
    bound.
    """

    id: int
    kind: str
    subject: str
    since_ms: int
    opened_ms: int
    closed_ms: int | None
    value: float | None
    bound: float | None
    unit: str


class Acknowledgement(NamedTuple):
    """Somebody has seen an alarm, and says what it was."""

    alarm: int
    author: str
    text: str
    entered_ms: int


class Alarms:
    """The ledger's tables of alarms; an alarm is closed, never removed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def change(
        self, plant: str, *, opened: Sequence[Alarm] = (), closed: Mapping[int, int] | None = None
    ) -> None:
        """Open alarms, whose numbers are given here, and close others [id -> ms]."""
        enter = (
            "INSERT OR IGNORE INTO alarms (plant, kind, subject, since_ms, opened_ms, closed_ms, "
            "value, bound, unit) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        close = "UPDATE alarms SET closed_ms = ? WHERE id = ? AND plant = ? AND closed_ms IS NULL"
        with self._database.transaction() as connection:
            connection.executemany(enter, [(plant, *alarm[1:]) for alarm in opened])
            ends = [(at_ms, number, plant) for number, at_ms in (closed or {}).items()]
            connection.executemany(close, ends)

    def open(self, plant: str) -> list[Alarm]:
        """Alarms that are not over, the newest first."""
        query = (
            f"SELECT {_COLUMNS} FROM alarms "  # noqa: S608 - a constant
            "WHERE plant = ? AND closed_ms IS NULL ORDER BY id DESC"
        )
        with self._database.reading() as connection:
            return [Alarm(*row) for row in connection.execute(query, (plant,))]

    def history(self, plant: str, since_ms: int, *, limit: int = 500) -> list[Alarm]:
        """Alarms that were open at any time since, the newest first."""
        query = (
            f"SELECT {_COLUMNS} FROM alarms WHERE plant = ? "  # noqa: S608 - a constant
            "AND (closed_ms IS NULL OR closed_ms >= ?) ORDER BY id DESC LIMIT ?"
        )
        with self._database.reading() as connection:
            return [Alarm(*row) for row in connection.execute(query, (plant, since_ms, limit))]

    def acknowledge(self, plant: str, acknowledgement: Acknowledgement) -> bool:
        """Enter that somebody saw an alarm; False when the plant has no such alarm."""
        query = (
            "INSERT INTO acknowledgements (alarm, author, text, entered_ms) "
            "SELECT id, ?, ?, ? FROM alarms WHERE id = ? AND plant = ?"
        )
        alarm, *rest = acknowledgement
        with self._database.transaction() as connection:
            return connection.execute(query, (*rest, alarm, plant)).rowcount == 1

    def acknowledgements(self, plant: str) -> dict[int, list[Acknowledgement]]:
        """What people said of each alarm, in the order of entry."""
        query = (
            "SELECT a.alarm, a.author, a.text, a.entered_ms FROM acknowledgements AS a "
            "JOIN alarms ON alarms.id = a.alarm WHERE alarms.plant = ? ORDER BY a.id"
        )
        found: dict[int, list[Acknowledgement]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(query, (plant,)):
                found.setdefault(row[0], []).append(Acknowledgement(*row))
        return found
