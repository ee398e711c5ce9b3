"""Charts as plain dicts for plotly.js, each with its name, a sentence and the table behind it.

Colours are the style sheet's (``var(--…)``): the browser puts in those of its theme. Whatever a
colour says, a dash, a marker or a shade says too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple, TypeGuard
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, field_validator

from dashboards import formats
from dashboards.formats import LONGEST, Language
from dashboards.now import Tile
from dashboards.tables import Table
from dashboards.words import say_or
from plant.calendar import from_ms

_FONT = "var(--font)"
NEAR = 0.025  # of an axis: labels closer to each other are read as one number
DIGIT_PX, MARK_PX = 6.4, 3.2  # of a tick's text
BESIDE_PX = 8  # it
TICKS = 4  # at least, on an axis
MOST_LABELS = 4  # side by side; of more, the first and the last


class Drawing(BaseModel):
    """A figure for plotly.js and what it says to those who do not see it."""

    model_config = ConfigDict(frozen=True)
    key: str
    name: str
    sentence: str
    figure: dict[str, Any]

    @field_validator("figure")
    @classmethod
    def _without_empty_scale(cls, figure: dict[str, Any]) -> dict[str, Any]:
        """Where no value stands, an axis would show numbers that nothing has."""
        layout = figure["layout"]
        if layout.get("shapes") or any(map(_has_values, figure["data"])):
            return figure | {"layout": _with_room(layout, figure["data"])}
        nothing = {"showticklabels": False, "showgrid": False, "zeroline": False}
        return figure | {"layout": layout | {"yaxis": layout["yaxis"] | nothing}}


def _has_values(trace: dict[str, Any]) -> bool:
    """A shade down to zero has only those of its line."""
    rows = trace.get("z") or ([] if trace.get("fill") == "tozeroy" else [trace["y"]])
    return any(value is not None for row in rows for value in row)


def _with_room(layout: dict[str, Any], traces: list[dict[str, Any]]) -> dict[str, Any]:
    """A margin that the longest number of an axis of numbers at the right fits into."""
    axis = layout["yaxis"]
    if axis.get("side") != "right" or "type" in axis or "tickvals" in axis:
        return layout
    lines = [shape for shape in layout.get("shapes", ()) if shape["yref"] == "y"]
    tops = [*(axis.get("range") or ()), *(line[end] for line in lines for end in ("y0", "y1"))]
    for trace in traces:
        base = trace.get("base") or [0.0] * len(trace["y"])
        tops += [y + (at or 0.0) for y, at in zip(trace["y"], base, strict=True) if y is not None]
    if not tops:
        return layout
    spread = max(tops) - min([0.0, *tops] if axis.get("rangemode") == "tozero" else tops)
    places = -math.floor(math.log10(spread / TICKS)) if spread > 0 else 0
    longest = f"{max(map(abs, tops)):,.{max(places, 0)}f}"
    digits = sum(map(str.isdigit, longest))
    room = math.ceil(DIGIT_PX * digits + MARK_PX * (len(longest) - digits) + BESIDE_PX)
    margin = layout["margin"]
    return layout | {"margin": margin | {"r": max(margin["r"], room)}}


class Sign(NamedTuple):
    """Something at a place of the x axis. share: how far along the axis, from 0 to 1."""

    x: str | float
    share: float
    label: str
    hover: str = ""


class Chart(Drawing):
    """A drawing with the numbers behind it."""

    table: Table


def local_texts(times_ms: list[int], zone: ZoneInfo) -> list[str]:
    """Instants as wall-clock texts for an axis, all with the offset of the last: plotly.js knows
    no zones, and a clock that is set back must not draw backwards."""
    if not times_ms:
        return []
    offset = from_ms(times_ms[-1], zone).utcoffset() or timedelta()
    shift_ms = offset // timedelta(milliseconds=1)
    return [f"{from_ms(at + shift_ms):%Y-%m-%d %H:%M:%S}" for at in times_ms]


def day_ticks(language: Language) -> str:
    """How an axis of time writes its days."""
    return "%-d/%-m" if language == "vi" else "%-d %b"


def resource_name(tile: Tile, language: Language) -> str:
    """What a resource is called: as the plant says, else in the reader's language, else its id."""
    return tile.name or say_or(f"resource.{tile.resource}", language, tile.resource)


def plain_layout(language: Language, *, bottom: int) -> dict[str, Any]:
    """A layout without frame, legend or tools: a chart beside its number, not a workbench."""
    axis = {
        "fixedrange": True,
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "tickfont": {"size": 11, "color": "var(--ink-soft)"},
        # Ticks in full, with as many digits as tell them apart; nobody must guess what k is.
        "exponentformat": "none",
        "separatethousands": True,
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
            "ticks": "",
            "ticklabelstandoff": 4,
        },
    }


def wide_layout(language: Language, *, x_title: str = "", bottom: int = 30) -> dict[str, Any]:
    """A layout for a chart that stands alone: a grid to read values from, a name for its axis."""
    layout = plain_layout(language, bottom=bottom + (16 if x_title else 0))
    layout["margin"] |= {"l": 8, "r": 56, "t": 14}
    layout["hovermode"] = "closest"
    layout["xaxis"] |= {"showgrid": True, "gridcolor": "var(--grid)", "ticklen": 4}
    if x_title:
        layout["xaxis"]["title"] = {
            "text": x_title,
            "standoff": 6,
            "font": {"size": 11, "color": "var(--ink-soft)"},
        }
    return layout


def drawable(values: Sequence[float | None]) -> list[float | None]:
    """Numbers for a figure: six digits are more than any screen shows.

    What is too large to be true breaks the line, or it would press all else flat; the table has it.
    """
    return [float(f"{value:.6g}") if fits_chart(value) else None for value in values]


def fits_chart(value: float | None) -> TypeGuard[float]:
    """Whether a value is one, and of a size that a plant can have."""
    return value is not None and abs(value) < LONGEST


def mark_trace(colour: str) -> dict[str, Any]:
    """The last trace of a linked chart: the point that is pointed at, here or in another chart."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [],
        "y": [],
        "hoverinfo": "skip",
        "marker": {
            "size": 15,
            "symbol": "circle-open",
            "color": f"var(--{colour})",
            "line": {"width": 3, "color": "var(--ink)"},
        },
    }


def hovers(
    heads: Sequence[str], values: Sequence[float | None], *, unit: str, language: Language
) -> dict[str, Any]:
    """What stands beside the pointer at each value (n,), written as in the table behind it."""
    told = [formats.quantity(value, unit, language) for value in values]
    return hovering([f"{head}<br><b>{one}</b>" for head, one in zip(heads, told, strict=True)])


def hovering(texts: Sequence[Any]) -> dict[str, Any]:
    """What stands beside the pointer at each value, in words."""
    return {"customdata": texts, "hovertemplate": "%{customdata}<extra></extra>"}


def upright(
    x: str | float, label: str, *, dash: str = "dot"
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A vertical line at a place of the x axis, and the sign at its head."""
    line = {
        "type": "line",
        "layer": "below",
        "xref": "x",
        "yref": "paper",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "line": {"color": "var(--ink-soft)", "width": 1, "dash": dash},
    }
    sign = {
        "xref": "x",
        "yref": "paper",
        "x": x,
        "y": 1,
        "yanchor": "bottom",
        "showarrow": False,
        "text": label,
        "font": {"size": 11, "color": "var(--ink-soft)"},
    }
    return line, sign


def limit_line(limit: float) -> dict[str, Any]:
    """What a permit or the plant file allows, across the chart."""
    return {
        "type": "line",
        "xref": "paper",
        "yref": "y",
        "x0": 0,
        "x1": 1,
        "y0": limit,
        "y1": limit,
        "line": {"color": "var(--alarm)", "width": 1.5, "dash": "dash"},
    }


def put_signs(layout: dict[str, Any], signs: Sequence[Sign]) -> None:
    """Put an upright line for each sign into a layout, and its label at the line's head.

    Neighbours that could not be told apart have one label: "2, 3".
    """
    groups: list[list[Sign]] = []
    for sign in sorted(signs, key=lambda sign: sign.share):
        if groups and sign.share - groups[-1][-1].share < NEAR:
            groups[-1].append(sign)
        else:
            groups.append([sign])
    shapes, annotations = layout.setdefault("shapes", []), layout.setdefault("annotations", [])
    for group in groups:
        shapes += [upright(x, "")[0] for x in dict.fromkeys(sign.x for sign in group)]
        _, head = upright(group[len(group) // 2].x, _joined([sign.label for sign in group]))
        hover = "<br>".join(sign.hover for sign in group if sign.hover)
        annotations.append(head | ({"hovertext": hover} if hover else {}))


def _joined(labels: list[str]) -> str:
    if len(labels) > MOST_LABELS:
        return f"{labels[0]}–{labels[-1]}"
    return ", ".join(labels)
