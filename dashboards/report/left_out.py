"""The periods that a claim does not count, with the reason of each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from collector.statement import ClaimStatement, Row
from collector.statement.rows import OTHER
from dashboards import formats
from dashboards.report import numbers
from dashboards.report.content import Content
from dashboards.report.markup import Markup, table, tag


def left_out(content: Content, claim: ClaimStatement) -> Markup | None:
    """Stretches of periods that were left out for one reason."""
    if not claim.rows:
        return None
    title = tag("h3", content.say("left_out"))
    stretches = list(runs([row for row in claim.rows if not row.is_used]))
    if not stretches:
        return tag("div", title, tag("p", content.say("left_out.none")))
    rows = [
        [
            content.say(rows[0].part),
            str(len(rows)),
            _which(rows, content),
            why(content, rows[0]),
        ]
        for rows in stretches
    ]
    keys = ("part", "periods", "which", "why")
    return tag(
        "div", title, table([content.say(f"left_out.{key}") for key in keys], rows, figures=(1,))
    )


def runs(rows: list[Row]) -> Iterator[list[Row]]:
    """Rows that follow each other and are left out for the same reason."""
    run: list[Row] = []
    for row in rows:
        follows = run and row.first == run[-1].last + timedelta(days=1)
        if run and not (follows and (row.part, row.missing) == (run[-1].part, run[-1].missing)):
            yield run
            run = []
        run.append(row)
    if run:
        yield run


def why(content: Content, row: Row) -> str:
    """Why a row is left out, in a few words."""
    if row.missing == (OTHER,):
        return content.say("left_out.other")
    return content.say("left_out.missing", quantities=content.names(row.missing))


def _which(rows: list[Row], content: Content) -> str:
    first, last = rows[0].first, rows[-1].last
    if first == last:
        return formats.day(first, content.language)
    return numbers.period(first, last, content.language)
