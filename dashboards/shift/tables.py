"""The tables of the page Shift."""

from __future__ import annotations

from dashboards import formats
from dashboards.formats import Language
from dashboards.shift.chart import shift_name
from dashboards.shift.result import Figure, Resource, Shift, Turn
from dashboards.tables import Cell, Column, Mark, Table, column
from dashboards.words import say


def day_table(page: Shift, language: Language) -> Table:
    """Every shift of the chosen one's day with every resource."""
    day = page.turns[page.chosen].day
    rows: list[list[Cell]] = []
    marks: dict[str, Mark] = {}
    for turn in page.turns:
        for resource, figure in zip(page.resources, turn.figures, strict=True):
            if turn.day == day:
                marks |= _marks(figure, len(rows), amount=3, percent=6)
                rows.append(_day_row(turn, resource, figure, language))
    return Table(
        columns=[
            Column(label=say("table.shift", language)),
            column(say("table.from", language), kind="moment"),
            Column(label=say("choice.resource", language)),
            column(say("table.consumption", language)),
            column(say("table.expected", language)),
            Column(label=say("table.unit", language)),
            column(say("table.against_expected", language), "%", kind="percent"),
            column(say("table.output", language), _output_unit(page)),
            column(say("table.specific", language)),
            column(say("table.expected_specific", language)),
            Column(label=say("table.unit", language)),
            Column(label=say("table.note", language)),
        ],
        rows=rows,
        marks=marks,
    )


def _output_unit(page: Shift) -> str:
    units = {resource.product_unit for resource in page.resources}
    return (units.pop() or "") if len(units) == 1 else ""


def _day_row(turn: Turn, resource: Resource, figure: Figure, language: Language) -> list[Cell]:
    return [
        shift_name(turn.shift, language),
        turn.span.start_ms,
        resource.subject.called(language),
        figure.amount,
        figure.expected,
        formats.unit(resource.measure.unit),
        figure.percent,
        figure.output,
        figure.specific,
        figure.expected_specific,
        formats.unit(resource.specific_unit),
        _note(turn, figure, language),
    ]


def shifts_table(page: Shift, place: int, language: Language) -> Table:
    """Every shift of one resource."""
    resource = page.resources[place]
    unit, specific = resource.measure.unit, resource.specific_unit
    figures = [turn.figures[place] for turn in page.turns]
    marks: dict[str, Mark] = {}
    for row, figure in enumerate(figures):
        marks |= _marks(figure, row, amount=2, percent=5)
    return Table(
        columns=[
            column(say("table.day", language), kind="day"),
            Column(label=say("table.shift", language)),
            column(resource.subject.called(language), unit),
            column(say("table.expected", language), unit),
            column(say("table.difference", language), unit),
            column(say("table.against_expected", language), "%", kind="percent"),
            column(say("table.output", language), resource.product_unit or ""),
            column(say("table.specific", language), specific),
            column(say("table.expected_specific", language), specific),
            Column(label=say("table.note", language)),
        ],
        rows=[
            [
                turn.day.isoformat(),
                shift_name(turn.shift, language),
                figure.amount,
                figure.expected,
                _difference(figure),
                figure.percent,
                figure.output,
                figure.specific,
                figure.expected_specific,
                _note(turn, figure, language),
            ]
            for turn, figure in zip(page.turns, figures, strict=True)
        ],
        marks=marks,
    )


def _difference(figure: Figure) -> float | None:
    if figure.amount is None or figure.expected is None:
        return None
    return figure.amount - figure.expected


def _note(turn: Turn, figure: Figure, language: Language) -> str:
    notes = (
        ("shift.so_far", turn.is_running),
        ("quality.estimated", figure.estimated),
        ("shift.unknown", figure.amount is None),
    )
    return ", ".join(say(key, language) for key, holds in notes if holds)


def _marks(figure: Figure, row: int, *, amount: int, percent: int) -> dict[str, Mark]:
    found: dict[str, Mark] = {}
    if figure.estimated:
        found[f"{row}:{amount}"] = "estimated"
    if figure.is_abnormal:
        found[f"{row}:{percent}"] = "bad"
    return found
