"""One claim, one set of numbers: page, API, report, workbook, evidence and `verify --json` agree,
and totals agree with their parts."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date
from typing import Any
from urllib.request import urlopen

import pytest
from openpyxl import load_workbook

from collector.deriving.performance import Performance as Rows
from collector.entry_points import verify_main
from collector.store import PERFORMANCE, Series
from dashboards import formats
from plant.calendar import day_start_ms

pytestmark = pytest.mark.slow

SHARES = ("saving_percent", "saving_low_percent", "saving_high_percent")


def _get(address: str) -> bytes:
    with urlopen(address, timeout=60) as answer:
        return bytes(answer.read())


def test_page_api_report_workbook_evidence_and_command_tell_the_same(
    mill: Any, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    verify_main([str(mill.file), "--data", str(mill.data), "--json"])
    (verified,) = json.loads(capsys.readouterr().out)
    assert verified["verdict"] == "proven"

    page = json.loads(_get(f"{address}/claims"))
    assert page["detail"]["told"]["en"] == verified
    (claim,) = json.loads(_get(f"{address}/now"))["tiles"][0]["claims"]
    assert page["claims"] == [claim]
    assert {key: claim[key] for key in (*SHARES, "saving", "saving_low", "saving_high")} == {
        key: verified[key] for key in (*SHARES, "saving", "saving_low", "saving_high")
    }

    evidence = zipfile.ZipFile(io.BytesIO(_get(f"{address}/report/evidence.zip")))
    results = json.loads(evidence.read("results.json"))
    assert results["claims"][0]["verified"] == verified

    book = load_workbook(io.BytesIO(_get(f"{address}/report/report.xlsx")))
    cells = [cell for row in book.worksheets[0].iter_rows(values_only=True) for cell in row]
    numbers = [cell for cell in cells if isinstance(cell, float)]
    for key in ("expected", "actual", "saving", *SHARES):  # a workbook keeps 15 digits
        assert pytest.approx(verified[key], rel=1e-14) in numbers, key

    report = _get(f"{address}/report/report.html?lang=vi").decode()
    for key in ("expected", "actual", "saving"):
        assert formats.number(verified[key], "vi", places=0) in report


def test_the_total_of_a_claim_is_the_sum_of_its_periods_on_every_page(
    mill: Any, address: str
) -> None:
    told = json.loads(_get(f"{address}/claims"))["detail"]["told"]["en"]
    performance = json.loads(_get(f"{address}/performance"))
    reporting = [point for point in performance["points"] if point["part"] == "reporting"]
    known = [point for point in reporting if point["difference"] is not None]
    assert len(known) == 61
    assert sum(point["consumption"] for point in known) == pytest.approx(told["actual"], rel=1e-12)
    assert sum(point["expected"] for point in known) == pytest.approx(told["expected"], rel=1e-12)
    assert known[-1]["cusum"] == pytest.approx(-told["saving"], rel=1e-9)
    assert performance["reporting"]["actual"] == pytest.approx(told["actual"], rel=1e-12)
    assert performance["reporting"]["expected"] == pytest.approx(told["expected"], rel=1e-12)


def test_the_rows_that_grafana_reads_are_the_points_of_the_page(mill: Any, address: str) -> None:
    Rows(mill.plant, mill.store, ledger=mill.ledger).update(None, mill.now_ms)
    points = json.loads(_get(f"{address}/performance"))["points"]

    def rows(figure: str) -> dict[int, float]:
        (resource,) = mill.plant.plans
        series = Series(PERFORMANCE, mill.plant.id, (resource, "day", figure))
        found = mill.store.read(series, 0, end_ms=mill.now_ms)
        return dict(zip(found.times_ms.tolist(), found.values.tolist(), strict=True))

    def told(key: str, parts: tuple[str, ...]) -> dict[int, float]:
        return {
            day_start_ms(date.fromisoformat(point["day"]), mill.plant.zone): point[key]
            for point in points
            if point["part"] in parts and point[key] is not None
        }

    assert len(rows("expected")) > 50
    assert rows("expected") == told("expected", ("reporting",)), "to the last digit"
    every = ("baseline", "between", "reporting")
    assert rows("actual") == told("consumption", every)
    assert rows("specific") == told("specific", every)


def test_a_file_is_what_is_on_the_screen(mill: Any, address: str) -> None:
    view = json.loads(_get(f"{address}/claims/view?lang=vi"))
    lines = _get(f"{address}/claims/candidates.csv?lang=vi").decode("utf-8-sig").splitlines()
    table = view["tables"]["candidates"]
    assert len(lines) == 1 + len(table["rows"])
    assert lines[1].split(",")[-1] != ""
    assert lines[0].startswith(table["columns"][0]["label"])
