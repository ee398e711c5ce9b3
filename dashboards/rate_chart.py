"""The chart of a rate over the last two hours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from dashboards import formats
from dashboards.charts import Chart, drawable, local_texts, plain_layout, resource_name
from dashboards.formats import Language
from dashboards.now import Note, Tile, Trace
from dashboards.remarks import mark, told
from dashboards.tables import Cell, Column, Table, column
from dashboards.words import say
from plant.calendar import from_ms

MINUTE_MS = 60_000


def rate(tile: Tile, language: Language, zone: ZoneInfo, *, notes: Sequence[Note] = ()) -> Chart:
    """The last two hours of a resource's rate; a gap breaks the line, an estimate is dotted."""
    trace, unit = tile.trace, formats.unit(tile.rate.unit)
    name = resource_name(tile, language)
    layout = plain_layout(language, bottom=18)
    layout["xaxis"] |= {"type": "date", "dtick": 30 * MINUTE_MS, "tickformat": "%H:%M"}
    layout["xaxis"]["range"] = _window(trace, zone)
    layout["yaxis"] |= {"rangemode": "tozero", "nticks": 4}
    recent = [note for note in notes if note.end_ms >= trace.start_ms]
    marked = mark(layout, recent, lambda at: _place(trace, at, zone))
    told_notes = [told(note, language, zone) for note in marked]
    return Chart(
        key=f"rate-{tile.resource}",
        name=say("chart.rate.name", language, resource=name),
        sentence=" ".join([_rate_sentence(tile, language), *told_notes]),
        figure={"data": _rate_lines(tile, language, zone), "layout": layout},
        table=_rate_table(trace, language, name=name, unit=unit, zone=zone),
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
    hover = f"%{{x|%H:%M}}  <b>%{{y:,.4~r}}</b> {unit}"
    line: dict[str, Any] = {
        "y": drawable(trace.values),
        "line": {"color": colour, "width": 1.75},
        "hovertemplate": f"{hover}<extra></extra>",
    }
    shade: dict[str, Any] = {
        **_shaded(scatter["x"], drawable(trace.values)),
        "fill": "tozeroy",
        "fillcolor": f"var(--{tile.colour}-soft)",
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    dots: dict[str, Any] = {
        "y": drawable(trace.estimates),
        "line": {"color": colour, "width": 1.25, "dash": "dot"},
        "hovertemplate": f"{hover}, {say('quality.estimated', language)}<extra></extra>",
    }
    parts = [line, shade, dots] if any(v is not None for v in trace.estimates) else [line, shade]
    return [scatter | part for part in parts]


def _shaded(x: list[str], y: list[float | None]) -> dict[str, Any]:
    """Down to the axis, and upright where a gap begins or ends: plotly.js shades across gaps."""
    places: list[tuple[str, float]] = []
    for i, (at, value) in enumerate(zip(x, y, strict=True)):
        if value is not None:
            edge = [(at, 0.0)] if i and y[i - 1] is None else []
            places += [*edge, (at, value)]
        else:
            before = [(x[i - 1], 0.0)] if i and y[i - 1] is not None else []
            places += [*before, (at, 0.0)]
    return {"x": [at for at, _ in places], "y": [value for _, value in places]}


def _rate_table(trace: Trace, language: Language, *, name: str, unit: str, zone: ZoneInfo) -> Table:
    """One row for every five minutes, or for each step where that is longer."""
    every = max(1, 5 * MINUTE_MS // trace.step_ms)
    starts = [trace.start_ms + trace.step_ms * i for i in range(len(trace.values))]
    rows: list[list[Cell]] = [
        [
            formats.clock(from_ms(start, zone)),
            value if value is not None else estimate,
            say("quality.estimated", language) if estimate is not None else "",
        ]
        for start, value, estimate in zip(
            starts[::every], trace.values[::every], trace.estimates[::every], strict=True
        )
    ]
    columns = [
        Column(label=say("table.time", language)),
        column(name, unit),
        Column(label=say("table.note", language)),
    ]
    return Table(columns=columns, rows=rows)


def _place(trace: Trace, time_ms: int, zone: ZoneInfo) -> tuple[str, float]:
    """Where an instant lies on the chart's axis, at one of its ends where it is beyond."""
    end_ms = trace.start_ms + trace.step_ms * len(trace.values)
    at_ms = min(max(time_ms, trace.start_ms), end_ms)
    share = (at_ms - trace.start_ms) / max(end_ms - trace.start_ms, 1)
    return local_texts([at_ms, end_ms], zone)[0], share


def _window(trace: Trace, zone: ZoneInfo) -> list[str]:
    end_ms = trace.start_ms + trace.step_ms * len(trace.values)
    return local_texts([trace.start_ms, end_ms], zone)


def _rate_sentence(tile: Tile, language: Language) -> str:
    trace, unit = tile.trace, formats.unit(tile.rate.unit)
    estimates = [value for value in trace.estimates if value is not None]
    known = [value for value in trace.values if value is not None] + estimates
    if not known:
        has_begun = tile.rate.time_ms is not None and tile.rate.time_ms >= trace.start_ms
        return say(f"chart.rate.{'begun' if has_begun else 'empty'}", language)
    low, high = formats.number(min(known), language), formats.number(max(known), language)
    said = [say("chart.rate.sentence", language, low=low, high=high, unit=unit)]
    if tile.rate.lacking:
        said.append(say("chart.rate.lacking", language, meters=", ".join(tile.rate.lacking)))
    for key, steps in (("estimated", len(estimates)), ("gap", len(trace.values) - len(known))):
        if steps:
            minutes = -(-steps * trace.step_ms // MINUTE_MS)
            said.append(say(f"chart.rate.{key}", language, minutes=minutes))
    return " ".join(said)


def steps_of(trace: Trace) -> list[int]:
    """The middle of each step of a trace [ms]."""
    middle = trace.start_ms + trace.step_ms // 2
    return [middle + trace.step_ms * i for i in range(len(trace.values))]
