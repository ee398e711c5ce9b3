"""A table as a workbook: a first sheet that says what it is, then the table in full."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime
from importlib.metadata import version
from typing import NamedTuple
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell.cell import Cell as BookCell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from dashboards.formats import Language
from dashboards.sheet import Sheet
from dashboards.tables import Cell, Kind, Mark, Table
from dashboards.words import say
from plant.calendar import from_ms

HEAD = PatternFill("solid", fgColor="E9EDF0")
HATCHED = PatternFill("lightUp", fgColor="8796A3")
ALARM, BOLD = Font(color="B3260E", bold=True), Font(bold=True)
FORMATS: dict[Kind, str] = {
    "day": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm:ss",
    "age": "yyyy-mm-dd hh:mm:ss",
}
WIDEST = 60
Value = str | int | float | date | datetime | None


class Source(NamedTuple):
    """Which table of which page of which plant a workbook is of."""

    plant: str
    sheet: Sheet
    table: str
    title: str

    @property
    def zone(self) -> ZoneInfo:
        """The plant's own time zone."""
        return ZoneInfo(self.sheet.timezone)


def table_book(source: Source, language: Language) -> bytes:
    """The workbook of one table."""
    book = Workbook()
    first = book.active
    assert isinstance(first, Worksheet)  # noqa: S101 - a new workbook has one
    first.title = say("book.about", language)
    table = source.sheet.tables[source.table]
    for number, (label, value) in enumerate(_about(source, table, language), 1):
        _put(first, (number, 1), label).font = BOLD
        _put(first, (number, 2), value)
    first.column_dimensions["A"].width = 24
    first.column_dimensions["B"].width = WIDEST
    _fill(book.create_sheet(say("book.table", language)), table, source.zone)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _about(source: Source, table: Table, language: Language) -> Iterator[tuple[str, str]]:
    sheet = source.sheet

    def line(key: str, value: str) -> tuple[str, str]:
        return say(f"book.{key}", language), value

    yield line("plant", source.plant)
    yield line("page", sheet.title)
    yield line("title", source.title)
    yield line("interval", sheet.covers)
    for choice in sheet.choices:
        chosen = [option.label for option in choice.options if option.current]
        if chosen:
            yield choice.label, ", ".join(chosen)
    units = [f"{column.label}: {column.unit}" for column in table.columns if column.unit]
    yield line("units", "; ".join(units))
    yield line("zone", sheet.timezone)
    yield line("as_of", from_ms(sheet.time_ms, source.zone).isoformat(timespec="seconds"))
    yield line("version", f"Cleanline {version('cleanline')}")


def _fill(sheet: Worksheet, table: Table, zone: ZoneInfo) -> None:
    for x, column in enumerate(table.columns, 1):
        head = _put(sheet, (1, x), column.heading)
        head.font, head.fill = BOLD, HEAD
        sheet.column_dimensions[get_column_letter(x)].width = _width(table, x - 1)
    for y, row in enumerate(table.rows):
        for x, cell in enumerate(row):
            kind = table.columns[x].kind
            held = _put(sheet, (y + 2, x + 1), _value(cell, kind, zone), kind=kind)
            _mark(held, table.marks.get(f"{y}:{x}"))
    sheet.freeze_panes = "B2"


def _put(sheet: Worksheet, at: tuple[int, int], value: Value, *, kind: Kind = "text") -> BookCell:
    """Fill a cell at (row, column); a text stays one, whatever it begins with."""
    held = sheet.cell(*at)
    assert isinstance(held, BookCell)  # noqa: S101 - nothing is merged here
    held.value = value
    if isinstance(value, str):
        held.data_type = "s"
    elif kind in FORMATS:
        held.number_format = FORMATS[kind]
    return held


def _value(cell: Cell, kind: Kind, zone: ZoneInfo) -> Value:
    """A cell as a spreadsheet has it: days as days, times by the plant's clock."""
    if kind == "day" and isinstance(cell, str):
        return date.fromisoformat(cell)
    if kind in ("moment", "age") and isinstance(cell, int | float):
        return from_ms(int(cell), zone).replace(tzinfo=None)
    return cell


def _mark(held: BookCell, mark: Mark | None) -> None:
    if mark == "bad":
        held.font = ALARM
    elif mark == "estimated":
        held.fill = HATCHED


def _width(table: Table, x: int) -> float:
    texts = [str(row[x]) for row in table.rows if isinstance(row[x], str)]
    longest = max(map(len, [table.columns[x].heading, *texts]))
    return min(max(longest + 2, 12), WIDEST)
