"""The sheets of a claim: where they lie, and the rows that the regression saw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from collector.analysis.periods import Way
from collector.statement import ClaimStatement, Part
from dashboards import formats
from dashboards.report.content import Content
from dashboards.report.terms import columns_of, term_name, unit_of

HEAD = PatternFill("solid", fgColor="E9EDF0")
BOLD = Font(bold=True)
USE, FIRST_DRIVER = 2, 3  # columns
FIRST_ROW = 2
TERMS_ROW = 4  # of the regression sheet: the first term of the model
FITTED: dict[Way, Part] = {"forecast": "baseline", "backcast": "reporting", "chained": "middle"}


class Formula(str):
    """A text that the spreadsheet evaluates; any other stays one, whatever it begins with."""

    __slots__ = ()


Value = str | float | None


class Layout(NamedTuple):
    """The names of a claim's sheets, and how many rows and drivers they have.

    fitted: the part that the model is fitted to. is_adjusted: whether adjustments have columns.
    """

    regression: str
    sheets: dict[Part, str]
    fitted: Part
    is_adjusted: bool
    used: tuple[str, ...]  # the columns that the model multiplies, in its order
    others: tuple[str, ...]  # drivers that were considered and are none of them
    rows: dict[Part, int]
    terms: tuple[str, ...]  # of the model: intercept and drivers; none without a model

    @classmethod
    def of(cls, content: Content, claim: ClaimStatement, number: int) -> Layout:
        """The layout of the claim of that number."""
        model = claim.verified.outcome.model
        used = columns_of(model, []).names if model else ()
        seen = [name for row in claim.rows if row.is_used for name in row.drivers]
        others = tuple(name for name in dict.fromkeys(seen) if name not in used)
        fitted = FITTED[claim.verified.outcome.way]
        parts: tuple[Part, ...] = ("baseline", "middle", "reporting")
        if fitted != "middle":
            parts = ("baseline", "reporting")
        has_intercept = model is not None and model.fit.intercept

        def sheet(key: str) -> str:
            return f"{number} {content.say(key)}"

        return cls(
            regression=sheet("book.regression"),
            sheets={part: sheet(f"book.{part}") for part in parts},
            fitted=fitted,
            is_adjusted=any(row.adjustment for row in claim.rows),
            used=used,
            others=others,
            rows={part: sum(row.is_used for row in claim.part(part)) for part in parts},
            terms=("intercept", *used) if has_intercept else used,
        )

    def column(self, part: Part, number: int) -> str:
        """All values of a column of a part, as a formula names them."""
        return self.block(part, number, number)

    def block(self, part: Part, first: int, last: int) -> str:
        """The values of neighbouring columns of a part, as a formula names them."""
        end = FIRST_ROW + self.rows[part] - 1
        a, b = get_column_letter(first), get_column_letter(last)
        return f"'{self.sheets[part]}'!${a}${FIRST_ROW}:${b}${end}"

    @property
    def adjustment(self) -> int:
        """The column of adjustments, where there are any; beside it the use without them."""
        return FIRST_DRIVER + len(self.used) + len(self.others)

    @property
    def net(self) -> int:
        """The column of the use that the model is fitted to."""
        return self.adjustment + 1 if self.is_adjusted else USE

    @property
    def model(self) -> int:
        """The column of what the model gives, before the factor of a method that looks back."""
        return self.adjustment + 2 * self.is_adjusted

    @property
    def looks_back(self) -> bool:
        """Whether what the model gives is brought to the baseline's performance by a factor."""
        return self.fitted != "baseline"

    @property
    def expected(self) -> int:
        """The column of what is expected."""
        return self.model + self.looks_back

    @property
    def factor(self) -> str:
        """The cell of the factor."""
        return f"'{self.regression}'!$B${TERMS_ROW + len(self.terms)}"

    def term(self, number: int) -> str:
        """The cell of a term's coefficient."""
        return f"'{self.regression}'!$B${TERMS_ROW + number}"


def fill_rows(
    sheet: Worksheet, content: Content, claim: ClaimStatement, *, part: Part, layout: Layout
) -> None:
    """The rows in use of one period; what the model gives for each is a formula."""
    model = claim.verified.outcome.model
    titles = _titles(content, claim, part=part, layout=layout)
    write_head(sheet, titles)
    rows = [row for row in claim.part(part) if row.is_used]
    columns = columns_of(model, rows).values.tolist() if model else [[] for _ in rows]
    for number, row in enumerate(rows, start=FIRST_ROW):
        values = [*columns[number - FIRST_ROW], *(row.drivers[name] for name in layout.others)]
        live = _live(layout, number, row.adjustment)
        told = [row.label, row.actual, *values, *live, row.quality, row.origin]
        write_row(sheet, number, told)
    sheet.freeze_panes = "B2"
    set_widths(sheet, [13, *[18] * (len(titles) - 3), 12, 12])


def _titles(content: Content, claim: ClaimStatement, *, part: Part, layout: Layout) -> list[str]:
    unit = formats.unit(claim.verified.unit)
    is_fit = part == "baseline" and not layout.looks_back
    amounts = [
        *(["book.adjustment", "book.net"] if layout.is_adjusted else []),
        *(["book.model"] if layout.looks_back else []),
        *("book.fitted" if is_fit else "expected", "saving"),
    ]
    return [
        content.say("book.period"),
        f"{content.name(claim.verified.resource)} [{unit}]",
        *(_title(content, name) for name in (*layout.used, *layout.others)),
        *(f"{content.say(key)} [{unit}]" for key in amounts),
        content.say("book.quality"),
        content.say("book.origin"),
    ]


def _live(layout: Layout, row: int, adjustment: float) -> list[Value]:
    """What formulas come to in a row: model, expected, saving, and the use without adjustments."""
    moved = f"{get_column_letter(layout.adjustment)}{row}"
    own: list[Value] = [adjustment, Formula(f"=B{row}-{moved}")] if layout.is_adjusted else []
    if not layout.terms:
        return [*own, *([None] if layout.looks_back else []), None, None]
    given = _given(layout, row)
    added = f"+{moved}" if layout.is_adjusted else ""
    expected: list[Value] = [Formula(f"{given}{added}")]
    if layout.looks_back:
        by_model = f"{get_column_letter(layout.model)}{row}"
        expected = [given, Formula(f"={by_model}*{layout.factor}{added}")]
    saved = Formula(f"={get_column_letter(layout.expected)}{row}-B{row}")
    return [*own, *expected, saved]


def _title(content: Content, name: str) -> str:
    """The head of a column: a driver with its unit, a term by its name alone."""
    if name in content.plant.resources | content.plant.products | content.plant.drivers:
        return f"{content.name(name)} [{unit_of(content, name)}]"
    return term_name(content, name)


def _given(layout: Layout, row: int) -> Formula:
    """What the model gives for the drivers of a row."""
    has_intercept = layout.terms[:1] == ("intercept",)
    parts = [layout.term(0)] if has_intercept else []
    for number, _ in enumerate(layout.used):
        cell = f"{get_column_letter(FIRST_DRIVER + number)}{row}"
        parts.append(f"{layout.term(number + has_intercept)}*{cell}")
    return Formula("=" + "+".join(parts))


def write_head(sheet: Worksheet, titles: Sequence[str], *, row: int = 1) -> None:
    """A row of titles."""
    write_row(sheet, row, titles)
    for number in range(1, len(titles) + 1):
        cell = sheet.cell(row, number)
        cell.font, cell.fill = BOLD, HEAD
        cell.alignment = Alignment(wrap_text=True, vertical="bottom")


def write_row(sheet: Worksheet, row: int, values: Sequence[Value]) -> None:
    """Values from the first column on; only a Formula is one."""
    for number, value in enumerate(values, start=1):
        cell = sheet.cell(row, number, value)
        if isinstance(value, str) and not isinstance(value, Formula):
            cell.data_type = "s"


def set_widths(sheet: Worksheet, widths: Sequence[float]) -> None:
    """The widths of the first columns."""
    for number, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
