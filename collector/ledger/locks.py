"""Locked plans: what was decided before the reporting period was looked at."""

from __future__ import annotations

from typing import NamedTuple

from collector.database import Database

_COLUMNS = "id, plan, hash, content, locked_ms, author, reason, readings_known"


class Lock(NamedTuple):
    """One lock of a plan; a later one of the same plan is an amendment."""

    id: int
    plan: str
    hash: str
    content: str  # canonical JSON of what the hash is of
    locked_ms: int
    author: str
    reason: str
    readings_known: int  # readings of the reporting period that the store already held


class Locks:
    """The ledger's table of locked plans; rows are only added."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, plant: str, lock: Lock) -> Lock:
        """Enter a lock; returns it with its number."""
        query = (
            "INSERT INTO locks (plant, plan, hash, content, locked_ms, author, reason, "
            "readings_known) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        )
        with self._database.transaction() as connection:
            cursor = connection.execute(query, (plant, *lock[1:]))
        return lock._replace(id=cursor.lastrowid or 0)

    def history(self, plant: str, plan: str) -> list[Lock]:
        """Every lock of a plan, the first one first; the last one holds."""
        query = f"SELECT {_COLUMNS} FROM locks WHERE plant = ? AND plan = ? ORDER BY id"  # noqa: S608 - a constant
        with self._database.reading() as connection:
            return [Lock(*row) for row in connection.execute(query, (plant, plan))]
