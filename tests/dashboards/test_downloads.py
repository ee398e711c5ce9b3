"""What is on the screen is what is in the file: tables as CSV and workbook, charts as SVG."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from datetime import date, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

from dashboards.books import Source, table_book
from dashboards.catalogue import PAGES
from dashboards.charts import Drawing
from dashboards.drawn import view
from dashboards.paging import Ask
from dashboards.records import Records
from dashboards.sheet import Plot, Sheet
from dashboards.source import PlantSource
from dashboards.still import still
from dashboards.still.palette import colour
from dashboards.tables import Column, Table, csv_text

pytestmark = pytest.mark.slow

AT_MS = 1_750_000_000_000
SHEET = Sheet(
    page="claims",
    title="Claims",
    covers="1 May 2025 00:00 – 1 Jul 2025 00:00 · Asia/Ho_Chi_Minh",
    time_ms=AT_MS,
    timezone="Asia/Ho_Chi_Minh",
    blocks=[],
    tables={
        "mixed": Table(
            columns=[
                Column(label="Day", kind="day"),
                Column(label="Used", unit="kWh", kind="number"),
                Column(label="Seen", kind="moment"),
                Column(label="Note"),
            ],
            rows=[["2025-05-01", 1 / 3, AT_MS, "=1+1"], ["2025-05-02", None, None, "-2"]],
            marks={"0:1": "estimated", "1:1": "bad"},
        )
    },
)


def test_the_first_sheet_says_what_it_is_and_the_second_holds_every_cell_in_full() -> None:
    book = load_workbook(io.BytesIO(table_book(Source("Mill", SHEET, "mixed", "All"), "en")))
    about, table = book.worksheets
    told = {row[0]: row[1] for row in about.iter_rows(values_only=True)}
    assert told["Plant"] == "Mill"
    assert told["Table"] == "All"
    assert told["Interval"] == SHEET.covers
    assert told["Units"] == "Used: kWh"
    assert told["As of"] == "2025-06-15T22:06:40+07:00"
    assert told["Made by"].startswith("Cleanline ")
    head, first, second = table.iter_rows(values_only=True)
    assert head == ("Day", "Used [kWh]", "Seen", "Note")
    days = [datetime.fromisoformat(text) for text in ("2025-05-01", "2025-05-02")]
    assert first == (days[0], 1 / 3, datetime.fromisoformat("2025-06-15T22:06:40"), "=1+1")
    assert second == (days[1], None, None, "-2")
    assert table["D2"].data_type == "s"  # nothing is computed by the spreadsheet


def test_a_csv_file_has_the_same_rows_and_no_formula() -> None:
    text = csv_text(SHEET.tables["mixed"], ZoneInfo("Asia/Ho_Chi_Minh"))
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    assert rows[1] == ["2025-05-01", "0.333333333333", "2025-06-15T22:06:40+07:00", "'=1+1"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.slow
def test_every_chart_of_a_page_is_drawn_as_svg_with_its_name_and_sentence(
    page: Any, mill: Any, records: Records
) -> None:
    sheet = page.show(page.build(records, Ask(), mill.now_ms), "vi")
    for block in sheet.blocks:
        if isinstance(block, Plot):
            _check(block.chart, "vi")


@pytest.mark.slow
def test_the_charts_of_now_are_drawn_as_svg_too(mill: Any) -> None:
    source = PlantSource(mill.plant, mill.store, ledger=mill.ledger)
    charts = view(source.now(mill.now_ms), "en").charts
    assert set(charts) == {"rate-electricity", "months-electricity"}
    for chart in charts.values():
        _check(chart, "en")


def _check(chart: Drawing, language: Any) -> None:
    drawn = still(chart, language, origin="Mill <1> · 2025")
    texts = " ".join(element.text or "" for element in ET.fromstring(drawn).iter())
    assert chart.name in texts
    assert "Mill <1> · 2025" in texts
    assert chart.sentence.split(".")[0][:40] in texts
    assert drawn == still(chart, language, origin="Mill <1> · 2025"), "another file each time"


def test_a_gap_of_the_data_breaks_the_line_of_the_file() -> None:
    def moves(values: list[float | None]) -> int:
        line = {"color": "var(--amber)", "width": 2}
        days = ["2025-01-01", "2025-01-02", "2025-01-03", "2025-01-04", "2025-01-05"]
        trace = {"type": "scatter", "mode": "lines", "x": days, "y": values, "line": line}
        layout = {"xaxis": {"type": "date"}, "yaxis": {}}
        figure = {"data": [trace], "layout": layout}
        drawing = Drawing(key="k", name="n", sentence="s", figure=figure)
        root = ET.fromstring(still(drawing, "en", origin="w"))
        paths = [e.get("d", "") for e in root.iter() if e.get("style", "").find("#975e00") >= 0]
        (path,) = [path for path in paths if path]
        return path.count("M ")

    assert moves([1.0, 2.0, 3.0, 2.0, 1.0]) == 1
    assert moves([1.0, 2.0, None, 2.0, 1.0]) == 2


def test_the_colours_are_those_of_the_style_sheet() -> None:
    assert colour("var(--amber)") == pytest.approx((0x97 / 255, 0x5E / 255, 0, 1))
    assert colour("var(--band)")[3] == pytest.approx(0.07)
    assert colour("rgba(0,0,0,0)") == (0, 0, 0, 0)
    with pytest.raises(KeyError):
        colour("var(--no-such-colour)")


def test_files_are_served_by_name_and_what_is_not_there_is_said(address: str) -> None:
    kinds = {
        "performance/periods.csv?lang=vi": "text/csv; charset=utf-8",
        "performance/periods.xlsx?resource=electricity": "application/vnd.openxmlformats",
        "performance/cusum.svg": "image/svg+xml",
        "now/months-electricity.svg": "image/svg+xml",
    }
    for path, kind in kinds.items():
        with urlopen(f"{address}/{path}", timeout=60) as answer:
            assert answer.headers["Content-Type"].startswith(kind)
            name = path.partition("?")[0].replace("/", "-")
            assert answer.headers["Content-Disposition"] == f'attachment; filename="mill-{name}"'
            assert answer.read()
    for path in ("performance/no.csv", "performance/no.xlsx", "performance/no.svg", "now/no.svg"):
        with pytest.raises(HTTPError) as said:
            urlopen(f"{address}/{path}", timeout=60)
        assert said.value.code == 404


def test_the_days_of_a_workbook_are_the_rows_of_the_page(address: str) -> None:
    with urlopen(f"{address}/performance/periods.xlsx", timeout=60) as answer:
        table = load_workbook(io.BytesIO(answer.read())).worksheets[1]
    days = [row[0].date() for row in table.iter_rows(min_row=2, values_only=True)]  # type: ignore[union-attr]
    assert (days[0], days[-1], len(days)) == (date(2025, 1, 1), date(2025, 6, 30), 181)


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_a_text_that_a_spreadsheet_would_compute_stays_one(first: str) -> None:
    text = f"{first}1+1"
    table = Table(columns=[Column(label=text)], rows=[[text]])
    rows = list(csv.reader(io.StringIO(csv_text(table, ZoneInfo("UTC")).removeprefix("\ufeff"))))
    assert rows == [[f"'{text}"], [f"'{text}"]]
