"""One quality value by the hour, between its least and most, with what the permit allows."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from dashboards import formats
from dashboards.charts import (
    Drawing,
    day_ticks,
    drawable,
    hovering,
    limit_line,
    local_texts,
    wide_layout,
)
from dashboards.formats import Language
from dashboards.remarks import Place, mark, with_marks
from dashboards.water.names import quality_name
from dashboards.water.result import Quality, Water
from dashboards.words import say


def quality_chart(page: Water, quality: Quality, language: Language) -> Drawing:
    """The mean of each hour in its band; an hour without readings breaks both."""
    layout = wide_layout(language)
    layout["xaxis"] |= {"type": "date", "tickformat": day_ticks(language), "nticks": 8}
    layout["yaxis"] |= {"nticks": 5, "range": _range(quality)}
    limits = [limit for limit in (quality.low, quality.high) if limit is not None]
    layout["shapes"] = [limit_line(limit) for limit in limits]
    unit = formats.unit(quality.unit)
    name = quality_name(quality, language)
    zone = ZoneInfo(page.plant.timezone)
    times = local_texts(quality.hours, zone)
    marked = mark(layout, page.notes, _hour_of(page, quality))
    mean = {
        "type": "scatter",
        "mode": "lines",
        "x": times,
        "y": drawable(quality.mean),
        "connectgaps": False,
        "line": {"color": "var(--ink)", "width": 1.75},
        **hovering(
            [
                f"{formats.moment(at, language, zone=zone)}"
                f"<br><b>{told(quality, mean, language)}</b>"
                for at, mean in zip(quality.hours, quality.mean, strict=True)
            ]
        ),
    }
    return Drawing(
        key=f"quality-{quality.meter}-{quality.point}",
        name=say("chart.quality.name", language, quality=name, unit=unit),
        sentence=with_marks(_sentence(quality, language), marked, language),
        figure={"data": [*_band(quality, times), mean], "layout": layout},
    )


def _hour_of(page: Water, quality: Quality) -> Place:
    zone = ZoneInfo(page.plant.timezone)

    def place(time_ms: int) -> tuple[str, float] | None:
        if not quality.hours or time_ms < quality.hours[0]:
            return None
        first_ms, last_ms = quality.hours[0], quality.hours[-1]
        share = (time_ms - first_ms) / max(last_ms - first_ms, 1)
        return local_texts([time_ms, last_ms], zone)[0], share

    return place


def allowed(quality: Quality, language: Language) -> str:
    """What the permit allows of it."""
    high = told(quality, quality.high, language)
    if quality.low is None:
        return f"≤ {high}"
    return f"{formats.number(quality.low, language)} – {high}"


def told(quality: Quality, value: float | None, language: Language) -> str:
    """A value with its unit; pH is its own."""
    unit = "" if quality.unit == "pH" else quality.unit
    return formats.quantity(value, unit, language).strip()


def is_beyond(quality: Quality, value: float | None) -> bool:
    """Whether a value is outside what the permit allows."""
    low, high = quality.low, quality.high
    if value is None:
        return False
    return (low is not None and value < low) or (high is not None and value > high)


def _range(quality: Quality) -> list[float] | None:
    """From the least to the most of values and limits, with some air."""
    values = [
        v for v in (*quality.least, *quality.most, quality.low, quality.high) if v is not None
    ]
    if not values:
        return None
    low, high = min(values), max(values)
    pad = 0.08 * max(high - low, 0.05 * abs(high), 1e-9)
    return [0.0 if quality.low is None and low >= 0 else low - pad, high + pad]


def _band(quality: Quality, times: list[str]) -> list[dict[str, Any]]:
    """From the least to the most of each hour, broken where nothing was read."""
    stretches: list[list[int]] = [[]]
    for i, value in enumerate(quality.least):
        if value is not None:
            stretches[-1].append(i)
        elif stretches[-1]:
            stretches.append([])
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [times[i] for i in (*part, *reversed(part))],
            "y": drawable(
                [*(quality.most[i] for i in part), *(quality.least[i] for i in reversed(part))]
            ),
            "fill": "toself",
            "fillcolor": "var(--band-strong)",
            "line": {"width": 0},
            "hoverinfo": "skip",
        }
        for part in stretches
        if len(part) > 1
    ]


def _sentence(quality: Quality, language: Language) -> str:
    known = [value for value in quality.mean if value is not None]
    if not known:
        return say("chart.quality.empty", language)
    ends = [value for value in (*quality.least, *quality.most) if value is not None]
    said = say(
        "chart.quality.sentence",
        language,
        **formats.extent(ends, quality.unit, language),
        allowed=allowed(quality, language),
        beyond=quality.beyond_hours,
        count=len(known),
    )
    unknown = len(quality.mean) - len(known)
    return f"{said} {say('chart.heat.unknown', language, count=unknown)}" if unknown else said
