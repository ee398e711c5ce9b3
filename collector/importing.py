"""Amounts out of a CSV file: every fault at once, and nothing from a file that has one.

The first columns say which days a row covers:

    date           that day
    month          that calendar month
    from,to        from the first day to before the second
    reading-date   the days after the previous reading, up to and including this one (a bill)

and each further column is a resource, product or driver of the plant file with its unit in
brackets: ``date,electricity [kWh],starch [t]``. An empty cell is missing, never 0.
"""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from collector.ledger import Amount, Entry
from collector.written import (
    day_first,
    decimal_mark,
    month_meant,
    number_of,
    table,
    year_first,
)
from plant.calendar import next_month
from plant.description import Plant
from plant.errors import ImportFileError, Problem, UnitError
from plant.reading import LARGEST
from plant.units import convert_level, misspelt, ratio

_COLUMN = re.compile(r"(?P<name>[^\[\]]+?)\s*\[(?P<unit>[^\[\]]+)\]")
_ONE_DAY = timedelta(days=1)
_FORMS = {"date": 1, "month": 1, "from": 2, "reading-date": 1}  # leading columns of each form
_EARLIEST, _LATEST = date(1900, 1, 1), date(2200, 1, 1)


class Cell(NamedTuple):
    """An amount and where in the file it stands."""

    line: int
    amount: Amount


@dataclass(slots=True)
class Parsed:
    """What a file holds."""

    cells: list[Cell] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what a person must know, one line each
    problems: list[Problem] = field(default_factory=list)


class _Column(NamedTuple):
    quantity: str
    written: str  # the unit of the file
    unit: str  # of the quantity
    may_be_negative: bool


def parse_csv(text: str, name: str, plant: Plant, *, known: Sequence[Entry] = ()) -> Parsed:
    """The amounts of a file; ImportFileError with every fault, each with line and column.

    `known` are the plant's standing entries: an amount whose days lie partly over one of them
    would count those days twice, and is a fault; one of exactly its days is a correction.
    """
    reader = _Reader(name, plant)
    parsed = reader.parse(text)
    parsed.problems.extend(reader.overlaps(parsed.cells, known))
    if parsed.problems:
        raise ImportFileError(sorted(parsed.problems, key=lambda problem: problem.line or 0))
    return parsed


class _Reader:
    def __init__(self, name: str, plant: Plant) -> None:
        self._name = name
        self._plant = plant
        self._decimal: str | None = "."  # None: the file does not tell which mark it is
        self._begins_with_day: bool | None = None

    def _problem(
        self, line: int | None, key: str, found: str, wanted: str, near: str | None = None
    ) -> Problem:
        return Problem(self._name, line, key, found, wanted, near)

    def parse(self, text: str) -> Parsed:
        """All rows; faults are collected, not raised."""
        parsed = Parsed()
        try:
            delimiter, rows = table(text)
        except csv.Error as error:
            parsed.problems.append(self._problem(None, "file", str(error), "a CSV file"))
            return parsed
        if not rows:
            wanted = "a head such as: date,electricity [kWh],starch [t]"
            parsed.problems.append(self._problem(1, "file", "nothing", wanted))
            return parsed
        self._decimal = "." if delimiter == "," else decimal_mark([row for _, row in rows[1:]])
        self._rows(rows, parsed)
        return parsed

    def _rows(self, rows: list[tuple[int, list[str]]], parsed: Parsed) -> None:
        line, head = rows[0]
        form = head[0].lower()
        if form not in _FORMS or (form == "from" and [h.lower() for h in head[1:2]] != ["to"]):
            wanted = "date, month, from,to or reading-date as the first column"
            near = next(iter(difflib.get_close_matches(form, _FORMS, n=1)), None)
            told = self._problem(line, head[0] or "file", repr(head[0]), wanted, near)
            parsed.problems.append(told)
            return
        leading = _FORMS[form]
        columns = [self._column(line, text, parsed) for text in head[leading:]]
        names = [column.quantity for column in columns if column]
        for twice in sorted({quantity for quantity in names if names.count(quantity) > 1}):
            parsed.problems.append(self._problem(line, twice, "two columns", "one column of it"))
        if parsed.problems:  # with a wrong head, every row would be told as wrong too
            return
        dates = (cell for _, row in rows[1:] for cell in row[:leading])
        self._begins_with_day = day_first(dates)
        previous: date | None = None
        for line, row in rows[1:]:
            if len(row) != len(head):
                found = f"{len(row)} cells"
                parsed.problems.append(self._problem(line, "row", found, f"{len(head)} cells"))
                continue
            days = self._days(line, form, row[:leading], previous=previous, parsed=parsed)
            if days is None:
                continue
            first, end = days
            if form == "reading-date":
                previous = end - _ONE_DAY
            if first is None:
                if any(row[leading:]):
                    parsed.notes.append(
                        f"{self._name}:{line}: the first reading: how many days its amounts "
                        "cover is not known, so they are not taken"
                    )
                continue
            self._cells(line, row[leading:], columns, days=(first, end), parsed=parsed)

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

    def _days(
        self, line: int, form: str, cells: list[str], *, previous: date | None, parsed: Parsed
    ) -> tuple[date | None, date] | None:
        """The days that a row covers, its end not included; None after a fault."""
        if form == "month":
            first = self._date(line, form, cells[0] + "-01", parsed, wanted="2025-01")
            return None if first is None else (first, next_month(first))
        first = self._date(line, form, cells[0], parsed)
        if first is None:
            return None
        if form == "date":
            return first, first + _ONE_DAY
        if form == "reading-date":
            return self._billed(line, first, previous=previous, parsed=parsed)
        return self._until(line, first, cells[1], parsed)

    def _until(
        self, line: int, first: date, text: str, parsed: Parsed
    ) -> tuple[date | None, date] | None:
        """The days from the first one to before the one in the second cell."""
        end = self._date(line, "to", text, parsed)
        if end is not None and end <= first:
            wanted = f"a day after {first} (it is not included)"
            parsed.problems.append(self._problem(line, "to", str(end), wanted))
            return None
        return None if end is None else (first, end)

    def _billed(
        self, line: int, read: date, *, previous: date | None, parsed: Parsed
    ) -> tuple[date | None, date] | None:
        """The days since the reading before; None for the first day when there was none."""
        if previous is not None and read <= previous:
            wanted = f"a day after the reading before it, {previous}"
            parsed.problems.append(self._problem(line, "reading-date", str(read), wanted))
            return None
        return (None if previous is None else previous + _ONE_DAY), read + _ONE_DAY

    def _date(
        self, line: int, column: str, text: str, parsed: Parsed, *, wanted: str = "2025-01-31"
    ) -> date | None:
        try:
            day = date.fromisoformat(text)
            if not _EARLIEST <= day < _LATEST:
                raise ValueError
        except ValueError:
            meant = year_first(text, begins_with_day=self._begins_with_day)
            if column == "month":
                text = text.removesuffix("-01")
                meant = month_meant(text)
            wanted = f"a date such as {wanted}"
            parsed.problems.append(self._problem(line, column, repr(text), wanted, meant))
            return None
        return day

    def _cells(
        self,
        line: int,
        cells: list[str],
        columns: list[_Column | None],
        *,
        days: tuple[date, date],
        parsed: Parsed,
    ) -> None:
        for text, column in zip(cells, columns, strict=True):
            if column is None or text == "":
                continue
            number = number_of(text, self._decimal)
            if number is None:
                wanted = (
                    "a number without marks between thousands, such as 1234.5, or an empty cell "
                    "for a missing one"
                )
                parsed.problems.append(self._problem(line, column.quantity, repr(text), wanted))
            elif abs(number) > LARGEST:
                wanted = f"an amount that a plant can have, below {LARGEST:.0e}"
                parsed.problems.append(self._problem(line, column.quantity, repr(text), wanted))
            elif number < 0 and not column.may_be_negative:
                wanted = "an amount that is not negative"
                parsed.problems.append(self._problem(line, column.quantity, repr(text), wanted))
            else:
                value = convert_level(number, column.written, column.unit)
                amount = Amount(column.quantity, *days, value, column.unit)
                parsed.cells.append(Cell(line, amount))

    def overlaps(self, cells: Sequence[Cell], known: Sequence[Entry]) -> Iterator[Problem]:
        """Amounts whose days lie over those of another amount of the same quantity."""
        corrected = {cell.amount.period for cell in cells}
        standing = [(None, entry.amount) for entry in known if entry.amount.period not in corrected]
        all_amounts = [*standing, *((cell.line, cell.amount) for cell in cells)]
        all_amounts.sort(key=lambda pair: (pair[1].quantity, pair[1].first_day, pair[1].end_day))
        for (line, before), (later_line, after) in pairwise(all_amounts):
            if not before.overlaps(after) or (line is None and later_line is None):
                continue
            told, other = (later_line, line) if later_line is not None else (line, later_line)
            where = "imported before" if other is None else f"in line {other}"
            span = before if told == later_line else after
            wanted = (
                f"days that no other amount covers ({span.first_day} to before {span.end_day} "
                f"is {where})"
            )
            this = after if told == later_line else before
            yield self._problem(told, this.quantity, f"{this.first_day} and on", wanted)
