"""How people write tables: where a row begins, which mark is the decimal one, what a cell means."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

_GROUPS = re.compile(r"[-+]?\d{1,3}([.,])\d{3}(\1\d{3})*")  # 1.234 may be 1234, or 1 and a bit
_TOLD_PARTING = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)
_MONTH_FIRST = re.compile(r"(\d{1,2})[/.-](\d{4})")
_ALL_FIRST = re.compile(r"(\d{4})[/.-](\d{1,2})(?:[/.-](\d{1,2}))?(?:[ T]00:00(?::00)?)?")
_YEAR_LAST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


def table(text: str) -> tuple[str, list[tuple[int, list[str]]]]:
    """What parts the cells of a CSV text, and its rows, each with the line on which it begins.

    Empty rows and empty columns at the end are left out, as is the line that tells a spreadsheet
    what parts the cells. Raises csv.Error.
    """
    text = text.removeprefix("\ufeff")
    told = _TOLD_PARTING.match(text)
    head = text[told.end() :] if told else text
    delimiter = told[1] if told else max(",;\t", key=head.partition("\n")[0].count)
    found = [
        (line, [cell.strip() for cell in row])
        for line, row in _numbered(csv.reader(io.StringIO(head), delimiter=delimiter))
    ]
    rows = [(line + bool(told), row) for line, row in found if any(row)]
    width = max((at + 1 for _, row in rows for at, cell in enumerate(row) if cell), default=0)
    return delimiter, [(line, row[:width]) for line, row in rows]


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV reader with the line on which each begins."""
    line = 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1  # type: ignore[attr-defined]


def decimal_mark(rows: Sequence[Sequence[str]]) -> str | None:
    """The decimal mark of rows whose cells are not parted by commas; None when they never tell.

    1.234 may be a thousand: only a number that cannot be one tells, as 1.5 or 1234,56 does.
    """
    cells = [cell for row in rows for cell in row if not _GROUPS.fullmatch(cell)]
    marks = {mark for cell in cells for mark in ",." if _decimal_with(mark).fullmatch(cell)}
    return marks.pop() if len(marks) == 1 else ("," if marks else None)


def number_of(text: str, decimal: str | None) -> float | None:
    """The number that a cell holds; None for what is none, or may be two.

    decimal: the mark of its table, None where that does not tell.
    """
    if decimal is None and _GROUPS.fullmatch(text):
        return None
    if decimal == "," and "." in text:
        return None
    if decimal != ".":
        text = text.replace(",", ".")
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None


def day_first(cells: Iterable[str]) -> bool | None:
    """Whether dates such as 31/1/2025 begin with the day; None where none of them tells."""
    found = [match for cell in cells if (match := _YEAR_LAST.fullmatch(cell))]
    first, second = (any(int(match[part]) > 12 for match in found) for part in (1, 2))
    return first if first != second else None


def year_first(text: str, *, begins_with_day: bool | None) -> str | None:
    """The date that 31/1/2025 or 1/31/2025 means; None where it may be two.

    begins_with_day: whether the dates of its column do, None where they do not tell.
    """
    if match := _ALL_FIRST.fullmatch(text):
        return _iso(*match.groups())
    match = _YEAR_LAST.fullmatch(text)
    if match is None:
        return None
    first, second, year = (int(part) for part in match.groups())
    if max(first, second) > 12:
        begins_with_day = first > second
    if begins_with_day is None and first != second:
        return None
    day, month = (first, second) if begins_with_day else (second, first)
    return _iso(year, month, day)


def month_meant(text: str) -> str | None:
    """The month that 1/2025 or 2025/1 means."""
    if match := _MONTH_FIRST.fullmatch(text):
        month = _iso(match[2], match[1], 1)
    else:
        match = _ALL_FIRST.fullmatch(text)
        month = _iso(match[1], match[2], 1) if match else None
    return month.removesuffix("-01") if month else None


def _iso(year: str | int, month: str | int, day: str | int | None) -> str | None:
    """As people should write it; None where there is no such day."""
    try:
        return date(int(year), int(month), int(day or 0)).isoformat()
    except ValueError:
        return None


def _decimal_with(mark: str) -> re.Pattern[str]:
    return re.compile(rf"[-+]?\d*{re.escape(mark)}\d+")
