"""The regression sheet: LINEST over the rows that the model was fitted to, beside the report's."""

from __future__ import annotations

from collections.abc import Iterator

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.formula import ArrayFormula
from openpyxl.worksheet.worksheet import Worksheet

from collector.analysis.results import Model
from collector.statement import ClaimStatement
from dashboards.report.content import Content
from dashboards.report.sheets import (
    BOLD,
    FIRST_DRIVER,
    TERMS_ROW,
    USE,
    Formula,
    Layout,
    set_widths,
    write_head,
    write_row,
)
from dashboards.report.terms import has_bend, term_name

BLOCK_ROWS = 5  # what LINEST returns: coefficients, errors, R² and s, F and dof, sums of squares
BLOCK_COLUMN = 8


def fill_regression(
    sheet: Worksheet, content: Content, claim: ClaimStatement, *, layout: Layout
) -> None:
    """Terms, tests and the saving: live formulas, the report's figures, and their difference."""
    model = claim.verified.outcome.model
    assert model is not None  # noqa: S101 - the caller looked
    write_row(sheet, 1, [f"{claim.verified.claim}: {content.name(claim.verified.resource)}"])
    sheet["A1"].font = BOLD
    keys = ("formula", "reported", "difference")
    titles = [content.say(f"book.{key}") for key in keys]
    write_head(sheet, [content.say("model.term"), *titles], row=TERMS_ROW - 1)
    lines = [
        *_coefficients(content, model, layout),
        *_factor(content, claim, layout),
        *_errors(content, model, layout),
        *_tests(content, model, layout),
        *_saving(content, claim, layout),
    ]
    for number, (name, formula, reported) in enumerate(lines, start=TERMS_ROW):
        difference = Formula(f"=B{number}/C{number}-1") if reported else None
        write_row(sheet, number, [name, Formula(formula), reported, difference])
        sheet.cell(number, 4).number_format = "0.0E+00"
    if layout.used:
        _block(sheet, content, layout)
    set_widths(sheet, [44, 26, 22, 22])


def _block(sheet: Worksheet, content: Content, layout: Layout) -> None:
    """LINEST as it stands, an array formula over the rows that it is fitted to."""
    has_intercept = _has_intercept(layout)
    title = content.say("book.block", intercept=str(has_intercept).upper())
    sheet.cell(TERMS_ROW - 2, BLOCK_COLUMN, title).font = BOLD
    first = get_column_letter(BLOCK_COLUMN)
    last = get_column_letter(BLOCK_COLUMN + len(layout.used))
    ref = f"{first}{TERMS_ROW}:{last}{TERMS_ROW + BLOCK_ROWS - 1}"
    sheet[f"{first}{TERMS_ROW}"] = ArrayFormula(ref, f"={linest(layout)}")


def linest(layout: Layout) -> str:
    """The call that fits the model: use, its drivers, whether there is a base load, statistics."""
    use = layout.column(layout.fitted, layout.net)
    drivers = layout.block(layout.fitted, FIRST_DRIVER, FIRST_DRIVER + len(layout.used) - 1)
    return f"LINEST({use},{drivers},{str(_has_intercept(layout)).upper()},TRUE)"


def _has_intercept(layout: Layout) -> bool:
    return layout.terms[:1] == ("intercept",)


def _cell(row: int, column: int) -> str:
    """A cell of the block, both counted from 1; LINEST has the last driver first."""
    letter = get_column_letter(BLOCK_COLUMN + column - 1)
    return f"${letter}${TERMS_ROW + row - 1}"


def _place(layout: Layout, term: str) -> int:
    """The column of the block that a term stands in."""
    return (
        len(layout.used) + 1 if term == "intercept" else len(layout.used) - layout.used.index(term)
    )


Line = tuple[str, str, float | None]


def _coefficients(content: Content, model: Model, layout: Layout) -> Iterator[Line]:
    values = dict(zip(model.fit.names, model.fit.coefficients.tolist(), strict=True))
    mean = f"=AVERAGE({layout.column(layout.fitted, layout.net)})"
    for term in layout.terms:
        formula = f"={_cell(1, _place(layout, term))}" if layout.used else mean
        yield term_name(content, term), formula, values[term]


def _errors(content: Content, model: Model, layout: Layout) -> Iterator[Line]:
    if has_bend(model):  # LINEST does not count the bend as estimated
        return
    use = layout.column(layout.fitted, layout.net)
    values = dict(zip(model.fit.names, model.fit.standard_errors.tolist(), strict=True))
    mean = f"=STDEV({use})/SQRT(COUNT({use}))"
    for term in layout.terms:
        formula = f"={_cell(2, _place(layout, term))}" if layout.used else mean
        yield f"{term_name(content, term)} ({content.say('model.error')})", formula, values[term]


def _factor(content: Content, claim: ClaimStatement, layout: Layout) -> Iterator[Line]:
    """What brings the model of another period to the baseline's performance."""
    if not layout.looks_back:
        return
    used, given = (layout.column("baseline", one) for one in (USE, layout.model))
    formula = f"=SUM({used})/SUM({given})"
    if layout.fitted == "reporting":
        own, model = (layout.column("reporting", one) for one in (layout.net, layout.model))
        formula += f"*SUM({own})/SUM({model})"
    outcome = claim.verified.outcome
    yield content.say("model.factor"), formula, outcome.factor if outcome.saving else None


def _tests(content: Content, model: Model, layout: Layout) -> Iterator[Line]:
    fit = model.fit
    if not layout.used:
        return
    yield content.say("model.r2").partition(",")[0], f"={_cell(3, 1)}", fit.r2
    yield "SSE", f"={_cell(5, 2)}", fit.sse
    if has_bend(model):
        return
    yield content.say("model.f"), f"={_cell(4, 1)}", fit.f
    freedom = content.say("model.points").rpartition(", ")[2]
    yield freedom, f"={_cell(4, 2)}", float(fit.dof)
    use = layout.column(layout.fitted, layout.net)
    scatter = f"={_cell(3, 2)}/AVERAGE({use})"
    yield content.say("model.cv"), scatter, fit.cv_rmse


def _saving(content: Content, claim: ClaimStatement, layout: Layout) -> Iterator[Line]:
    saving = claim.verified.outcome.saving
    if saving is None:
        return
    expected = f"SUM({layout.column('reporting', layout.expected)})"
    used = f"SUM({layout.column('reporting', USE)})"
    yield content.say("expected"), f"={expected}", saving.expected
    yield content.say("used"), f"={used}", saving.actual
    yield content.say("saving"), f"={expected}-{used}", saving.value
    percent = 100 * saving.value / saving.expected
    yield content.say("saving.percent"), f"=100*({expected}-{used})/{expected}", percent
