"""The cells of a sheet of an XLSX workbook, which may come from anybody.

A workbook is a ZIP file of XML. A few kilobytes of either can stand for gigabytes: by what is
packed, by entities that a DOCTYPE declares (no spreadsheet writes one), and by one cell far out,
since the rows and columns before it are filled up.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from collector.entries.workbook_parts import MOST_CELLS, MOST_ROWS, odd_part
from collector.zips import BROKEN, Bounds, hostile
from plant.errors import CleanlineError, UsageError

Cell = str | float  # a number where the file itself says that it is one
Row = tuple[int, list[Cell]]  # with the line on which it begins

BOUNDS = Bounds(entries=2000, unpacked_bytes=128 * 2**20, has_folders=True)


def workbook_rows(file: Path, content: bytes, sheet: str) -> list[Row]:
    """The rows of a sheet, or of the only one with anything in it; UsageError for no workbook."""
    try:
        from openpyxl import load_workbook  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError(
            f"{file}: reading XLSX needs the extra `report`; type in the checkout: "
            "pip install '.[report]', or save it as CSV UTF-8"
        ) from error
    _refuse_hostile(file, content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of drawings and the like, which nobody asked for
            values, formulas = (
                load_workbook(io.BytesIO(content), read_only=True, data_only=data_only)
                for data_only in (True, False)
            )
            name = _sheet_of(file, values, sheet)
            found = zip(values[name].rows, formulas[name].rows, strict=True)
            rows = enumerate(_Budget(file).rows(map(_paired, found)), start=1)
            read = ((line, [_cell(file, pair) for pair in row]) for line, row in rows)
            return [row for row in read if any(cell != "" for cell in row[1])]
    except CleanlineError:
        raise
    except Exception as error:  # on odd XML the reader raises whatever comes
        raise _no_workbook(file) from error


def _no_workbook(file: Path) -> UsageError:
    return UsageError(f"{file}: no workbook that can be read; save it as CSV UTF-8")


def _refuse_hostile(file: Path, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            fault = hostile(archive, BOUNDS) or odd_part(archive)
    except BROKEN as error:
        raise _no_workbook(file) from error
    if fault:
        raise UsageError(f"{file}: refused: {fault}; save the sheet as CSV UTF-8")


class _Budget:
    """How much more is looked at: a cell far out has all rows and columns before it filled up."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._rows, self._cells = MOST_ROWS, MOST_CELLS

    def rows(self, found: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
        """The same rows; UsageError when there are too many, or too wide ones."""
        for row in found:
            self._rows -= 1
            self._cells -= len(row)
            if min(self._rows, self._cells) < 0:
                raise UsageError(
                    f"{self._file}: refused: more than {MOST_ROWS:,} rows or {MOST_CELLS:,} cells, "
                    "empty ones too; delete what lies far below or beside the table, or save it as "
                    "CSV UTF-8"
                )
            yield row


def _sheet_of(file: Path, book: Any, sheet: str) -> str:
    """The sheet that was named, or the only one with anything in it."""
    names = [one.title for one in book.worksheets]
    if sheet:
        if sheet not in names:
            raise UsageError(f"{file}: no sheet {sheet!r}; it has {', '.join(names)}")
        return sheet
    budget = _Budget(file)
    filled = [
        one.title
        for one in book.worksheets
        if any(cell is not None for row in budget.rows(one.values) for cell in row)
    ]
    if len(filled) > 1:
        raise UsageError(f"{file}: sheets {', '.join(filled)}; say which with --sheet NAME")
    return str((filled or names)[0])


def _paired(rows: tuple[tuple[Any, ...], tuple[Any, ...]]) -> tuple[tuple[Any, Any], ...]:
    return tuple(zip(*rows, strict=False))


def _cell(file: Path, pair: tuple[Any, Any]) -> Cell:
    """A cell's value, of which the second is what was typed: a formula has both."""
    value, typed = pair[0].value, pair[1].value
    if value is None:
        if isinstance(typed, str) and typed.startswith("="):
            place = getattr(pair[1], "coordinate", "")
            raise UsageError(
                f"{file}: {place}: a formula that was never computed; open and save the workbook "
                "in a spreadsheet first"
            )
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, datetime):
        midnight = value.time() == datetime.min.time()
        return value.date().isoformat() if midnight else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else " ".join(str(value).split())
