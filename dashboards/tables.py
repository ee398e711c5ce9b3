"""Tables as data: raw cells with the kind of each column, for a page and for a CSV file alike.

What is on screen is what is in the file: the browser writes the cells as its reader does, the file
holds them in full.
"""

from __future__ import annotations

import csv
import io
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from dashboards import formats
from plant.calendar import from_ms

# text; number, percent and count; exact: a number that is not rounded; share: between 0 and 1;
# p: of a test; day: an ISO date; moment and age: UTC milliseconds
Kind = Literal["text", "number", "percent", "count", "share", "exact", "p", "day", "moment", "age"]
Cell = float | int | str | None
Mark = Literal["bad", "quiet", "estimated", "good"]

_BOM = "\ufeff"  # without it spreadsheets take Vietnamese letters for another alphabet
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would compute what begins so


class Column(BaseModel):
    """What the cells below it are."""

    model_config = ConfigDict(frozen=True)
    label: str
    unit: str = ""
    kind: Kind = "text"

    @property
    def heading(self) -> str:
        """The label with its unit, as a file has it."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label


class Table(BaseModel):
    """Rows of cells; ``marks`` says of "row:column" what is special about a cell."""

    model_config = ConfigDict(frozen=True)
    columns: list[Column]
    rows: list[list[Cell]]
    marks: dict[str, Mark] = {}


def column(label: str, unit: str = "", *, kind: Kind = "number") -> Column:
    """A column whose unit is typeset."""
    return Column(label=label, unit=formats.unit(unit), kind=kind)


def csv_text(table: Table, zone: ZoneInfo) -> str:
    """The table as a CSV file: full numbers, ISO dates and times in the plant's zone."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([_as_text(column.heading) for column in table.columns])
    for row in table.rows:
        cells = zip(row, table.columns, strict=True)
        writer.writerow([_written(cell, column.kind, zone) for cell, column in cells])
    return _BOM + out.getvalue()


def _as_text(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _written(cell: Cell, kind: Kind, zone: ZoneInfo) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return _as_text(cell)
    if kind in ("moment", "age"):
        return from_ms(int(cell), zone).isoformat(timespec="seconds")
    return str(cell) if isinstance(cell, int) else format(cell, ".12g")
