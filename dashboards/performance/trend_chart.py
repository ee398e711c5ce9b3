"""Consumption per unit of product over time, with the band that the baseline expects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboards import formats
from dashboards.charts import Drawing, drawable, hovers, mark_trace, put_signs, wide_layout
from dashboards.formats import Language
from dashboards.performance.cusum_chart import event_signs
from dashboards.performance.result import Performance, Point
from dashboards.performance.scatter_chart import point_style
from dashboards.words import say

SHOWN_SHARE = 98  # per cent of the points that the scale holds; a day of little output is off it


def trend(page: Performance, language: Language) -> Drawing:
    """Each period's consumption per unit; a period without output has none, which is a gap."""
    unit = formats.unit(page.specific_unit or "")
    told = [point.told(point.specific) for point in page.points]
    known = [value for value in told if value is not None]
    scale = _scale(known)
    layout = wide_layout(language)
    layout["xaxis"] |= {"type": "date", "tickformat": _months(language), "nticks": 9}
    layout["yaxis"] |= {"nticks": 6, "range": scale}
    layout["margin"]["t"] = 22
    put_signs(layout, event_signs(page))
    name = say("chart.trend.name", language, resource=page.resource.called(language), unit=unit)
    data = [
        *_band(page.points),
        *[_dots(page, part=part, language=language) for part in _PARTS],
        mark_trace(page.resource.colour),
    ]
    return Drawing(
        key="trend",
        name=name,
        sentence=_sentence(page, known, language, scale=scale),
        figure={"data": data, "layout": layout},
    )


_PARTS = ("baseline", "between", "reporting")


def _months(language: Language) -> str:
    return "%-m/%y" if language == "vi" else "%b %y"


def _scale(known: Sequence[float]) -> list[float] | None:
    if not known:
        return None
    low, high = min(known), float(np.percentile(known, SHOWN_SHARE))
    pad = 0.15 * max(high - low, 0.1 * abs(high), 1e-9)
    return [max(0.0, low - pad) if low >= 0 else low - pad, high + pad]


def _band(points: Sequence[Point]) -> list[dict[str, Any]]:
    """The interval of one period, divided by its output: broken where nothing is expected."""
    stretches: list[list[Point]] = [[]]
    for point in points:
        is_expected = point.told(point.expected) is not None
        if is_expected and point.output is not None and point.output > 0:
            stretches[-1].append(point)
        elif stretches[-1]:
            stretches.append([])
    return [_filled(stretch) for stretch in stretches if len(stretch) > 1]


def _filled(points: Sequence[Point]) -> dict[str, Any]:
    days = [point.day.isoformat() for point in points]
    high = [(point.told(point.high) or 0.0) / (point.output or 1.0) for point in points]
    low = [(point.told(point.low) or 0.0) / (point.output or 1.0) for point in points]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [*days, *reversed(days)],
        "y": drawable([*high, *reversed(low)]),
        "fill": "toself",
        "fillcolor": "var(--band-strong)",
        "line": {"width": 0},
        "hoverinfo": "skip",
    }


def _dots(page: Performance, *, part: str, language: Language) -> dict[str, Any]:
    points = [point for point in page.points if point.part == part]
    return {
        "type": "scatter",
        "mode": "markers",
        "ids": [point.day.isoformat() for point in points],
        "x": [point.day.isoformat() for point in points],
        "y": drawable([point.told(point.specific) for point in points]),
        "marker": point_style(part, page.resource.colour),
        **hovers(
            [formats.day(point.day, language) for point in points],
            [point.told(point.specific) for point in points],
            unit=page.specific_unit or "",
            language=language,
        ),
    }


def _sentence(
    page: Performance, known: Sequence[float], language: Language, *, scale: list[float] | None
) -> str:
    if not known or scale is None:
        return say("chart.trend.empty", language)
    said = [
        say(
            "chart.trend.sentence",
            language,
            low=formats.number(min(known), language),
            high=formats.number(max(known), language),
            unit=formats.unit(page.specific_unit or ""),
        )
    ]
    if page.model is not None:
        percent = formats.number(page.model.confidence_percent, language, places=0)
        said.append(say("chart.trend.band", language, percent=percent))
    beyond = sum(value > scale[1] for value in known)
    if beyond:
        said.append(say("chart.trend.beyond", language, count=beyond))
    return " ".join(said)
