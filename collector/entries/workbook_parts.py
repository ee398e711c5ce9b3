"""The parts of a workbook, looked at as they are unpacked and before a reader makes trees of them.

A reader holds all of a part, or of a row, at once, and takes a hundred times its bytes.
"""

from __future__ import annotations

import re
import zipfile
from typing import IO
from xml.parsers import expat

MOST_ROWS = 2**20  # as many as a spreadsheet has
MOST_CELLS = 5_000_000  # empty ones too; ten years of quarter-hours of ten meters are 3,500,000
MOST_IN_ROW = 2**16  # elements: a spreadsheet has 2**14 columns
MOST_IN_TEXTS = 250_000  # elements: a plain text that cells share takes two
MOST_BESIDE = 100_000  # elements of a part in neither: merged cells, styles, links
MOST_PART_BYTES = 2 * 2**20  # of what is no sheet and no shared texts
PROLOG_BYTES = 2**16  # before the first element of a part, and what is unpacked at a time
_LARGE = re.compile(r"xl/(worksheets/[^/]+|sharedStrings)\.xml")
_ROLES = (("worksheets/", "worksheet"), ("sharedStrings", "sharedStrings"))


class _TooMuchError(Exception):
    """What there is too much of."""


def odd_part(archive: zipfile.ZipFile) -> str | None:
    """What is wrong with a part of a workbook; None for nothing. Raises zips.BROKEN."""
    cells = MOST_CELLS
    for entry in archive.infolist():
        name = repr(entry.filename[:80])
        with archive.open(entry) as part:
            prolog = part.read(PROLOG_BYTES)
            if _declares(prolog):
                return f"{name} declares a type of document"
            elements = _Elements(cells)
            try:
                elements.count(prolog, part)
            except _TooMuchError as error:
                return f"{name} has {error}"
        is_large = entry.file_size > MOST_PART_BYTES and not _LARGE.fullmatch(entry.filename)
        if is_large and elements.is_xml:
            return f"{name} is no sheet and has {entry.file_size} bytes"
        cells = elements.cells
    return None


def _declares(text: bytes) -> bool:
    """Whether XML has a DOCTYPE, or so long a beginning that one might follow."""
    found: list[bool] = []
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = lambda *_: found.append(True)
    parser.StartElementHandler = lambda *_: found.append(False)
    try:
        parser.Parse(text, False)
    except expat.ExpatError:
        return bool(found) and found[0]  # no XML, unless it had begun
    return found[0] if found else len(text) == PROLOG_BYTES


class _Elements:
    """The elements of a part, counted by what a reader holds at once: a row, a text, the rest."""

    def __init__(self, cells: int) -> None:
        self.is_xml = False
        self.cells = cells  # that may still come
        self._rows, self._texts, self._beside = MOST_ROWS, MOST_IN_TEXTS, MOST_BESIDE
        self._depth = self._held_at = self._in_row = 0
        self._holder = ""  # the outermost row or text that is open

    def count(self, prolog: bytes, rest: IO[bytes]) -> None:
        """Look through all of it, as far as it is XML; _TooMuchError past a bound."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        chunk = prolog
        try:
            while chunk:
                parser.Parse(chunk, False)
                chunk = rest.read(PROLOG_BYTES)
        except expat.ExpatError:
            return  # where a reader ends too

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self.is_xml = True
        self._depth += 1
        name = name.rpartition(":")[2]
        if not self._holder and name in ("row", "si"):
            self._holder, self._held_at, self._in_row = name, self._depth, MOST_IN_ROW
            self._rows -= name == "row"
        elif self._holder == "row" and name == "si":
            raise _TooMuchError("shared texts within a row")
        self.cells -= name == "c"
        self._in_row -= self._holder == "row"
        self._texts -= self._holder == "si"
        self._beside -= not self._holder
        if "PartName" in attributes or "Target" in attributes:
            _refuse_second_role(attributes)
        if min(self.cells, self._rows) < 0:
            raise _TooMuchError(f"more than {MOST_ROWS:,} rows or {MOST_CELLS:,} cells")
        if min(self._in_row, self._texts, self._beside) < 0:
            what = {"row": "a row of too many cells", "si": "too many shared texts"}
            raise _TooMuchError(what.get(self._holder, "too much beside the rows"))

    def _end(self, _: str) -> None:
        if self._depth == self._held_at:
            self._holder, self._held_at, self._in_row = "", 0, 0
        self._depth -= 1


def _refuse_second_role(attributes: dict[str, str]) -> None:
    """A part that may be large must be named as what is read row by row, and as nothing else."""
    place = attributes.get("PartName") or attributes.get("Target") or ""
    kind = attributes.get("ContentType") or attributes.get("Type") or ""
    for folder, wanted in _ROLES:
        if folder in place and wanted not in kind:
            raise _TooMuchError(f"{place[:80]!r} as something else")
