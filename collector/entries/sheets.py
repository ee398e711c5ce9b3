"""Tables out of files: CSV as spreadsheets write it, and their own XLSX; what heads are called."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from collector.entries.workbooks import Cell, Row, workbook_rows
from collector.zips import read_at_most
from plant.errors import UsageError

Table = list[Row]

FORMS = {"date": 1, "month": 1, "from": 2, "reading-date": 1}  # leading columns of each form
MOST_TITLES = 20  # rows above the head
MOST_BYTES = 64 * 2**20  # of a file; a year of quarter-hours of ten meters has 4 MiB
_TOLD_PARTING = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)
_ENCODINGS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def csv_table(text: str) -> Table:
    """The rows of a CSV text.

    Empty rows and empty columns at the end are left out, as is the line that tells a spreadsheet
    what parts the cells. Raises csv.Error.
    """
    text = text.removeprefix("\ufeff")
    told = _TOLD_PARTING.match(text)
    body = text[told.end() :] if told else text
    delimiter = told[1] if told else _delimiter(body)
    numbered = _numbered(csv.reader(io.StringIO(body), delimiter=delimiter))
    found = [(line + bool(told), [" ".join(c.split()) for c in row]) for line, row in numbered]
    return _trimmed(found)


def _delimiter(text: str) -> str:
    """What parts the cells: a tab or semicolon that stands in most lines, else a comma.

    The first line does not tell, it may be a title; nor do commas, they may be decimal ones.
    """
    lines = [line for line in text.splitlines()[: 2 * MOST_TITLES] if line.strip()]
    return next((mark for mark in "\t;" if 2 * sum(mark in ln for ln in lines) > len(lines)), ",")


def read_table(file: Path, sheet: str = "") -> Table:
    """The rows of a CSV file, or of a sheet of a workbook; UsageError for what is neither."""
    try:
        content = read_at_most(file, MOST_BYTES)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}; name an existing CSV or XLSX file") from error
    if content is None:
        raise UsageError(f"{file}: larger than {MOST_BYTES // 2**20} MiB; import it in parts")
    if content.startswith(b"PK\x03\x04"):
        return _trimmed(workbook_rows(file, content, sheet))
    if sheet:
        raise UsageError(f"{file}: no workbook; --sheet names a sheet of an XLSX file")
    encoding = next((name for mark, name in _ENCODINGS if content.startswith(mark)), "utf-8")
    try:
        return csv_table(content.decode(encoding))
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{file}: not UTF-8 ({error.reason}); save it as CSV UTF-8, or as XLSX"
        ) from error
    except csv.Error as error:
        raise UsageError(f"{file}: {error}; save it as CSV UTF-8, or as XLSX") from error


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV reader with the line on which each begins."""
    line = 1
    for row in reader:
        yield line, row
        line = reader.line_num + 1  # type: ignore[attr-defined]


def _trimmed(found: Sequence[tuple[int, Sequence[Cell]]]) -> Table:
    rows = [(line, row) for line, row in found if any(cell != "" for cell in row)]
    width = max((at + 1 for _, row in rows for at, cell in enumerate(row) if cell != ""), default=0)
    return [(line, list(row[:width])) for line, row in rows]


@dataclass(frozen=True, slots=True)
class Head:
    """Where the head of a table is, and what its columns are called here.

    at: its place among the rows. leading: places of the columns that say which days a row covers.
    amounts: of each other one its place and name; `form` is empty where no column says days.
    """

    at: int
    form: str
    leading: tuple[int, ...]
    amounts: tuple[tuple[int, str], ...]


def head_of(rows: Sequence[Row], names: Mapping[str, str]) -> Head:
    """Find the head among the first rows; `names` are ours by theirs, "" for one to leave out."""
    places = range(min(len(rows), MOST_TITLES))
    found = [_head(at, rows[at][1], names) for at in places]
    head = next((one for one in found if one.form), found[0])
    if names and not head.form:
        head = max(found, key=lambda one: sum(cell != "" for cell in rows[one.at][1]))
    written = [str(cell) for cell in rows[head.at][1]]
    for theirs in names:
        if theirs not in written:
            near = difflib.get_close_matches(theirs, written, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise UsageError(f"--map: no column {theirs!r}; there are {', '.join(written)}{hint}")
    return head


def _head(at: int, cells: Sequence[Cell], names: Mapping[str, str]) -> Head:
    ours = [(place, names.get(str(cell), str(cell))) for place, cell in enumerate(cells)]
    low = {name.lower(): place for place, name in reversed(ours)}
    form = next((one for one in FORMS if one in low and (one != "from" or "to" in low)), "")
    wanted = {"from": ("from", "to"), "": ()}.get(form, (form,))
    leading = tuple(low[name] for name in wanted)
    left_out = {place for place, cell in enumerate(cells) if names.get(str(cell)) == ""}
    kept = tuple(one for one in ours if one[0] not in (*leading, *left_out))
    return Head(at, form, leading, kept)
