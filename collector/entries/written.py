"""How people write numbers and dates in tables: what a cell says, if it says one thing alone."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date

POINT, COMMA = ".", ","
DECIMAL_MARKS = (POINT, COMMA)
_OTHER = {POINT: COMMA, COMMA: POINT}
_SAME = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'", "\u2212": "-"})
_MIDNIGHT = r"(?:[ T]0?0:00(?::00)?)?"
_MONTH_FIRST = re.compile(r"(\d{1,2})[/.-](\d{4})")
_ALL_FIRST = re.compile(rf"(\d{{4}})[/.-](\d{{1,2}})(?:[/.-](\d{{1,2}}))?{_MIDNIGHT}")
_YEAR_LAST = re.compile(rf"(\d{{1,2}})[/.-](\d{{1,2}})[/.-](\d{{4}}){_MIDNIGHT}")
_SHORTENED = re.compile(r"[-+]?\d[.,]\d\d?E[+]\d\d")  # a spreadsheet's narrow cell: 6.12E+05
_THOUSAND_BARE = re.compile(r"[-+]?\d{4,}(?:[.,]\d*)?")


def _plain(mark: str) -> re.Pattern[str]:
    m = re.escape(mark)
    return re.compile(rf"[-+]?(?:\d+(?:{m}\d*)?|{m}\d+)(?:[eE][-+]?\d+)?")


def _grouped(mark: str) -> re.Pattern[str]:
    between = f"[{re.escape(_OTHER[mark])} ']"
    m = re.escape(mark)
    return re.compile(rf"[-+]?[1-9]\d{{0,2}}({between})\d{{3}}(?:\1\d{{3}})*(?:{m}\d*)?")


_PLAIN = {mark: _plain(mark) for mark in DECIMAL_MARKS}
_GROUPED = {mark: _grouped(mark) for mark in DECIMAL_MARKS}


def readings(text: str) -> dict[str, float]:
    """What a cell is with each decimal mark with which it is a number at all.

    Thousands may be parted by the other mark, a space or an apostrophe: 1.234 is two numbers,
    1.234,5 and 0.512 and 1 234 are one.
    """
    text = text.translate(_SAME)
    if _SHORTENED.fullmatch(text):
        return {}
    found = {}
    for mark in DECIMAL_MARKS:
        if _PLAIN[mark].fullmatch(text):
            bare = text
        elif _GROUPED[mark].fullmatch(text):
            bare = re.sub(f"[{re.escape(_OTHER[mark])} ']", "", text)
        else:
            continue
        number = float(bare.replace(mark, POINT))
        if math.isfinite(number):
            found[mark] = number
    return found


def is_ambiguous(text: str) -> bool:
    """Whether a cell is one number with a decimal point and another with a decimal comma."""
    return len(set(readings(text).values())) > 1


def mark_told(text: str) -> str | None:
    """The decimal mark with which alone a cell is a number; None where it does not tell."""
    found = readings(text)
    return next(iter(found)) if len(found) == 1 else None


def number_of(text: str, decimal: str | None) -> float | None:
    """The number that a cell holds; None for what is none, or may be two.

    decimal: the mark of its table, None where that does not tell.
    """
    found = readings(text)
    if decimal is not None:
        return found.get(decimal)
    return None if len(set(found.values())) != 1 else next(iter(found.values()))


def shows_bare_thousands(text: str) -> bool:
    """Whether a cell holds a thousand or more, and nothing between its thousands."""
    return _THOUSAND_BARE.fullmatch(text) is not None


def orders_told(cells: Iterable[str]) -> set[bool]:
    """Whether dates such as 31/1/2025 begin with the day: what those that tell it say."""
    found = [match for cell in cells if (match := _YEAR_LAST.fullmatch(cell))]
    return {int(match[1]) > 12 for match in found if max(int(match[1]), int(match[2])) > 12}


def day_of(text: str, *, begins_with_day: bool | None) -> date | None:
    """The day that 2025-01-31, 2025/1/31, 31/1/2025 or 1/31/2025 means; None where it may be two.

    begins_with_day: whether the dates of its column do, None where they do not tell.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        pass
    if match := _ALL_FIRST.fullmatch(text):
        return _day(*match.groups())
    match = _YEAR_LAST.fullmatch(text)
    if match is None:
        return None
    first, second, year = match.groups()
    if begins_with_day is None and first != second:
        return None
    day, month = (first, second) if begins_with_day else (second, first)
    return _day(year, month, day)


def month_of(text: str, *, begins_with_day: bool | None) -> date | None:
    """The first day of the month that 2025-01, 1/2025, or the date of its first day means."""
    if match := _MONTH_FIRST.fullmatch(text):
        return _day(match[2], match[1], "1")
    match = _ALL_FIRST.fullmatch(text)
    if match and match[3] is None:
        return _day(match[1], match[2], "1")
    day = day_of(text, begins_with_day=begins_with_day)
    return day if day is not None and day.day == 1 else None


def months_begin_with_day(cells: Iterable[str]) -> set[bool]:
    """As `orders_told`, of a column of months: the one is each date's first or second part."""
    found = [match for cell in cells if (match := _YEAR_LAST.fullmatch(cell))]
    if not found:
        return set()
    return {
        begins for begins, part in ((True, 1), (False, 2)) if all(int(m[part]) == 1 for m in found)
    }


def _day(year: str, month: str, day: str | None) -> date | None:
    try:
        return date(int(year), int(month), int(day or 0))
    except ValueError:
        return None
