"""Non-routine adjustments: dated, signed corrections for what no driver explains."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from collector.database import Database

_COLUMNS = "id, resource, first_day, last_day, amount, unit, author, reason, entered_ms"


class Adjustment(NamedTuple):
    """One adjustment, as it stands in the ledger; it is never changed or removed.

    amount: added to what is expected over its days, both included, spread evenly [unit].
    """

    id: int
    resource: str
    first_day: date
    last_day: date
    amount: float
    unit: str
    author: str
    reason: str
    entered_ms: int


class Adjustments:
    """The ledger's table of adjustments; rows are only added."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, plant: str, adjustment: Adjustment) -> Adjustment:
        """Enter an adjustment; returns it with its number."""
        query = (
            "INSERT INTO adjustments (plant, resource, first_day, last_day, amount, unit, author, "
            "reason, entered_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        )
        days = (adjustment.first_day.isoformat(), adjustment.last_day.isoformat())
        row = (plant, adjustment.resource, *days, *adjustment[4:])
        with self._database.transaction() as connection:
            cursor = connection.execute(query, row)
        return adjustment._replace(id=cursor.lastrowid or 0)

    def history(self, plant: str, resource: str | None = None) -> list[Adjustment]:
        """Every adjustment of a plant or of one resource, in the order of entry."""
        query = (
            f"SELECT {_COLUMNS} FROM adjustments "  # noqa: S608 - a constant
            "WHERE plant = ? AND (? IS NULL OR resource = ?) ORDER BY id"
        )
        with self._database.reading() as connection:
            rows = connection.execute(query, (plant, resource, resource)).fetchall()
        return [
            Adjustment(
                row[0], row[1], date.fromisoformat(row[2]), date.fromisoformat(row[3]), *row[4:]
            )
            for row in rows
        ]
