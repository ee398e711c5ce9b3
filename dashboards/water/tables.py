"""The tables of the page Water."""

from __future__ import annotations

from collections.abc import Sequence

from dashboards.formats import Language
from dashboards.tables import Cell, Column, Mark, Table, column
from dashboards.water.names import flow_name, use_name
from dashboards.water.result import Quality, Water
from dashboards.words import say


def balance_table(page: Water, language: Language) -> Table:
    """Each day with every flow, and what is unexplained."""
    columns = [column(say("table.day", language), kind="day")]
    columns += [column(flow_name(flow, language), page.shown_unit) for flow in page.flows]
    rows: list[list[Cell]] = [
        [day.isoformat(), *(flow.days[i] for flow in page.flows)] for i, day in enumerate(page.days)
    ]
    if page.is_balanced:
        columns.append(column(say("water.unexplained", language), page.shown_unit))
        for row, left in zip(rows, page.unexplained, strict=True):
            row.append(left)
    marks: dict[str, Mark] = {
        f"{i}:{number}": "estimated"
        for number, flow in enumerate(page.flows, 1)
        for i, is_estimate in enumerate(flow.estimated)
        if is_estimate or not flow.is_metered
    }
    return Table(columns=columns, rows=rows, marks=marks)


def flows_table(page: Water, language: Language) -> Table:
    """Every flow with the sum of its known days, its share of what came in on them, and how it
    is known."""
    rows: list[list[Cell]] = [
        [
            flow_name(flow, language),
            say(f"water.side.{flow.side}", language),
            flow.total,
            _known(flow.days),
            _share(flow.days, page.came),
            say("water.metered" if flow.is_metered else "quality.estimated", language),
            flow.source,
        ]
        for flow in page.flows
    ]
    if page.is_balanced:
        name = say("water.unexplained", language)
        share = page.unexplained_percent
        known, how = page.balanced_days, say("water.difference", language)
        rows.append([name, "", page.unexplained_total, known, share, how, ""])
    inside = say("water.side.within", language)
    for use in (*page.wells, *page.uses):
        is_metered = bool(use.key)
        how = "water.metered" if is_metered else "water.difference"
        before = say("water.side.before", language) if use in page.wells else inside
        row: list[Cell] = [use_name(use, language), before, use.total, _known(use.days)]
        rows.append([*row, _share(use.days, page.came), say(how, language), ""])
    return Table(
        columns=[
            Column(label=say("table.flow", language)),
            Column(label=say("table.side", language)),
            column(say("table.sum", language), page.shown_unit),
            column(say("table.days_known", language), kind="count"),
            column(say("table.of_intake", language), "%", kind="percent"),
            Column(label=say("table.known", language)),
            Column(label=say("table.source", language)),
        ],
        rows=rows,
    )


def _known(days: Sequence[float | None]) -> int:
    return sum(value is not None for value in days)


def _share(days: Sequence[float | None], came: Sequence[float | None]) -> float | None:
    """In per cent, over the days of which both are known."""
    both = [(own, of) for own, of in zip(days, came, strict=True) if None not in (own, of)]
    whole = sum(of or 0.0 for _, of in both)
    return 100 * sum(own or 0.0 for own, _ in both) / whole if whole else None


def uses_table(page: Water, language: Language) -> Table:
    """Each day with every part of the intake."""
    columns = [column(use_name(use, language), page.shown_unit) for use in page.uses]
    return Table(
        columns=[column(say("table.day", language), kind="day"), *columns],
        rows=[
            [day.isoformat(), *(use.days[i] for use in page.uses)]
            for i, day in enumerate(page.days)
        ],
    )


def treatment_table(page: Water, language: Language) -> Table:
    """Each day's volume against each permit."""
    limits = [volume.limit for volume in page.volumes]
    shares = [
        column(say("water.of_permit", language, permit=volume.permit), "%", kind="percent")
        for volume in page.volumes
    ]
    return Table(
        columns=[
            column(say("table.day", language), kind="day"),
            column(say("water.discharge", language), page.water_unit),
            *shares,
        ],
        rows=[
            [day.isoformat(), value, *(_share([value], [limit]) for limit in limits)]
            for day, value in zip(page.days, page.discharge, strict=True)
        ],
        marks={
            f"{row}:{number}": "bad"
            for number, limit in enumerate(limits, 2)
            for row, value in enumerate(page.discharge)
            if value is not None and value > limit
        },
    )


def quality_table(quality: Quality, language: Language) -> Table:
    """Each hour's mean, least and most."""
    rows = zip(quality.hours, quality.mean, quality.least, quality.most, strict=True)
    return Table(
        columns=[
            column(say("table.time", language), kind="moment"),
            column(say("table.mean", language), quality.unit),
            column(say("table.least", language), quality.unit),
            column(say("table.most", language), quality.unit),
        ],
        rows=[list(row) for row in rows],
    )
