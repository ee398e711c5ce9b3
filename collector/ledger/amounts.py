"""Imported amounts: each keeps its own period, and none is ever overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from collector.database import Database

_COLUMNS = (
    "id, quantity, first_day, end_day, value, unit, shift, source, author, reason, entered_ms, "
    "replaces, withdraws"
)

_Row = tuple[int, str, str, str, float, str, str, str, str, str, int, int | None, int]


class Amount(NamedTuple):
    """An amount of a resource, product or driver over days, as it is to be entered."""

    quantity: str
    first_day: date
    end_day: date  # not included
    value: float  # in `unit`, the unit of the quantity
    unit: str
    shift: str = ""  # that began on the day; empty: of all the days

    @property
    def period(self) -> tuple[str, date, date, str]:
        """What it is an amount of, and from when to when."""
        return self.quantity, self.first_day, self.end_day, self.shift

    def overlaps(self, other: Amount) -> bool:
        """Whether both are of the same quantity and cover some of the same time."""
        if self.quantity != other.quantity or (self.shift and other.shift):
            return self.period == other.period
        return self.first_day < other.end_day and other.first_day < self.end_day


class Entry(NamedTuple):
    """An amount as it stands in the ledger; one that withdraws takes back what it replaces."""

    id: int
    amount: Amount
    source: str
    author: str
    reason: str
    entered_ms: int
    replaces: int | None
    withdraws: bool = False


def standing(entries: Sequence[Entry]) -> list[Entry]:
    """Those of a history that hold: neither corrected nor withdrawn."""
    replaced = {entry.replaces for entry in entries}
    return [one for one in entries if one.id not in replaced and not one.withdraws]


class Amounts:
    """The ledger's table of imported amounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enter(
        self,
        plant: str,
        amounts: Sequence[tuple[Amount, str]],
        *,
        author: str,
        reason: str,
        entered_ms: int,
        withdraws: bool = False,
    ) -> None:
        """Enter amounts, each with its source, all or none; one of a known period corrects it.

        withdraws: what stands for their periods is taken back.
        """
        with self._database.transaction() as connection:
            for amount, source in amounts:
                days = (amount.first_day.isoformat(), amount.end_day.isoformat())
                row = connection.execute(
                    "SELECT max(id) FROM amounts WHERE plant = ? AND quantity = ? "
                    "AND first_day = ? AND end_day = ? AND shift = ?",
                    (plant, amount.quantity, *days, amount.shift),
                ).fetchone()
                connection.execute(
                    "INSERT INTO amounts (plant, quantity, first_day, end_day, value, unit, shift, "
                    "source, author, reason, entered_ms, replaces, withdraws) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        *(plant, amount.quantity, *days, amount.value, amount.unit, amount.shift),
                        *(source, author, reason, entered_ms, row[0], withdraws),
                    ),
                )

    def standing(self, plant: str, quantity: str | None = None) -> list[Entry]:
        """The entries that hold, in order of their period, without corrected and withdrawn ones."""
        return standing(self.history(plant, quantity))

    def history(self, plant: str, quantity: str | None = None) -> list[Entry]:
        """Every entry ever made, in order of period and entry."""
        query = (
            f"SELECT {_COLUMNS} FROM amounts WHERE plant = ? AND (? IS NULL OR quantity = ?) "  # noqa: S608 - a constant
            "ORDER BY quantity, first_day, end_day, shift, id"
        )
        with self._database.reading() as connection:
            rows = connection.execute(query, (plant, quantity, quantity)).fetchall()
        return [_entry(row) for row in rows]


def _entry(row: _Row) -> Entry:
    days = date.fromisoformat(row[2]), date.fromisoformat(row[3])
    amount = Amount(row[1], *days, row[4], row[5], row[6])
    source, author, reason, entered_ms, replaces, withdraws = row[7:]
    return Entry(row[0], amount, source, author, reason, entered_ms, replaces, bool(withdraws))
