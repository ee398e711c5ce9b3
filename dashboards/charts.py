"""Charts as plain dicts for plotly.js, each with its name, a sentence and the table behind it.

Colours are the style sheet's (``var(--…)``): the browser puts in those of its theme. Whatever a
colour says, a dash, a marker or a shade says too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from dashboards import formats
from dashboards.formats import Language
from dashboards.now import History, Month, Tile, Trace
from dashboards.words import say, say_or
from plant.calendar import from_ms

_FONT = "var(--font)"
_MINUTE_MS = 60_000
_LEAST_SPREAD = 0.25  # of the mean: a smaller spread is not blown up to fill the chart


class Table(BaseModel):
    """The numbers behind a chart, as a reader of the language would have them."""

    model_config = ConfigDict(frozen=True)
    columns: list[str]
    rows: list[list[str]]


class Chart(BaseModel):
    """A figure for plotly.js and what it says to those who do not see it."""

    model_config = ConfigDict(frozen=True)
    key: str
    name: str
    sentence: str
    figure: dict[str, Any]
    table: Table


def local_texts(times_ms: list[int], zone: ZoneInfo) -> list[str]:
    """Instants as wall-clock texts for an axis, all with the offset of the last: plotly.js knows
    no zones, and a clock that is set back must not draw backwards."""
    if not times_ms:
        return []
    offset = from_ms(times_ms[-1], zone).utcoffset() or timedelta()
    shift_ms = offset // timedelta(milliseconds=1)
    return [f"{from_ms(at + shift_ms):%Y-%m-%d %H:%M:%S}" for at in times_ms]


def steps_of(trace: Trace) -> list[int]:
    """The middle of each step of a trace [ms]."""
    middle = trace.start_ms + trace.step_ms // 2
    return [middle + trace.step_ms * i for i in range(len(trace.values))]


def rate(tile: Tile, language: Language, zone: ZoneInfo) -> Chart:
    """The last two hours of a resource's rate; a gap breaks the line, an estimate is dotted."""
    trace, unit = tile.trace, formats.unit(tile.rate.unit)
    name = resource_name(tile, language)
    layout = _layout(language, bottom=18)
    layout["xaxis"] |= {"type": "date", "dtick": 30 * _MINUTE_MS, "tickformat": "%H:%M"}
    layout["xaxis"]["range"] = _window(trace, zone)
    layout["yaxis"] |= {"rangemode": "tozero", "nticks": 4}
    return Chart(
        key=f"rate-{tile.resource}",
        name=say("chart.rate.name", language, resource=name),
        sentence=_rate_sentence(tile, language),
        figure={"data": _rate_lines(tile, language, zone), "layout": layout},
        table=_rate_table(trace, f"{name}, {unit}", language, zone=zone),
    )


def _rate_lines(tile: Tile, language: Language, zone: ZoneInfo) -> list[dict[str, Any]]:
    """The line, the shade below it, and the dots of what is estimated."""
    trace, unit, colour = tile.trace, formats.unit(tile.rate.unit), f"var(--{tile.colour})"
    scatter: dict[str, Any] = {
        "type": "scatter",
        "mode": "lines",
        "x": local_texts(steps_of(trace), zone),
        "connectgaps": False,
    }
    hover = f"%{{x|%H:%M}}  <b>%{{y:,.4~g}}</b> {unit}"
    line: dict[str, Any] = {
        "y": trace.values,
        "line": {"color": colour, "width": 1.75},
        "hovertemplate": f"{hover}<extra></extra>",
    }
    shade: dict[str, Any] = {
        # plotly.js shades across a gap; shaded down to the axis, the gap stays one.
        "y": [value or 0.0 for value in trace.values],
        "fill": "tozeroy",
        "fillcolor": f"var(--{tile.colour}-soft)",
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    dots: dict[str, Any] = {
        "y": trace.estimates,
        "line": {"color": colour, "width": 1.25, "dash": "dot"},
        "hovertemplate": f"{hover}, {say('quality.estimated', language)}<extra></extra>",
    }
    parts = [line, shade, dots] if any(v is not None for v in trace.estimates) else [line, shade]
    return [scatter | part for part in parts]


def _rate_table(trace: Trace, column: str, language: Language, *, zone: ZoneInfo) -> Table:
    """One row for every five minutes, or for each step where that is longer."""
    every = max(1, 5 * _MINUTE_MS // trace.step_ms)
    starts = [trace.start_ms + trace.step_ms * i for i in range(len(trace.values))]
    rows = [
        [
            formats.clock(from_ms(start, zone)),
            formats.number(value if value is not None else estimate, language),
            say("quality.estimated", language) if estimate is not None else "",
        ]
        for start, value, estimate in zip(
            starts[::every], trace.values[::every], trace.estimates[::every], strict=True
        )
    ]
    columns = [say("table.time", language), column, say("table.note", language)]
    return Table(columns=columns, rows=rows)


def _window(trace: Trace, zone: ZoneInfo) -> list[str]:
    end_ms = trace.start_ms + trace.step_ms * len(trace.values)
    return local_texts([trace.start_ms, end_ms], zone)


def _rate_sentence(tile: Tile, language: Language) -> str:
    trace, unit = tile.trace, formats.unit(tile.rate.unit)
    estimates = [value for value in trace.estimates if value is not None]
    known = [value for value in trace.values if value is not None] + estimates
    if not known:
        return say("chart.rate.empty", language)
    low, high = formats.number(min(known), language), formats.number(max(known), language)
    said = [say("chart.rate.sentence", language, low=low, high=high, unit=unit)]
    for key, steps in (("estimated", len(estimates)), ("gap", len(trace.values) - len(known))):
        if steps:
            minutes = -(-steps * trace.step_ms // _MINUTE_MS)
            said.append(say(f"chart.rate.{key}", language, minutes=minutes))
    return " ".join(said)


def months(tile: Tile, language: Language) -> Chart:
    """Consumption per unit of product by month, the baseline year shaded and its figure drawn."""
    history = tile.history
    unit = formats.unit(history.unit or "")
    name = resource_name(tile, language)
    labels = [formats.month(month.first, language) for month in history.months]
    layout = _layout(language, bottom=20)
    layout["xaxis"] |= {
        "range": [-0.5, len(labels) - 0.5],
        "tickvals": list(range(len(labels)))[-1::-3][::-1],
        "ticktext": labels[-1::-3][::-1],
    }
    layout["yaxis"] |= {"range": _spread(history), "nticks": 4}
    layout["shapes"] = _baseline_band(history)
    return Chart(
        key=f"months-{tile.resource}",
        name=say("chart.months.name", language, resource=name, unit=unit),
        sentence=_months_sentence(history, language),
        figure={"data": _month_lines(tile, labels, language), "layout": layout},
        table=_months_table(tile, labels, language),
    )


def _month_lines(tile: Tile, labels: list[str], language: Language) -> list[dict[str, Any]]:
    history = tile.history
    points = [
        f"{label}  <b>{formats.quantity(month.specific, history.unit or '', language)}</b>"
        + ("" if month.is_whole else f"  {say('months.unfinished', language)}")
        for label, month in zip(labels, history.months, strict=True)
    ]
    solid = {"color": f"var(--{tile.colour})", "width": 2}
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(range(len(labels))),
        "y": [month.specific for month in history.months],
        "connectgaps": False,
        "line": solid,
        "marker": {
            "size": 6,
            "symbol": ["circle" if m.is_whole else "circle-open" for m in history.months],
            "color": f"var(--{tile.colour})",
            "line": {"width": 2, "color": f"var(--{tile.colour})"},
        },
        "customdata": points,
        "hovertemplate": "%{customdata}<extra></extra>",
    }
    return [*_baseline_lines(history), line]


def _baseline_lines(history: History) -> list[dict[str, Any]]:
    """The baseline year's figure: drawn through it, and dotted beyond it as a mark for the eye."""
    inside = [i for i, month in enumerate(history.months) if month.is_baseline]
    if history.baseline_specific is None or not inside:
        return []
    flat = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
    ends = ((inside[0] - 0.5, inside[-1] + 0.5, "dash"), (inside[-1] + 0.5, None, "dot"))
    last = len(history.months) - 0.5
    return [
        flat
        | {
            "x": [start, last if end is None else end],
            "y": [history.baseline_specific] * 2,
            "line": {"color": "var(--ink-soft)", "width": 1.25, "dash": dash},
        }
        for start, end, dash in ends
    ]


def _baseline_band(history: History) -> list[dict[str, Any]]:
    inside = [i for i, month in enumerate(history.months) if month.is_baseline]
    if not inside:
        return []
    return [
        {
            "type": "rect",
            "layer": "below",
            "xref": "x",
            "yref": "paper",
            "x0": inside[0] - 0.5,
            "x1": inside[-1] + 0.5,
            "y0": 0,
            "y1": 1,
            "fillcolor": "var(--band)",
            "line": {"width": 0},
        }
    ]


def _spread(history: History) -> list[float] | None:
    """The range of the axis: never so narrow that noise looks like news."""
    values = [month.specific for month in history.months if month.specific is not None]
    if history.baseline_specific is not None:
        values.append(history.baseline_specific)
    if not values:
        return None
    low, high = min(values), max(values)
    middle = (low + high) / 2
    half = 0.6 * max(high - low, _LEAST_SPREAD * abs(middle), 1e-9)
    return [max(0.0, middle - half) if low >= 0 else middle - half, middle + half]


def _months_sentence(history: History, language: Language) -> str:
    known = [month for month in history.months if month.specific is not None and month.is_whole]
    if not known:
        return say("chart.months.empty", language)
    least = min(known, key=lambda month: month.specific or 0.0)
    most = max(known, key=lambda month: month.specific or 0.0)
    said = say(
        "chart.months.sentence",
        language,
        low=formats.number(least.specific, language),
        low_month=formats.month(least.first, language),
        high=formats.number(most.specific, language),
        high_month=formats.month(most.first, language),
        unit=formats.unit(history.unit or ""),
    )
    if history.baseline_specific is None:
        return said
    mean = formats.number(history.baseline_specific, language)
    return f"{said} {say('chart.months.baseline', language, mean=mean)}"


def _months_table(tile: Tile, labels: list[str], language: Language) -> Table:
    today, history = tile.today, tile.history
    return Table(
        columns=[
            say("table.month", language),
            f"{resource_name(tile, language)}, {formats.unit(today.unit)}",
            f"{say('table.output', language)}, {today.output_unit or ''}",
            formats.unit(history.unit or ""),
            say("table.note", language),
        ],
        rows=[
            [
                label,
                formats.number(month.amount, language),
                formats.number(month.output, language),
                formats.number(month.specific, language),
                _note(month, language),
            ]
            for label, month in zip(labels, history.months, strict=True)
        ],
    )


def _note(month: Month, language: Language) -> str:
    notes = (
        ("months.baseline", month.is_baseline),
        ("months.unfinished", not month.is_whole),
        ("quality.estimated", month.estimated),
    )
    return ", ".join(say(key, language) for key, holds in notes if holds)


def resource_name(tile: Tile, language: Language) -> str:
    """What a resource is called: as the plant says, else in the reader's language, else its id."""
    return tile.name or say_or(f"resource.{tile.resource}", language, tile.resource)


def _layout(language: Language, *, bottom: int) -> dict[str, Any]:
    axis = {
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "tickfont": {"size": 11, "color": "var(--ink-soft)"},
    }
    return {
        "margin": {"l": 0, "r": 40, "t": 6, "b": bottom},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": _FONT, "color": "var(--ink)"},
        "separators": ",." if language == "vi" else ".,",
        "showlegend": False,
        "dragmode": False,
        "hovermode": "x",
        "hoverlabel": {
            "bgcolor": "var(--panel-high)",
            "bordercolor": "var(--line)",
            "font": {"family": _FONT, "size": 12, "color": "var(--ink)"},
        },
        "xaxis": axis | {"ticks": "", "showspikes": False},
        "yaxis": axis
        | {
            "side": "right",
            "showgrid": True,
            "gridcolor": "var(--grid)",
            "ticklen": 4,
            "tickformat": ",.2~f",
        },
    }
