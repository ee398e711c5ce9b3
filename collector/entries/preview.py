"""What an import would store, as a person can hold it against the paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from collector.entries.parsed import Cell
from collector.read.amounts import is_mean
from plant.description import Plant


class Column(NamedTuple):
    """The amounts of one quantity; a bill stands in the month of its last day.

    months: their sum by month [unit]; of a temperature, their mean.
    """

    quantity: str
    unit: str
    amounts: int
    first: str
    last: str
    months: dict[str, float]
    is_mean: bool


def preview(plant: Plant, cells: Sequence[Cell]) -> list[Column]:
    """The columns of a file in its order."""
    columns: dict[str, list[Cell]] = {}
    for cell in cells:
        columns.setdefault(cell.amount.quantity, []).append(cell)
    return [_column(plant, found) for found in columns.values()]


def _column(plant: Plant, cells: list[Cell]) -> Column:
    cells.sort(key=lambda cell: cell.amount.first_day)
    quantity, unit = cells[0].amount.quantity, cells[0].amount.unit
    mean = is_mean(plant, quantity)
    months: dict[str, list[float]] = {}
    for cell in cells:
        month = f"{cell.amount.end_day - timedelta(days=1):%Y-%m}"
        months.setdefault(month, []).append(cell.amount.value)
    sums = {month: sum(found) / (len(found) if mean else 1) for month, found in months.items()}
    return Column(quantity, unit, len(cells), _told(cells[0]), _told(cells[-1]), sums, mean)


def _told(cell: Cell) -> str:
    days = f"{cell.amount.first_day} to before {cell.amount.end_day}"
    amount = f"{cell.amount.value:.12g} {cell.amount.unit}"
    return f"line {cell.line}, {days}: {cell.written} = {amount}"


def lines(columns: Sequence[Column]) -> Iterator[str]:
    """The same to read."""
    for column in columns:
        yield f"{column.quantity}: {column.amounts} amounts"
        yield f"  first  {column.first}"
        yield f"  last   {column.last}"
        for month, value in column.months.items():
            yield f"  {month} {value:>18,.2f} {column.unit}{' (mean)' * column.is_mean}"
