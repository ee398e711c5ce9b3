"""How people write tables: where a row begins, which mark is the decimal one, what a cell means."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from datetime import date

_GROUPS = re.compile(r"[-+]?\d{1,3}([.,])\d{3}(\1\d{3})*")  # 1.234 may be 1234, or 1 and a bit
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


def numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
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


def year_first(text: str) -> str | None:
    """The date that day/month/year means; None where it may be month/day/year."""
    match = _DAY_FIRST.fullmatch(text)
    if match is None:
        return None
    day, month, year = (int(part) for part in match.groups())
    try:
        return date(year, month, day).isoformat() if day > 12 or day == month else None
    except ValueError:
        return None


def _decimal_with(mark: str) -> re.Pattern[str]:
    return re.compile(rf"[-+]?\d*{re.escape(mark)}\d+")
