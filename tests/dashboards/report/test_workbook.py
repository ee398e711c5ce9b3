"""The workbook's live formulas come to what the report says, by an evaluator of our own.

LINEST is computed here by numpy's normal least squares, which the report does not use.
"""

from __future__ import annotations

import io
import re
import sys
import zipfile
from typing import Any

import numpy as np
import pytest
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

from dashboards.report.content import Content
from dashboards.report.workbook import workbook

pytestmark = pytest.mark.slow

BASELINE, LOOKING = sys.modules["report_mill"].BASELINE, sys.modules["report_mill"].LOOKING
AREA = r"'([^']+)'!\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)"
CELL = r"(?:'([^']+)'!)?\$?([A-Z]+)\$?(\d+)"
EXACT = 1e-9


class Sheets:
    """A workbook whose formulas are evaluated as a spreadsheet would."""

    def __init__(self, content: bytes) -> None:
        self.book = load_workbook(io.BytesIO(content))
        self._blocks: dict[str, dict[str, float]] = {name: {} for name in self.book.sheetnames}
        self._blocks = {sheet.title: self._block(sheet) for sheet in self.book}

    def value(self, sheet: str, place: str) -> Any:
        """The value of a cell, its formula evaluated."""
        if place in self._blocks[sheet]:
            return self._blocks[sheet][place]
        found = self.book[sheet][place].value
        if not (isinstance(found, str) and found.startswith("=")):
            return found
        return eval(self._python(sheet, found[1:]), {"__builtins__": {}}, self._names(sheet))

    def area(self, sheet: str, area: str) -> np.ndarray:
        """The values of a range, a row each."""
        left, top, right, bottom = range_boundaries(area)
        cells = self.book[sheet].iter_rows(top, bottom, left, right)
        return np.array([[self.value(sheet, c.coordinate) for c in row] for row in cells], float)

    def _block(self, sheet: Any) -> dict[str, float]:
        """What LINEST puts into the cells of its array formula."""
        found = [c.value for row in sheet.iter_rows() for c in row if hasattr(c.value, "ref")]
        return self._linest(found[0]) if found else {}

    def _linest(self, array: Any) -> dict[str, float]:
        use, drivers, intercept = re.fullmatch(
            rf"=LINEST\(({AREA}),({AREA}),(TRUE|FALSE),TRUE\)", array.text
        ).group(1, 7, 13)
        y = self._of(use)[:, 0]
        X = self._of(drivers)
        has_intercept = intercept == "TRUE"
        design = np.column_stack([X, np.ones(len(y))]) if has_intercept else X
        b, *_ = np.linalg.lstsq(design, y, rcond=None)
        residuals = y - design @ b
        sse, dof = residuals @ residuals, len(y) - design.shape[1]
        errors = np.sqrt(np.diag(np.linalg.inv(design.T @ design)) * sse / dof)
        about = y - y.mean() if has_intercept else y
        r2 = 1 - sse / (about @ about)
        f = (about @ about - sse) / X.shape[1] / (sse / dof)
        k = X.shape[1]
        coefficients = [*b[:k][::-1], b[k] if has_intercept else 0.0]
        spread = [*errors[:k][::-1], errors[k] if has_intercept else None]
        rows = [
            coefficients, spread, [r2, np.sqrt(sse / dof)], [f, dof], [about @ about - sse, sse]
        ]  # fmt: skip
        left, top, right, bottom = range_boundaries(array.ref)
        assert (right - left, bottom - top) == (k, 4)
        return {
            f"{chr(64 + left + i)}{top + j}": value
            for j, row in enumerate(rows)
            for i, value in enumerate(row)
        }

    def _of(self, reference: str) -> np.ndarray:
        sheet, area = reference.replace("$", "").split("!")
        return self.area(sheet.strip("'"), area)

    def _python(self, sheet: str, formula: str) -> str:
        formula = re.sub(AREA, lambda m: f"AREA({m[0]!r})", formula)
        parts = re.split(r"(AREA\(.*?\"\))", formula)
        return "".join(
            part
            if part.startswith("AREA")
            else re.sub(CELL, lambda m: f"CELL({(m[1] or sheet)!r},{m[2] + m[3]!r})", part)
            for part in parts
        )

    def _names(self, _: str) -> dict[str, Any]:
        return {
            "AREA": self._of,
            "CELL": self.value,
            "SUM": lambda area: float(area.sum()),
            "AVERAGE": lambda area: float(area.mean()),
            "STDEV": lambda area: float(area.std(ddof=1)),
            "COUNT": lambda area: area.size,
            "SQRT": np.sqrt,
        }


def lines(sheets: Sheets, sheet: str) -> dict[str, tuple[float, float, float]]:
    """Name -> live value, what the report says, and the sheet's own difference."""
    found = {}
    for row in range(4, sheets.book[sheet].max_row + 1):
        name = sheets.value(sheet, f"A{row}")
        if name:
            cells = (sheets.value(sheet, f"{column}{row}") for column in "BCD")
            found[name] = tuple(cells)
    return found


@pytest.fixture(scope="module")
def sheets(content: Content) -> Sheets:
    return Sheets(workbook(content))


def test_the_sheets_are_those_of_the_claim(sheets: Sheets) -> None:
    assert sheets.book.sheetnames == [
        "Read me", "1 Regression", "1 Baseline", "1 Reporting", "1 Left out"
    ]  # fmt: skip


def test_every_live_figure_is_the_reported_one(content: Content, sheets: Sheets) -> None:
    """Coefficients, errors, R², F, degrees of freedom, SSE, CV(RMSE), expected, used, saving."""
    found = lines(sheets, "1 Regression")
    assert len(found) == 15
    for name, (live, reported, difference) in found.items():
        assert live == pytest.approx(reported, rel=EXACT), name
        assert abs(difference) < EXACT, name
    told = content.statement.claims[0].verified.as_json()
    assert found["Expected"][1] == told["expected"]
    assert found["Saved, %"][0] == pytest.approx(told["saving_percent"], rel=EXACT)
    assert found["starch"][1] == told["model"]["coefficients"]["starch"]


def test_expected_use_of_each_row_is_a_formula_over_its_own_drivers(
    content: Content, sheets: Sheets
) -> None:
    rows = [row for row in content.statement.claims[0].part("reporting") if row.is_used]
    for number, row in enumerate(rows, start=2):
        assert sheets.book["1 Reporting"][f"E{number}"].value.startswith("=")
        assert sheets.value("1 Reporting", f"E{number}") == pytest.approx(row.expected, rel=EXACT)
        saved = sheets.value("1 Reporting", f"F{number}")
        assert saved == pytest.approx(row.expected - row.actual, rel=1e-6)


def test_a_driver_changed_by_hand_moves_the_saving(content: Content) -> None:
    """The formulas live: they follow the cells that they name."""
    sheets = Sheets(workbook(content))
    before = lines(sheets, "1 Regression")["Saved"][0]
    sheets.book["1 Reporting"]["C2"].value += 10
    slope = lines(sheets, "1 Regression")["starch"][0]
    assert lines(sheets, "1 Regression")["Saved"][0] == pytest.approx(before + 10 * slope)


def test_rows_left_out_stand_with_their_reason(sheets: Sheets) -> None:
    row = [sheets.value("1 Left out", f"{column}2") for column in "ABC"]
    assert row == ["2025-02-09", "baseline", "Electricity not known"]
    assert "2025-02-09" not in [c.value for c in sheets.book["1 Baseline"]["A"]]


def test_a_model_without_a_base_load_is_fitted_without_one(make_content) -> None:
    changes = ('drivers = ["starch", "hdd"]', 'drivers = ["starch"]\nintercept = false')
    sheets = Sheets(workbook(make_content(changes)))
    assert "FALSE" in sheets.book["1 Regression"]["H4"].value.text
    for name, (live, reported, _) in lines(sheets, "1 Regression").items():
        assert live == pytest.approx(reported, rel=EXACT), name


def test_a_mean_model_is_an_average(make_content) -> None:
    sheets = Sheets(workbook(make_content(('drivers = ["starch", "hdd"]', ""))))
    found = lines(sheets, "1 Regression")
    assert len(found) == 6
    for name, (live, reported, _) in found.items():
        assert live == pytest.approx(reported, rel=EXACT), name


@pytest.mark.parametrize(
    ("asked", "figures"),
    [('terms = ["weekday"]', 27), ('change_point = { starch = "both" }', 10)],
)
def test_terms_of_the_plan_are_columns_that_linest_fits(make_content, asked, figures) -> None:
    """Of a model with a bend, LINEST cannot know the errors: the bend was estimated too."""
    content = make_content(('"hdd"]\n', f'"hdd"]\n{asked}\n'))
    found = lines(Sheets(workbook(content)), "1 Regression")
    assert len(found) == figures
    for name, (live, reported, _) in found.items():
        assert live == pytest.approx(reported, rel=1e-8), name


@pytest.mark.parametrize("adjusted_by", [pytest.param(0.0, marks=pytest.mark.proof), 850.0])
@pytest.mark.parametrize(
    "way",
    ["forecast", *(pytest.param(w, marks=pytest.mark.proof) for w in ("backcast", "chained"))],
)
def test_every_method_is_fitted_where_it_is_and_holds_adjustments(
    make_content, way, adjusted_by
) -> None:
    """LINEST runs over the period that the method fits; the factor is a formula of its own."""
    content = make_content((BASELINE, LOOKING[way]), adjusted_by=adjusted_by)
    sheets = Sheets(workbook(content))
    found = lines(sheets, "1 Regression")
    (claim,) = content.statement.claims
    assert claim.verified.outcome.adjustment == pytest.approx(adjusted_by)
    assert found["Expected"][1] == claim.verified.outcome.saving.expected
    assert ("Factor to the baseline's performance" in found) == (way != "forecast")
    for name, (live, reported, _) in found.items():
        assert live == pytest.approx(reported, rel=EXACT), name


def test_vietnamese_sheets_hold_the_same_formulas(make_content) -> None:
    sheets = Sheets(workbook(make_content(language="vi")))
    assert sheets.book.sheetnames[1:3] == ["1 Hồi quy", "1 Cơ sở"]
    for name, (live, reported, _) in lines(sheets, "1 Hồi quy").items():
        assert live == pytest.approx(reported, rel=EXACT), name


def test_the_same_statement_gives_the_same_bytes_and_no_time_of_writing(content: Content) -> None:
    made = workbook(content)
    assert workbook(content) == made
    with zipfile.ZipFile(io.BytesIO(made)) as book:
        core = book.read("docProps/core.xml").decode()
        assert {entry.date_time[0] for entry in book.infolist()} == {1980}
    assert re.findall(r">(\d{4})-", core) == ["1980", "1980"]


def test_no_formula_comes_from_what_a_plant_file_says(make_content) -> None:
    """A name that begins with an equals sign is a text, not a formula."""
    content = make_content(("[resources.electricity]", '[resources.electricity]\nname = "=1+1"'))
    book = load_workbook(io.BytesIO(workbook(content)))
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    named = [c for c in cells if isinstance(c.value, str) and c.value.startswith("=1+1")]
    assert named
    assert all(c.data_type == "s" for c in named)
