"""The charts of a claim, from its rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from collector.statement import ClaimStatement, Part, Row
from dashboards import formats
from dashboards.formats import Language
from dashboards.report import frame as frames
from dashboards.report.markup import Markup
from dashboards.report.numbers import plain_percent
from dashboards.report.svg import (
    AMBER,
    BAND,
    BLUE,
    GRID,
    INK,
    PAPER,
    SOFT,
    Drawing,
    Point,
    Scale,
    spread,
    ticks,
)
from dashboards.report.terms import CALENDAR
from dashboards.report.words import quantity_name, say
from plant.description import Plant

PARTS: tuple[Part, ...] = ("baseline", "reporting")  # a model period between is not drawn
GREY = "#8796a3"
LINE_POINTS = 41  # enough to show a bend
WIDE, HALF = (680.0, 200.0), (335.0, 236.0)
VERDICT_COLOURS = {
    "proven": "#00694c",
    "plausible": "#0a68b4",
    "refuted": "#b3260e",
    "undecided": "#6a4a00",
    "none": "#4d5f70",
}


def colour_of(claim: ClaimStatement) -> str:
    """The colour of a claim's verdict; the word always stands beside it."""
    return VERDICT_COLOURS[claim.verified.outcome.verdict or "none"]


def interval(claim: ClaimStatement, language: Language) -> Markup | None:
    """The saving with its interval against zero and the claim [% of the expected use]."""
    told = claim.verified.as_json(language)
    ends = (told["saving_low_percent"], told["saving_percent"], told["saving_high_percent"])
    if None in ends:
        return None
    low, value, high = ends
    target = told["target_percent"]
    drawing = Drawing(WIDE[0], 84, say("chart.interval", language))
    scale = Scale(*spread((low, high, target), zero=True, room=0.12), 14, WIDE[0] - 14)
    base, middle, colour = 60.0, 40.0, colour_of(claim)
    for tick in ticks(scale.low, scale.high, 10):
        drawing.line((scale(tick), base), (scale(tick), base + 4), colour=SOFT)
        words = plain_percent(tick, language)
        drawing.text((scale(tick), base + 17), words, anchor="middle")
    drawing.line((scale.start, base), (scale.end, base), colour=SOFT)
    drawing.line((scale(0), 22), (scale(0), base), colour=INK, width=1.2)
    drawing.box((scale(low), middle - 7), (scale(high), middle + 7), fill=colour)
    drawing.line((scale(target), 22), (scale(target), base), colour=INK, width=1.6, dash="4 3")
    drawing.dot((scale(value), middle), radius=4.2, colour=colour, fill=PAPER)
    words = say("chart.claimed", language, percent=plain_percent(target, language))
    is_left = scale(target) < WIDE[0] / 2
    drawing.text((scale(target), 14), words, anchor="start" if is_left else "end", colour=INK)
    return drawing.markup()


def small_interval(claim: ClaimStatement, reach: tuple[float, float]) -> Markup | None:
    """The same on a line of a table; all of a table share one reach."""
    told = claim.verified.as_json()
    ends = (told["saving_low_percent"], told["saving_percent"], told["saving_high_percent"])
    if None in ends:
        return None
    low, value, high = ends
    drawing = Drawing(150, 18, f"{low:.1f} - {high:.1f} %")
    scale, colour, target = Scale(*reach, 4, 146), colour_of(claim), told["target_percent"]
    drawing.line((4, 9), (146, 9), colour=GRID)
    drawing.line((scale(0), 2), (scale(0), 16), colour=SOFT)
    drawing.box((scale(low), 5.5), (scale(high), 12.5), fill=colour)
    drawing.line((scale(target), 1), (scale(target), 17), colour=INK, width=1.3, dash="3 2")
    drawing.dot((scale(value), 9), radius=2.6, colour=colour, fill=PAPER)
    return drawing.markup()


def reach(claims: Sequence[ClaimStatement]) -> tuple[float, float]:
    """A range [%] that shows the intervals and targets of all claims."""
    told = [claim.verified.as_json() for claim in claims]
    keys = ("saving_low_percent", "saving_high_percent", "target_percent")
    found = [one[key] for one in told for key in keys if one[key] is not None]
    return spread(found, zero=True, room=0.05) if found else (0.0, 1.0)


def course(claim: ClaimStatement, language: Language) -> Markup | None:
    """What was used and what was expected, through the reporting period."""
    rows = claim.part("reporting")
    known = [v for row in rows for v in (row.actual, row.expected) if v is not None]
    if not known or all(row.expected is None for row in rows):
        return None
    unit = formats.unit(claim.verified.unit)
    drawn = frames.frame(
        say("chart.course", language, unit=unit),
        WIDE,
        x=frames.days(rows[0].first, rows[-1].last),
        y=spread(known, zero=min(known) < 0.6 * max(known)),
        language=language,
    )
    drawn.rule_y(drawn.y.low, drawn.y.high)
    drawn.rule_months(rows[0].first, rows[-1].last)
    drawn.legend(
        [
            (say("chart.used", language, unit=unit), BLUE, ""),
            (say("chart.expected", language), AMBER, "5 3"),
        ]
    )
    expected = [_at(drawn, row, row.expected if row.is_used else None) for row in rows]
    actual = [_at(drawn, row, row.actual if row.is_used else None) for row in rows]
    drawn.drawing.path(expected, colour=AMBER, dash="5 3")
    drawn.drawing.path(actual, colour=BLUE, width=1.6)
    return drawn.drawing.markup()


def cusum(claim: ClaimStatement, language: Language) -> Markup | None:
    """The running sum of used minus expected: flat as expected, falling is saving."""
    rows = [row for row in claim.rows if row.is_used and row.expected is not None]
    if not any(row.part == "reporting" for row in rows):
        return None
    sums = np.cumsum([(row.actual or 0.0) - (row.expected or 0.0) for row in rows])
    unit = formats.unit(claim.verified.unit)
    drawn = frames.frame(
        say("chart.cusum", language, unit=unit),
        HALF,
        x=frames.days(rows[0].first, rows[-1].last),
        y=spread(sums.tolist(), zero=True),
        language=language,
    )
    last = max(row.last for row in rows if row.part == "baseline")
    left, right = drawn.x.start, drawn.x(last.toordinal() + 1)
    drawn.drawing.box((left, drawn.y.start), (right, drawn.y.end), fill=BAND)
    drawn.rule_y(drawn.y.low, drawn.y.high)
    drawn.rule_months(rows[0].first, rows[-1].last)
    drawn.drawing.text((left + 4, drawn.y.start - 5), say("baseline", language))
    drawn.legend([(say("chart.cusum.legend", language, unit=unit), BLUE, "")])
    points: list[tuple[float, float] | None] = []
    for before, row, total in zip([rows[0], *rows], rows, sums.tolist(), strict=False):
        if (row.first - before.last).days > 1:  # what lies between was not looked at
            points.append(None)
        points.append(_at(drawn, row, total))
    drawn.drawing.line((left, drawn.y(0)), (drawn.x.end, drawn.y(0)), colour=SOFT)
    drawn.drawing.path(points, colour=BLUE, width=1.6)
    return drawn.drawing.markup()


def scatter(plant: Plant, claim: ClaimStatement, language: Language) -> Markup | None:
    """Use against the driver that explains most, both periods, with the model's line."""
    driver = main_driver(claim)
    if driver is None:
        return None
    parts = {
        part: [(r.drivers[driver] or 0.0, r.actual or 0.0) for r in claim.part(part) if r.is_used]
        for part in PARTS
    }
    at = [x for points in parts.values() for x, _ in points]
    across = spread(at, zero=min(at) < 0.4 * max(at), room=0.03)
    model = _model_line(claim, driver, across)
    used = [y for points in (*parts.values(), model) for _, y in points]
    drawn = frames.frame(
        say("chart.scatter", language),
        HALF,
        x=across,
        y=spread(used, zero=min(used) < 0.4 * max(used)),
        language=language,
    )
    drawn.rule_y(drawn.y.low, drawn.y.high)
    drawn.rule_x(drawn.x.low, drawn.x.high, 5)
    for x, y in parts["baseline"]:
        drawn.drawing.dot(drawn(x, y), radius=1.7, colour=GREY, fill=PAPER)
    for x, y in parts["reporting"]:
        drawn.drawing.dot(drawn(x, y), radius=1.9, colour=BLUE)
    drawn.drawing.path([drawn(x, y) for x, y in model], colour=AMBER, width=1.6, dash="5 3")
    drawn.legend(
        [(say(part, language), c, frames.DOTS) for part, c in zip(PARTS, (GREY, BLUE), strict=True)]
    )
    words = f"{quantity_name(plant, driver, language)}, {formats.unit(plant.quantity_unit(driver))}"
    drawn.drawing.text((drawn.x.end, drawn.y.start - 5), words, anchor="end")
    return drawn.drawing.markup()


def main_driver(claim: ClaimStatement) -> str | None:
    """The driver of the model with the largest |t|, none that comes from the date."""
    model = claim.verified.outcome.model
    if model is None:
        return None
    t = dict(zip(model.fit.names, np.abs(np.nan_to_num(model.fit.t)).tolist(), strict=True))
    drivers = [name for name in model.fit.drivers if name not in CALENDAR]
    return max(drivers, key=lambda name: t[name], default=None)


def _model_line(
    claim: ClaimStatement, driver: str, across: tuple[float, float]
) -> list[tuple[float, float]]:
    """The baseline's performance along one driver, the others at their median there."""
    outcome = claim.verified.outcome
    model = outcome.model
    assert model is not None  # noqa: S101 - it has a driver
    used = [row for row in claim.part("baseline") if row.is_used]
    middle = [float(np.median([row.drivers[n] or 0.0 for row in used])) for n in model.fit.drivers]
    along = np.linspace(*across, LINE_POINTS)
    matrix = np.tile(middle, (LINE_POINTS, 1))
    matrix[:, model.fit.drivers.index(driver)] = along
    expected = model.fit.expect(matrix) * outcome.factor
    return list(zip(along.tolist(), expected.tolist(), strict=True))


def _at(drawn: frames.Frame, row: Row, value: float | None) -> Point | None:
    if value is None:
        return None
    middle = (row.first.toordinal() + row.last.toordinal() + 1) / 2
    return drawn(middle, value)
