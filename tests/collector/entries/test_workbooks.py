"""A workbook from a stranger: read within bounds, or refused in one line."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from collector.entries import sheets, workbook_parts, workbooks
from collector.entries.sheets import read_table
from collector.zips import Bounds
from plant.errors import UsageError

SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"
Change = Callable[[bytes], bytes]


def _book() -> bytes:
    book, made = Workbook(), io.BytesIO()
    assert book.active is not None
    book.active.append(["date", "starch [t]"])
    book.active.append(["2026-01-05", 5.0])
    book.save(made)
    return made.getvalue()


BOOK = _book()


def changed(name: str, change: Change) -> bytes:
    """The workbook with one part of it changed."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(BOOK)) as found,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in found.namelist():
            content = found.read(part)
            target.writestr(part, change(content) if part == name else content)
    return made.getvalue()


def with_rows(rows: bytes) -> bytes:
    """The workbook with more rows, and nothing that says how many there are."""
    return changed(
        SHEET,
        lambda sheet: re.sub(rb"<dimension[^>]*>", b"", sheet).replace(
            b"</sheetData>", rows + b"</sheetData>"
        ),
    )


def in_front(of: bytes) -> Change:
    return lambda sheet: of + re.sub(rb"<\?xml[^>]*\?>", b"", sheet)


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[[bytes], str]:
    """`refusal(content)`: the one line in which a workbook is refused."""

    def refuse(content: bytes) -> str:
        path = tmp_path / "a.xlsx"
        path.write_bytes(content)
        with pytest.raises(UsageError) as caught:
            read_table(path)
        assert "\n" not in str(caught.value)
        assert str(caught.value).startswith(str(path))
        return str(caught.value)

    return refuse


def test_a_workbook_that_unpacks_to_much_more_than_it_is_is_refused(refusal) -> None:
    bomb = with_rows(b" " * 5_000_000)
    assert len(bomb) < 20_000
    assert "sheet1.xml' unpacks to 500" in refusal(bomb)


def test_a_workbook_beyond_the_bounds_is_refused(refusal, monkeypatch) -> None:
    monkeypatch.setattr(workbook_parts, "MOST_PART_BYTES", 20_000)
    for name in (STYLES, "xl/workbook.xml"):
        large = changed(name, lambda part: part + b" " * 20_000)
        assert f"{name}' is no sheet and has 2" in refusal(large)
    monkeypatch.setattr(workbooks, "BOUNDS", Bounds(entries=100, unpacked_bytes=1000))
    assert "bytes when unpacked" in refusal(BOOK)
    monkeypatch.setattr(sheets, "MOST_BYTES", 1000)
    assert "larger than" in refusal(BOOK)
    assert "larger than" in refusal(b"date,starch [t]\n" * 100)


@pytest.mark.parametrize(
    ("bound", "rows", "said"),
    [
        ("MOST_IN_ROW", b"<row>" + b'<c r="A1"/>' * 60 + b"</row>", "a row of too many cells"),
        ("MOST_IN_ROW", b"<row><row/>" + b"<a/>" * 60 + b"</row>", "a row of too many cells"),
        ("MOST_IN_TEXTS", b"<si><t/></si>" * 30, "too many shared texts"),
        ("MOST_IN_TEXTS", b"<row><si/></row>", "shared texts within a row"),
        ("MOST_BESIDE", b"<a/>" * 60, "too much beside the rows"),
        ("MOST_CELLS", b'<row><x:c xmlns:x="x"/></row>' * 60, "or 50 cells"),
        ("MOST_ROWS", b"<row/>" * 60, "more than 50 rows"),
    ],
)
def test_what_a_reader_would_hold_at_once_is_counted_before_it_does(
    refusal, monkeypatch, bound: str, rows: bytes, said: str
) -> None:
    monkeypatch.setattr(workbook_parts, bound, 50)
    assert said in refusal(with_rows(rows))


def test_a_part_that_may_be_large_is_named_as_a_sheet_only(refusal) -> None:
    also = b'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="main+xml"/></Types>'
    made = changed("[Content_Types].xml", lambda part: part.replace(b"</Types>", also))
    assert "sheet1.xml' as something else" in refusal(made)


@pytest.mark.parametrize(
    "rows",
    [
        b'<row r="1200"><c r="A1200"><v>1</v></c></row>',
        b'<row r="3"><c r="XFD3"><v>1</v></c></row>',
        b'<row r="99999999999"/>',
    ],
)
def test_a_cell_far_out_does_not_have_all_before_it_made(refusal, monkeypatch, rows: bytes) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 1000)
    monkeypatch.setattr(workbooks, "MOST_CELLS", 10_000)
    assert "1,000 rows or 10,000 cells, empty ones too" in refusal(with_rows(rows))


@pytest.mark.parametrize(
    "beginning",
    [
        b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;">]>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a>'.encode("utf-16"),
        b"<!-- " + bytes(range(97, 123)) * 3000 + b" -->",
    ],
)
def test_xml_that_declares_entities_or_may_is_refused(refusal, beginning: bytes) -> None:
    assert "declares a type of document" in refusal(changed(SHEET, in_front(beginning)))


@pytest.mark.parametrize(
    "content",
    [
        BOOK[:-40],
        changed(SHEET, lambda sheet: sheet[:-30]),
        changed(SHEET, lambda sheet: sheet.replace(b'r="2"', b'r="x"')),
        changed("[Content_Types].xml", lambda _: b"<a/>"),
        changed("xl/workbook.xml", lambda _: b""),
    ],
)
def test_a_damaged_workbook_is_one_line(refusal, content: bytes) -> None:
    assert "no workbook that can be read" in refusal(content)


def test_a_sound_workbook_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(with_rows(b'<row r="9"><c r="B9"><v>7</v></c></row>'))
    assert read_table(path) == [
        (1, ["date", "starch [t]"]),
        (2, ["2026-01-05", 5.0]),
        (9, ["", 7.0]),
    ]


def test_a_workbook_zipped_with_its_folders_is_read(tmp_path: Path, refusal) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(BOOK)
    with zipfile.ZipFile(path, "a") as archive:
        archive.mkdir("xl")
        archive.mkdir("xl/worksheets")
    assert read_table(path)[1] == (2, ["2026-01-05", 5.0])
    link = zipfile.ZipInfo("xl/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "a")
    assert "is a link" in refusal(path.read_bytes())
