"""The tables of the page Performance."""

from __future__ import annotations

from dashboards import formats
from dashboards.formats import Language
from dashboards.performance.result import Performance, Point
from dashboards.tables import Cell, Column, Table, column
from dashboards.words import say


def periods_table(page: Performance, language: Language) -> Table:
    """Every period with all that is known of it."""
    unit = page.measure.unit
    columns = [
        column(say(f"table.{page.by}", language), kind="day"),
        column(page.resource.called(language), unit),
        column(page.product_name or say("table.output", language), _output_unit(page)),
        column(say("table.specific", language), page.specific_unit or ""),
        column(say("table.expected", language), unit),
        column(say("table.difference", language), unit),
        column(say("table.cusum", language), unit),
        Column(label=say("table.part", language)),
        Column(label=say("table.note", language)),
    ]
    others = page.driver is not None and page.driver != page.product
    if others:
        columns.insert(3, column(page.driver_name or "", page.driver_unit or ""))
    rows = [_row(point, page, language, others=others) for point in page.points]
    return Table(columns=columns, rows=rows)


def _output_unit(page: Performance) -> str:
    return (page.specific_unit or "").rpartition("/")[2]


def _row(point: Point, page: Performance, language: Language, *, others: bool) -> list[Cell]:
    note = say("quality.estimated", language) if point.estimated else ""
    cells: list[Cell] = [
        point.day.isoformat(),
        point.told(point.consumption),
        point.output,
        point.told(point.specific),
        point.told(point.expected),
        point.told(point.difference),
        point.cusum,
        say(f"part.{point.part}", language) if page.plan_name else "",
        note,
    ]
    if others:
        cells.insert(3, point.driver)
    return cells


def levels_table(page: Performance, language: Language) -> Table:
    """The stretches between bends, each with its mean difference."""
    per = say(f"per.{page.by}", language)
    return Table(
        columns=[
            column(say("table.from", language), kind="day"),
            column(say("table.to", language), kind="day"),
            column(say(f"table.count.{page.by}", language), kind="count"),
            column(say("table.difference", language), f"{formats.unit(page.measure.unit)} {per}"),
            column(say("table.of_expected", language), "%", kind="percent"),
        ],
        rows=[
            [
                level.first.isoformat(),
                level.last.isoformat(),
                level.periods,
                level.mean,
                level.percent,
            ]
            for level in page.levels
        ],
    )


def events_table(page: Performance, language: Language) -> Table:
    """What happened, by its number on the chart."""
    return Table(
        columns=[
            column(say("table.number", language), kind="count"),
            column(say("table.time", language), kind="moment"),
            Column(label=say("table.event", language)),
            Column(label=say("table.what", language)),
            Column(label=say("table.note", language)),
        ],
        rows=[
            [number, event.time_ms, say(f"event.{event.kind}", language), event.what, event.text]
            for number, event in enumerate(page.happenings, 1)
        ],
    )
