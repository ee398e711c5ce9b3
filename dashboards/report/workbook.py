"""The workbook: the rows of every claim, and the regression as the spreadsheet's own LINEST.

The sheets hold what the regression saw; expected use and saving are formulas over them. The file
holds no time of writing, so the same statement gives the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

from openpyxl import Workbook
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet.worksheet import Worksheet

from collector.evidence.archive import pack
from collector.statement import ClaimStatement
from dashboards.report.content import Content
from dashboards.report.left_out import why
from dashboards.report.sheets import Layout, Value, fill_rows, set_widths, write_head, write_row
from dashboards.report.sheets_model import fill_regression

_MADE = datetime(1980, 1, 1)  # noqa: DTZ001 - a workbook's times have no zone
_FIGURES = (
    *("target_percent", "expected", "actual", "saving", "saving_percent"),
    *("saving_low_percent", "saving_high_percent"),
)
_CORE = "docProps/core.xml"
_TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")


def workbook(content: Content) -> bytes:
    """The workbook of a report."""
    book = Workbook()
    book.properties.creator = f"Cleanline {content.version}"
    book.calculation = CalcProperties(fullCalcOnLoad=True)
    first = book.active
    assert isinstance(first, Worksheet)  # noqa: S101 - a new workbook has one
    _read_me(first, content)
    for number, claim in enumerate(content.statement.claims, start=1):
        _claim(book, content, claim, number=number)
    buffer = io.BytesIO()
    book.save(buffer)
    return _timeless(buffer.getvalue())


def _claim(book: Workbook, content: Content, claim: ClaimStatement, *, number: int) -> None:
    if not claim.rows:
        return
    layout = Layout.of(content, claim, number)
    if claim.verified.outcome.model is not None:
        fill_regression(book.create_sheet(layout.regression), content, claim, layout=layout)
    for part, name in layout.sheets.items():
        sheet = book.create_sheet(name)
        fill_rows(sheet, content, claim, part=part, layout=layout)
    if any(not row.is_used for row in claim.rows):
        _left_out(book.create_sheet(f"{number} {content.say('book.left_out')}"), content, claim)


def _read_me(sheet: Worksheet, content: Content) -> None:
    sheet.title = content.say("book.read_me")
    lines: list[list[Value]] = [
        [content.say("title"), content.plant.name],
        [content.say("as_of"), content.as_of.isoformat()],
        [content.say("fingerprint"), content.fingerprint],
        [],
        [content.say("book.lead")],
        [content.say("book.half")],
        [],
    ]
    for number, line in enumerate(lines, start=1):
        write_row(sheet, number, line)
    keys = ("claim", "claimed", "expected", "used", "saving", "saving.percent")
    titles = [content.say(key) for key in keys]
    ends = (f"{content.say('interval')} (%)", "")
    write_head(sheet, ["", *titles, *ends, content.say("verdict"), ""], row=len(lines) + 1)
    for number, claim in enumerate(content.statement.claims, start=1):
        told = content.told(claim)
        figures = [told[key] for key in _FIGURES]
        row = [number, told["claim"], *figures, content.verdict(claim), told["reason"]]
        write_row(sheet, len(lines) + 1 + number, row)
    set_widths(sheet, [42, 24, 12, 16, 16, 16, 12, 12, 12, 18, 80])


def _left_out(sheet: Worksheet, content: Content, claim: ClaimStatement) -> None:
    keys = ("book.period", "left_out.part", "left_out.why")
    write_head(sheet, [content.say(key) for key in keys])
    left_out = [row for row in claim.rows if not row.is_used]
    for number, row in enumerate(left_out, start=2):
        write_row(sheet, number, [row.label, content.say(row.part), why(content, row)])
    set_widths(sheet, [16, 18, 40])


def _timeless(content: bytes) -> bytes:
    """The same workbook without the times of its making."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        files = {name: book.read(name) for name in book.namelist()}
    made = _MADE.isoformat().encode() + b"Z"
    files[_CORE] = _TIMES.sub(rb"\g<1>" + made + rb"\g<2>", files[_CORE])
    return pack(files)
