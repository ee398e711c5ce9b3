"""Amounts of a file that a person should look at once more: said, never dropped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from collector.entries.parsed import Cell

FAR = 10.0  # times the median of its column
TWICE = (1.7, 2.3)  # of the median: two days in one
RARE = 0.05  # share of zeros among a column's amounts that are looked at
FEW = 3  # amounts of a column, below which nothing is usual
LONG = 1.7  # times the usual length of a period: a reading between is missing
_NAMED = 3


def oddities(cells: Sequence[Cell], name: str) -> Iterator[str]:
    """A line for each kind of doubt in each column; drivers with negative values have none."""
    columns: dict[str, list[Cell]] = {}
    for cell in cells:
        columns.setdefault(cell.amount.quantity, []).append(cell)
    for quantity, column in columns.items():
        column.sort(key=lambda cell: cell.amount.first_day)
        if len(column) >= FEW and (long := _long(column)):
            words = "more days than usual: is a reading between them missing? write its date"
            yield f"{name}:{long[0].line}: {quantity}: {_named(long)}: {words}"
        if len(column) < FEW or any(cell.amount.value < 0 for cell in column):
            continue
        rates = [_rate(cell) for cell in column]
        if not any(rates):
            continue
        usual = median(rate for rate in rates if rate > 0)
        for words, found in (
            (f"more than {FAR:g} times the usual", _far(column, usual)),
            ("about twice the usual beside a day without any: two in one?", _twice(column, usual)),
            ("nothing made or used, or not known? empty if so", _zeros(column)),
            ("the same as the row before it: entered twice?", _again(column)),
        ):
            if found:
                yield f"{name}:{found[0].line}: {quantity}: {_named(found)}: {words}"


def _rate(cell: Cell) -> float:
    """Of one day."""
    return cell.amount.value / _days(cell)


def _days(cell: Cell) -> int:
    return (cell.amount.end_day - cell.amount.first_day).days


def _long(column: Sequence[Cell]) -> list[Cell]:
    """Those of far more days than the others: a bill that was lost is counted into the next."""
    usual = median(_days(cell) for cell in column)
    return [cell for cell in column if _days(cell) > LONG * usual]


def _far(column: Sequence[Cell], usual: float) -> list[Cell]:
    return [cell for cell in column if _rate(cell) > FAR * usual]


def _twice(column: Sequence[Cell], usual: float) -> list[Cell]:
    """Those of twice as much, of which a neighbour is missing or zero."""
    found = {}
    for before, after in pairwise(column):
        is_apart = before.amount.end_day < after.amount.first_day
        for one, other in ((before, after), (after, before)):
            is_twice = TWICE[0] * usual < _rate(one) < TWICE[1] * usual
            if is_twice and (is_apart or other.amount.value == 0):
                found[one.line] = one
    return list(found.values())


def _zeros(column: Sequence[Cell]) -> list[Cell]:
    """Zeros where they are rare: a plant that rests each Sunday has none to tell."""
    found = [cell for cell in column if cell.amount.value == 0]
    return found if len(found) <= max(1, RARE * len(column)) else []


def _again(column: Sequence[Cell]) -> list[Cell]:
    """Those of exactly the amount before them, where amounts seldom repeat."""
    found = [
        after
        for before, after in pairwise(column)
        if after.amount.value == before.amount.value != 0 and after.written == before.written
    ]
    return found if len(found) <= RARE * len(column) else []


def _named(found: Sequence[Cell]) -> str:
    named = ", ".join(f"{cell.written} of {cell.amount.first_day}" for cell in found[:_NAMED])
    more = len(found) - _NAMED
    return f"{named} and {more} more" if more > 0 else named
