"""Amounts out of a table: every fault at once, and nothing from a file that has one.

One or two columns say which days a row covers:

    date           that day
    month          that calendar month
    from,to        from the first day to before the second
    reading-date   the days after the previous reading, up to and including this one (a bill)

and each further column is a resource, product or driver of the plant file with its unit in
brackets: ``date,electricity [kWh],starch [t]``. An empty cell is missing, never 0.

A number or date that may be two is refused, unless the rest of the file, or whoever gives it,
tells which it is.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from collector.entries.conventions import Row, marks, order
from collector.entries.parsed import Cell, Parsed, overlaps
from collector.entries.row_days import ONE_DAY, RowDays
from collector.entries.sheets import FORMS, Head, Table, csv_table, head_of
from collector.entries.workbooks import Cell as Written
from collector.entries.written import (
    COMMA,
    POINT,
    is_ambiguous,
    number_of,
    readings,
)
from collector.ledger import Amount, Entry
from plant.description import Plant
from plant.errors import ImportFileError, Problem, UnitError
from plant.reading import LARGEST
from plant.units import convert_level, misspelt, ratio

_COLUMN = re.compile(r"(?P<name>[^\[\]]+?)\s*\[(?P<unit>[^\[\]]+)\]")


@dataclass(frozen=True, slots=True)
class Ways:
    """What whoever gives a file says of how it is written; None where the file must tell."""

    decimal: str | None = None
    begins_with_day: bool | None = None
    names: Mapping[str, str] = field(default_factory=dict)  # our heads by theirs, "": left out


AS_IT_TELLS = Ways()


class _Column(NamedTuple):
    quantity: str
    written: str  # the unit of the file
    unit: str  # of the quantity
    may_be_negative: bool


def parse_csv(text: str, name: str, plant: Plant, *, known: Sequence[Entry] = ()) -> Parsed:
    """The amounts of a CSV text; as `parse_table`."""
    try:
        table = csv_table(text)
    except csv.Error as error:
        raise ImportFileError([Problem(name, None, "file", str(error), "a CSV file")]) from error
    return parse_table(table, name, plant, known=known)


def parse_table(
    table: Table,
    name: str,
    plant: Plant,
    *,
    known: Sequence[Entry] = (),
    ways: Ways = AS_IT_TELLS,
) -> Parsed:
    """The amounts of a table; ImportFileError with every fault, each with line and column.

    `known` are the plant's standing entries: an amount whose days lie partly over one of them
    would count those days twice, and is a fault; one of exactly its days is a correction.
    """
    reader = _Reader(name, plant, ways)
    parsed = reader.parse(table)
    parsed.problems.extend(overlaps(parsed.cells, known, name))
    if parsed.problems:
        raise ImportFileError(sorted(parsed.problems, key=lambda problem: problem.line or 0))
    return parsed


class _Reader:
    def __init__(self, name: str, plant: Plant, ways: Ways) -> None:
        self._name = name
        self._plant = plant
        self._ways = ways
        self._decimal = ways.decimal
        self._begins_with_day = ways.begins_with_day

    def _problem(
        self, line: int | None, key: str, found: str, wanted: str, near: str | None = None
    ) -> Problem:
        return Problem(self._name, line, key, found, wanted, near)

    def parse(self, table: Table) -> Parsed:
        """All rows; faults are collected, not raised."""
        parsed = Parsed()
        if not table:
            wanted = "a head such as: date,electricity [kWh],starch [t]"
            parsed.problems.append(self._problem(1, "file", "nothing", wanted))
            return parsed
        head = head_of(table, self._ways.names)
        line, cells = table[head.at]
        if not head.form:
            wanted = "date, month, from,to or reading-date as the first column"
            first = str(cells[0])
            near = next(iter(difflib.get_close_matches(first.lower(), FORMS, n=1)), None)
            parsed.problems.append(self._problem(line, first or "file", repr(first), wanted, near))
            return parsed
        for above, _ in table[: head.at]:
            parsed.notes.append(f"{self._name}:{above}: above the head, not read")
        columns = [self._column(line, name, parsed) for _, name in head.amounts]
        counts = Counter(column.quantity for column in columns if column)
        for twice in sorted(quantity for quantity, count in counts.items() if count > 1):
            parsed.problems.append(self._problem(line, twice, "two columns", "one column of it"))
        if parsed.problems:  # with a wrong head, every row would be told as wrong too
            return parsed
        rows = self._whole_rows(table, head, parsed)
        if not rows and not parsed.problems:
            parsed.problems.append(
                self._problem(line, "file", "a head alone", "a row of amounts below it")
            )
        self._learn(rows, head, parsed)
        self._rows(rows, head, [column for column in columns if column], parsed)
        return parsed

    def _whole_rows(self, table: Table, head: Head, parsed: Parsed) -> list[Row]:
        """The rows below the head that have its width."""
        width = len(table[head.at][1])
        rows = []
        for line, cells in table[head.at + 1 :]:
            if len(cells) == width:
                days = [str(cells[place]) for place in head.leading]
                rows.append(Row(line, days, [cells[place] for place, _ in head.amounts]))
                continue
            found = f"{len(cells)} cells"
            parsed.problems.append(self._problem(line, "row", found, f"{width} cells"))
        return rows

    def _learn(self, rows: list[Row], head: Head, parsed: Parsed) -> None:
        """Which mark is the decimal one, and whether dates begin with the day."""
        if self._ways.decimal is None:
            found = marks(rows, [name for _, name in head.amounts])
            self._decimal = found.decimal
            for line, column, cell, words in found.notes:
                parsed.notes.append(f"{self._name}:{line}: {column}: {cell} is {words}")
            for line, column, cell, words in found.faults:
                parsed.problems.append(self._problem(line, column, repr(cell), words))
        if self._ways.begins_with_day is None:
            dates = (cell for row in rows for cell in row.days)
            orders = order(dates, of_months=head.form == "month")
            self._begins_with_day = orders.pop() if len(orders) == 1 else None

    def _rows(self, rows: list[Row], head: Head, columns: list[_Column], parsed: Parsed) -> None:
        previous: date | None = None
        reader = RowDays(self._name, self._begins_with_day, parsed.problems)
        for line, cells, amounts in rows:
            days = reader.days(line, head.form, cells, previous=previous)
            if days is None:
                continue
            first, end = days
            if head.form == "reading-date":
                previous = end - ONE_DAY
            if first is None:
                if any(cell != "" for cell in amounts):
                    parsed.notes.append(
                        f"{self._name}:{line}: the first reading: how many days its amounts "
                        "cover is not known, so they are not taken"
                    )
                continue
            self._cells(line, amounts, columns, days=(first, end), parsed=parsed)

    def _column(self, line: int, text: str, parsed: Parsed) -> _Column | None:
        plant = self._plant
        match = _COLUMN.fullmatch(text)
        declared = [*plant.resources, *plant.products, *plant.drivers]
        known = [name for name in declared if not plant.computed_from(name)]
        name = match["name"] if match else text
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            wanted = "a resource, product or driver of the plant file: " + ", ".join(known)
            found = repr(name)
            told = self._problem(line, text or "head", found, wanted, near[0] if near else None)
            parsed.problems.append(told)
            return None
        unit = plant.quantity_unit(name)
        if match is None:
            wanted = f"its unit in brackets, such as {name} [{unit}]"
            parsed.problems.append(self._problem(line, text, "no unit", wanted))
            return None
        try:
            ratio(match["unit"], unit)
        except UnitError as error:
            wanted, near_unit = f"a unit that converts to {unit}", misspelt(match["unit"])
            parsed.problems.append(self._problem(line, text, str(error), wanted, near_unit))
            return None
        return _Column(name, match["unit"], unit, name in plant.drivers)

    def _cells(
        self,
        line: int,
        cells: list[Written],
        columns: list[_Column],
        *,
        days: tuple[date, date],
        parsed: Parsed,
    ) -> None:
        for text, column in zip(cells, columns, strict=True):
            if text == "":
                continue
            number = number_of(text, self._decimal) if isinstance(text, str) else text
            if number is None:
                found, wanted = repr(text), self._number_wanted(str(text))
                parsed.problems.append(self._problem(line, column.quantity, found, wanted))
            elif abs(number) > LARGEST:
                wanted = f"an amount that a plant can have, below {LARGEST:.0e}"
                parsed.problems.append(self._problem(line, column.quantity, repr(text), wanted))
            elif number < 0 and not column.may_be_negative:
                wanted = "an amount that is not negative"
                parsed.problems.append(self._problem(line, column.quantity, repr(text), wanted))
            else:
                value = convert_level(number, column.written, column.unit)
                amount = Amount(column.quantity, *days, value, column.unit)
                shown = text if isinstance(text, str) else f"{text:.12g}"
                parsed.cells.append(Cell(line, amount, f"{shown} {column.written}"))

    def _number_wanted(self, text: str) -> str:
        """What is said of a cell that holds no number, or two."""
        if self._decimal is None and is_ambiguous(text):
            point, comma = (readings(text)[mark] for mark in (POINT, COMMA))
            return (
                f"--decimal . ({point:.12g}) or --decimal , ({comma:.12g}): the file does not tell"
            )
        return "a number such as 1234.5, or an empty cell for a missing one"
