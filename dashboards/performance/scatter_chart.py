"""Consumption against what it depends on, with the baseline's line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboards import formats
from dashboards.charts import Drawing, drawable, hovers, mark_trace, wide_layout
from dashboards.formats import Language
from dashboards.performance.result import LinePoint, Performance, Point
from dashboards.words import say


def scatter(page: Performance, language: Language) -> Drawing:
    """Each period a point; reporting points stand only where a locked plan judges them."""
    points = shown_points(page)
    unit = formats.unit(page.resource.unit)
    driver = f"{page.driver_name or ''}, {formats.unit(page.driver_unit or '')}"
    per = say(f"per.{page.by}", language)
    layout = wide_layout(language, x_title=f"{driver} {per}")
    layout["yaxis"] |= {"rangemode": "tozero", "nticks": 6}
    layout["xaxis"] |= {"rangemode": "tozero", "nticks": 8}
    name = say(
        "chart.scatter.name",
        language,
        resource=page.resource.called(language),
        unit=unit,
        driver=driver,
    )
    data = [
        *_band(page.model.line if page.model else []),
        *[
            _dots(page, [p for p in points if p.part == part], part=part, language=language)
            for part in ("baseline", "reporting")
        ],
        *_line(page.model.line if page.model else []),
        mark_trace(page.resource.colour),
    ]
    return Drawing(
        key="scatter",
        name=name,
        sentence=_sentence(page, points, language),
        figure={"data": data, "layout": layout},
    )


def shown_points(page: Performance) -> list[Point]:
    """Points that may stand beside the line: a line is an expectation."""
    parts = ("baseline", "reporting") if page.plan.state == "locked" else ("baseline",)
    return [
        p
        for p in page.points
        if p.part in parts and p.consumption is not None and p.driver is not None
    ]


def point_style(part: str, colour: str) -> dict[str, Any]:
    """How points of a part look, in every chart: the baseline hollow and grey."""
    if part == "baseline":
        line = {"width": 1.25, "color": "var(--ink-soft)"}
        return {"size": 6, "symbol": "circle-open", "color": "var(--ink-soft)", "line": line}
    return {"size": 7, "symbol": "diamond", "color": f"var(--{colour})", "opacity": 0.85}


def _dots(
    page: Performance, points: Sequence[Point], *, part: str, language: Language
) -> dict[str, Any]:
    unit = page.driver_unit or ""
    heads = [
        f"{formats.day(point.day, language)}<br>{formats.quantity(point.driver, unit, language)}"
        for point in points
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "ids": [point.day.isoformat() for point in points],
        "x": drawable([point.driver for point in points]),
        "y": drawable([point.consumption for point in points]),
        "marker": point_style(part, page.resource.colour),
        **hovers(
            heads,
            [point.consumption for point in points],
            unit=page.resource.unit,
            language=language,
        ),
    }


def _band(line: Sequence[LinePoint]) -> list[dict[str, Any]]:
    if not line:
        return []
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": drawable([*(p.driver for p in line), *(p.driver for p in reversed(line))]),
            "y": drawable([*(p.high for p in line), *(p.low for p in reversed(line))]),
            "fill": "toself",
            "fillcolor": "var(--band)",
            "line": {"width": 0},
            "hoverinfo": "skip",
        }
    ]


def _line(line: Sequence[LinePoint]) -> list[dict[str, Any]]:
    """Solid where the baseline saw such values, dotted where nothing was seen."""
    flat = {"type": "scatter", "mode": "lines", "hoverinfo": "skip", "connectgaps": False}
    seen = [i for i, point in enumerate(line) if point.is_seen]
    if not seen:
        return []
    first, last = seen[0], seen[-1]
    parts = ((line[: first + 1], "dot"), (line[first : last + 1], "solid"), (line[last:], "dot"))
    return [
        flat
        | {
            "x": drawable([point.driver for point in part]),
            "y": drawable([point.expected for point in part]),
            "line": {"color": "var(--ink)", "width": 2, "dash": dash},
        }
        for part, dash in parts
    ]


def _sentence(page: Performance, points: Sequence[Point], language: Language) -> str:
    if not points:
        return say("chart.scatter.empty", language)
    late = [p for p in points if p.part == "reporting" and p.difference is not None]
    below = sum((p.difference or 0.0) < 0 for p in late)
    said = [
        say("chart.scatter.baseline", language, count=sum(p.part == "baseline" for p in points))
    ]
    if late:
        said.append(say("chart.scatter.below", language, below=below, count=len(late)))
    if page.model is not None and len(page.model.drivers) > 1:
        said.append(say("chart.scatter.others", language))
    if page.model is not None and not page.model.drivers:
        said.append(say("chart.scatter.mean", language))
    return " ".join(said)
