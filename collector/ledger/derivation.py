"""What awaits derivation, and where an account of a meter may begin."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from collector.database import Database
from collector.ledger.ranges import TAKEN, TOUCHED, Range, RangeKey, add_range, all_ranges
from plant.calendar import SLOT_MS
from plant.reading import Event

DERIVED = ""  # stands where an event names its gateway, when the collector found it itself
FIRST_MS, END_MS = 0, 2**62


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a derivation found between two times: it replaces what was found there before."""

    from_ms: int
    until_ms: int  # not included
    anchors: Sequence[int]
    events: Sequence[Event]


class Derivation:
    """The ledger's tables of the derivation; one process derives at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def touch(self, plant: str, meter: str, *, slots: Range) -> None:
        """Ask for slots (start / 15 min, both ends included) to be derived anew."""
        with self._database.transaction() as connection:
            add_range(connection, RangeKey(TOUCHED, plant, meter), slots)

    def take(self, plant: str) -> dict[str, list[Range]]:
        """Slots of each meter to derive now, with those that a death left half done.

        What is touched from here on waits for the next time.
        """
        with self._database.transaction() as connection:
            for (meter, _), slots in all_ranges(connection, TOUCHED, plant=plant).items():
                for one in slots:
                    add_range(connection, RangeKey(TAKEN, plant, meter), one)
            remove = "DELETE FROM ranges WHERE kind = ? AND plant = ?"
            connection.execute(remove, (TOUCHED, plant))
            taken = all_ranges(connection, TAKEN, plant=plant)
        return {meter: slots for (meter, _), slots in taken.items()}

    def waiting(self, plant: str) -> int:
        """How many slots await derivation."""
        query = "SELECT sum(last - first + 1) FROM ranges WHERE kind IN (?, ?) AND plant = ?"
        with self._database.reading() as connection:
            (count,) = connection.execute(query, (TOUCHED, TAKEN, plant)).fetchone()
        return int(count or 0)

    def awaits(self, plant: str, before_ms: int) -> bool:
        """Whether any slot before a time awaits derivation."""
        query = "SELECT 1 FROM ranges WHERE kind IN (?, ?) AND plant = ? AND first < ? LIMIT 1"
        with self._database.reading() as connection:
            row = connection.execute(
                query, (TOUCHED, TAKEN, plant, before_ms // SLOT_MS)
            ).fetchone()
        return row is not None

    def settle(self, plant: str, found: Mapping[str, Sequence[Settlement]]) -> None:
        """What was taken of meters is done; what was found replaces what was known there."""
        remove = "DELETE FROM ranges WHERE kind = ? AND plant = ? AND name = ?"
        with self._database.transaction() as connection:
            for meter, settlements in found.items():
                for settlement in settlements:
                    _replace(connection, plant, meter=meter, found=settlement)
                connection.execute(remove, (TAKEN, plant, meter))

    def anchors(self, plant: str, meter: str, *, until_ms: int, limit: int = 8) -> list[int]:
        """Readings not after `until_ms` at which an account may begin, the last one first."""
        query = (
            "SELECT time_ms FROM anchors WHERE plant = ? AND meter = ? AND time_ms <= ? "
            "ORDER BY time_ms DESC LIMIT ?"
        )
        with self._database.reading() as connection:
            rows = connection.execute(query, (plant, meter, until_ms, limit)).fetchall()
        return [time_ms for (time_ms,) in rows]

    def anchor_after(self, plant: str, meter: str, *, from_ms: int) -> int | None:
        """The first such reading from a time on."""
        query = "SELECT min(time_ms) FROM anchors WHERE plant = ? AND meter = ? AND time_ms >= ?"
        with self._database.reading() as connection:
            (time_ms,) = connection.execute(query, (plant, meter, from_ms)).fetchone()
        return None if time_ms is None else int(time_ms)

    def fingerprint(self, plant: str, meter: str) -> str | None:
        """What the plant file said of a meter when it was last derived."""
        query = "SELECT fingerprint FROM sources WHERE plant = ? AND meter = ?"
        with self._database.reading() as connection:
            row = connection.execute(query, (plant, meter)).fetchone()
        return str(row[0]) if row else None

    def renew(self, plant: str, meter: str, *, fingerprint: str, slots: Range | None) -> None:
        """The plant file says something new of a meter: derive all of it from its start."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM anchors WHERE plant = ? AND meter = ?", (plant, meter))
            connection.execute(
                "INSERT OR REPLACE INTO sources VALUES (?, ?, ?)", (plant, meter, fingerprint)
            )
            if slots is not None:
                add_range(connection, RangeKey(TOUCHED, plant, meter), slots)


def _replace(connection: sqlite3.Connection, plant: str, *, meter: str, found: Settlement) -> None:
    span = (plant, meter, found.from_ms, found.until_ms)
    where = "WHERE plant = ? AND meter = ? AND time_ms >= ? AND time_ms < ?"
    connection.execute(f"DELETE FROM anchors {where}", span)  # noqa: S608 - a constant
    connection.executemany(
        "INSERT INTO anchors VALUES (?, ?, ?)", [(plant, meter, at) for at in found.anchors]
    )
    connection.execute(f"DELETE FROM events {where} AND gateway = ?", (*span, DERIVED))  # noqa: S608
    connection.executemany(
        "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(plant, e.time_ms, DERIVED, e.meter, e.point, e.kind, e.text) for e in found.events],
    )
