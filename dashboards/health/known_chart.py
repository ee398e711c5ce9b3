"""How well each meter is known through the page's interval: a row a meter, stronger is worse."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from dashboards import formats
from dashboards.charts import Drawing, day_ticks, hovering, local_texts, wide_layout
from dashboards.formats import Language
from dashboards.health.result import DataHealth, Known
from dashboards.remarks import Place, mark, with_marks
from dashboards.words import say

COLOURS = ("var(--grid)", "var(--amber)", "var(--rose)", "var(--ink)")  # of each Known


def known_chart(page: DataHealth, language: Language) -> Drawing:
    """Each step of each meter by the worst of its quarter hours."""
    zone = ZoneInfo(page.plant.timezone)
    layout = _layout([meter.name for meter in page.meters], language)
    marked = mark(layout, page.notes, _time_of(page, zone))
    return Drawing(
        key="known",
        name=say("chart.known.name", language),
        sentence=with_marks(_sentence(page, language), marked, language),
        figure={"data": [_steps(page, zone, language)], "layout": layout},
    )


def _layout(names: list[str], language: Language) -> dict[str, Any]:
    layout = wide_layout(language)
    layout["margin"] |= {"l": 8, "r": 8, "t": 8}
    layout["xaxis"] |= {"type": "date", "showgrid": False, "nticks": 5, "tickangle": 0}
    layout["xaxis"]["tickformat"] = day_ticks(language)
    layout["yaxis"] |= {
        "type": "category",
        "side": "left",
        "autorange": "reversed",
        "showgrid": False,
        "automargin": True,
        "tickmode": "array",
        "tickvals": names,
        "ticktext": names,
    }
    return layout


def _steps(page: DataHealth, zone: ZoneInfo, language: Language) -> dict[str, Any]:
    """The heat map: a row a meter, a cell a step."""
    levels = len(COLOURS)
    starts = list(range(page.span.start_ms, page.span.end_ms, page.step_ms))
    moments = [formats.moment(at, language, zone=zone) for at in starts]
    words = [say(f"known.{level.name}", language) for level in Known]
    return {
        "type": "heatmap",
        "x": local_texts(starts, zone),
        "y": [meter.name for meter in page.meters],
        "z": [[int(level) for level in meter.course] for meter in page.meters],
        "zmin": -0.5,
        "zmax": levels - 0.5,
        "colorscale": [
            [at, colour]
            for level, colour in enumerate(COLOURS)
            for at in (level / levels, (level + 1) / levels)
        ],
        "showscale": False,
        "xgap": 1,
        "ygap": 2,
        **hovering(
            [
                [
                    f"{meter.name}<br>{moment}<br><b>{words[level]}</b>"
                    for moment, level in zip(moments, meter.course, strict=True)
                ]
                for meter in page.meters
            ]
        ),
    }


def _time_of(page: DataHealth, zone: ZoneInfo) -> Place:
    """Where an instant lies; before the first step it is the first."""
    start_ms, end_ms = page.span.start_ms, page.span.end_ms

    def place(time_ms: int) -> tuple[str, float] | None:
        if time_ms >= end_ms:
            return None
        at_ms = max(time_ms, start_ms)
        return local_texts([at_ms, end_ms], zone)[0], (at_ms - start_ms) / (end_ms - start_ms)

    return place


def _sentence(page: DataHealth, language: Language) -> str:
    if not page.meters:
        return say("chart.known.empty", language)
    scale = say("chart.known.scale", language)
    found = [(meter.slots.percent(meter.slots.missing), meter) for meter in page.meters]
    worst, meter = max(found, key=lambda item: item[0] or 0.0)
    if not worst:
        return f"{say('chart.known.whole', language)} {scale}"
    told = say(
        "chart.known.worst",
        language,
        meter=meter.name,
        percent=formats.percent(worst, language),
    )
    return f"{told} {scale}"
