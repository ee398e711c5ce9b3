"""What the cells of a table tell together of how they are written: decimal mark, order of dates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from collector.entries.workbooks import Cell
from collector.entries.written import (
    COMMA,
    POINT,
    is_ambiguous,
    mark_told,
    months_begin_with_day,
    orders_told,
    readings,
    shows_bare_thousands,
)


class Said(NamedTuple):
    """What must be said of a cell."""

    line: int
    column: str
    cell: str
    words: str


class Row(NamedTuple):
    """A row below the head: the cells that say its days, and the others."""

    line: int
    days: list[str]
    amounts: list[Cell]


@dataclass(slots=True)
class Witnesses:
    """The first cells that tell something of numbers, each with its line; some by column."""

    told: dict[str, tuple[int, str]] = field(default_factory=dict)  # by mark
    open: dict[str, tuple[int, str]] = field(default_factory=dict)  # may be two numbers
    bare: dict[str, tuple[int, str]] = field(default_factory=dict)  # a thousand without a mark

    def hear(self, line: int, column: str, cell: str) -> None:
        """Take what a cell tells."""
        if mark := mark_told(cell):
            self.told.setdefault(mark, (line, cell))
        if is_ambiguous(cell):
            self.open.setdefault(column, (line, cell))
        if shows_bare_thousands(cell):
            self.bare.setdefault(column, (line, cell))


@dataclass(slots=True)
class Marks:
    """The decimal mark of a table, None where it is not told; what was taken on its word alone."""

    decimal: str | None
    notes: list[Said] = field(default_factory=list)
    faults: list[Said] = field(default_factory=list)


def marks(rows: Sequence[Row], columns: Sequence[str]) -> Marks:
    """Which mark the cells tell as decimal; all of one file have the same.

    None where no cell tells: 612.000 may be thousands in a file that is parted by commas too.
    """
    heard = Witnesses()
    for row in rows:
        for column, cell in zip(columns, row.amounts, strict=True):
            if isinstance(cell, str) and cell:
                heard.hear(row.line, column, cell)
    if len(heard.told) > 1:
        (line, cell), (other, witness) = sorted(heard.told.values(), reverse=True)
        words = f"the decimal mark of {witness} in line {other}, or --decimal"
        return Marks(None, faults=[Said(line, "file", cell, words)])
    mark = next(iter(heard.told), None)
    found = Marks(mark)
    if mark is not None:
        for column in heard.open:
            _take(column, mark, heard, found)
    return found


def _take(column: str, mark: str, heard: Witnesses, found: Marks) -> None:
    """Note how cells that may be two numbers are read, unless others of their column forbid it."""
    line, cell = heard.open[column]
    is_grouped = (COMMA if mark == POINT else POINT) in cell
    if is_grouped and column in heard.bare:
        other, witness = heard.bare[column]
        words = f"thousands written as {witness} in line {other} is, or --decimal"
        found.faults.append(Said(line, column, cell, words))
        return
    if not is_grouped:
        return
    other, witness = heard.told[mark]
    words = (
        f"read as {readings(cell)[mark]:.12g}, as {witness} in line {other} has that decimal mark; "
        "--decimal says otherwise"
    )
    found.notes.append(Said(line, column, cell, words))


def order(cells: Iterable[str], *, of_months: bool) -> set[bool]:
    """Whether the dates of a column begin with the day: one answer, none, or both."""
    written = list(cells)
    return orders_told(written) or (months_begin_with_day(written) if of_months else set())
