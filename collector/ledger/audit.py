"""Who changed what, when and from where; rows are only added."""

from __future__ import annotations

from typing import NamedTuple

from collector.database import Database


class AuditLine(NamedTuple):
    """One change, or one attempt to get in."""

    time_ms: int
    who: str
    address: str  # of the caller, or "command line"
    plant: str  # empty where it is of no plant
    action: str
    detail: str


class Audit:
    """The ledger's table of changes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, line: AuditLine) -> None:
        """Enter a change."""
        query = (
            "INSERT INTO audit (time_ms, who, address, plant, action, detail) "
            "VALUES (?, ?, ?, ?, ?, ?)"
        )
        with self._database.transaction() as connection:
            connection.execute(query, line)

    def newest(self, limit: int = 1000) -> list[AuditLine]:
        """The last changes, the newest first."""
        query = (
            "SELECT time_ms, who, address, plant, action, detail FROM audit "
            "ORDER BY id DESC LIMIT ?"
        )
        with self._database.reading() as connection:
            return [AuditLine(*row) for row in connection.execute(query, (limit,))]
