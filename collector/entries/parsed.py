"""What a table of amounts holds, before it is stored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from collector.ledger import Amount, Entry
from plant.errors import Problem


class Cell(NamedTuple):
    """An amount and where in the file it stands."""

    line: int
    amount: Amount
    written: str  # with its unit, as in the file


@dataclass(slots=True)
class Parsed:
    """What a file holds."""

    cells: list[Cell] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what a person must know, one line each
    problems: list[Problem] = field(default_factory=list)


def overlaps(cells: Sequence[Cell], known: Sequence[Entry], name: str) -> Iterator[Problem]:
    """Amounts of a file whose days lie over those of another amount of the same quantity."""
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
        yield Problem(name, told, this.quantity, f"{this.first_day} and on", wanted)
