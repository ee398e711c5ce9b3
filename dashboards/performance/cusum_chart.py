"""The running sum of actual minus expected, with its levels and what happened meanwhile."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from dashboards import formats
from dashboards.charts import (
    Drawing,
    Sign,
    drawable,
    hovering,
    mark_trace,
    put_signs,
    upright,
    wide_layout,
)
from dashboards.formats import Language
from dashboards.performance.result import Performance
from dashboards.words import say
from plant.calendar import local_date


def cusum(page: Performance, language: Language) -> Drawing:
    """The CUSUM of the baseline, and of the reporting period where a lock allows it."""
    unit = formats.unit(page.measure.unit)
    layout = wide_layout(language)
    months = "%-m/%y" if language == "vi" else "%b %y"
    layout["xaxis"] |= {"type": "date", "tickformat": months, "nticks": 9}
    layout["yaxis"] |= {"nticks": 6, "zeroline": True, "zerolinecolor": "var(--ink-soft)"}
    layout["margin"]["t"] = 22
    bends = [upright(level.first.isoformat(), "◆", dash="solid") for level in page.levels[1:]]
    put_signs(layout, event_signs(page))
    layout["shapes"] += [line for line, _ in bends]
    layout["annotations"] += [
        sign | {"y": 0, "yanchor": "bottom", "font": {"size": 10, "color": "var(--ink-soft)"}}
        for _, sign in bends
    ]
    return Drawing(
        key="cusum",
        name=say("chart.cusum.name", language, resource=page.resource.called(language), unit=unit),
        sentence=_sentence(page, language),
        figure={
            "data": [
                _line(page, "baseline", unit=unit, language=language),
                _line(page, "reporting", unit=unit, language=language),
                mark_trace(page.resource.colour),
            ],
            "layout": layout,
        },
    )


def event_signs(page: Performance) -> list[Sign]:
    """Where each event lies, with its number in the table of events."""
    zone, span = ZoneInfo(page.plant.timezone), page.span
    return [
        Sign(
            local_date(event.time_ms, zone).isoformat(),
            (event.time_ms - span.start_ms) / max(span.end_ms - span.start_ms, 1),
            str(number),
        )
        for number, event in enumerate(page.happenings, 1)
    ]


def _line(page: Performance, part: str, *, unit: str, language: Language) -> dict[str, Any]:
    points = [point for point in page.points if point.part == part]
    is_base = part == "baseline"
    colour = "var(--ink-soft)" if is_base else f"var(--{page.resource.colour})"
    return {
        "type": "scatter",
        "mode": "lines",
        "ids": [point.day.isoformat() for point in points],
        "x": [point.day.isoformat() for point in points],
        "y": drawable([point.cusum for point in points]),
        "connectgaps": False,
        "line": {"color": colour, "width": 1.5 if is_base else 2.5},
        **hovering(
            [
                f"{formats.day(point.day, language)}"
                f"<br><b>{formats.signed(point.cusum, language)}</b> {unit}"
                for point in points
            ]
        ),
    }


def _sentence(page: Performance, language: Language) -> str:
    late = [p for p in page.points if p.part == "reporting" and p.cusum is not None]
    said = []
    if late:
        total = late[-1].cusum or 0.0
        said.append(
            say(
                f"chart.cusum.{'less' if total < 0 else 'more'}",
                language,
                amount=formats.quantity(abs(total), page.measure.unit, language),
                day=formats.day(late[-1].day, language),
                first=formats.day(late[0].day, language),
            )
        )
    elif not any(point.cusum is not None for point in page.points):
        return say("chart.cusum.empty", language)
    else:
        said.append(say("chart.cusum.baseline", language))
    if len(page.levels) > 1:
        days = ", ".join(formats.day(level.first, language) for level in page.levels[1:])
        said.append(say("chart.cusum.bends", language, days=days))
    return " ".join(said)
