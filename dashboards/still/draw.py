"""A chart as an SVG file, from the dict that plotly.js draws on the pages.

The file says what it is: the chart's name above it, its sentence and where it comes from below.
"""

from __future__ import annotations

import io
import textwrap
import threading
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.transforms import blended_transform_factory

from dashboards.charts import Drawing
from dashboards.formats import Language
from dashboards.still.palette import colour
from dashboards.still.scales import Scale
from dashboards.still.traces import DASHES, PX, Place, draw_trace, key_of

SIZE = (9.6, 4.4)  # inches
LINE = 130  # letters
# Texts stay texts, so that they can be searched and read aloud; the same chart is the same file.
SETTINGS: dict[Any, Any] = {
    "text.parse_math": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "cleanline",
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],
}
_DRAWING = threading.Lock()  # settings are matplotlib's own, for all threads


def still(drawing: Drawing, language: Language, *, origin: str) -> bytes:
    """The chart as SVG. origin: plant and interval, in words."""
    with _DRAWING, mpl.rc_context(SETTINGS):
        figure = Figure(figsize=SIZE, layout="constrained")
        canvas = FigureCanvasSVG(figure)
        axes = figure.subplots()
        _draw(axes, drawing.figure, language)
        figure.suptitle(drawing.name, x=0.01, ha="left", fontsize=10, color=colour("var(--ink)"))
        below = "\n".join([*textwrap.wrap(drawing.sentence, LINE), origin])
        figure.supxlabel(below, x=0.01, ha="left", fontsize=8, color=colour("var(--ink-soft)"))
        buffer = io.BytesIO()
        told = {"Title": drawing.name, "Description": below, "Date": None}
        canvas.print_svg(buffer, metadata=told)  # type: ignore[no-untyped-call]
    return buffer.getvalue()


def _draw(axes: Axes, figure: dict[str, Any], language: Language) -> None:
    x, y = Scale("x", figure, language), Scale("y", figure, language)
    place = Place(axes, x, y)
    for trace in figure["data"]:
        draw_trace(place, trace)
    x.dress(axes)
    y.dress(axes)
    for shape in figure["layout"].get("shapes", []):
        _shape(place, shape)
    for sign in figure["layout"].get("annotations", []):
        _sign(place, sign)
    if figure["layout"].get("showlegend"):
        _legend(axes, figure["data"])
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=8, labelcolor=colour("var(--ink-soft)"))
    axes.spines[:].set_visible(False)
    if y.layout.get("side") == "right":
        axes.yaxis.tick_right()
    if y.layout.get("zeroline"):
        axes.axhline(0, color=colour(y.layout["zerolinecolor"]), linewidth=0.8)


def _legend(axes: Axes, traces: list[dict[str, Any]]) -> None:
    """What each trace that has a name is called, above the frame."""
    axes.legend(
        handles=[key_of(trace) for trace in traces if "name" in trace],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=3,
        frameon=False,
        fontsize=8,
        labelcolor=colour("var(--ink-soft)"),
    )


def _shape(place: Place, shape: dict[str, Any]) -> None:
    """A line or rectangle, its ends on the axes or on the frame."""
    across, up = _frame(place, shape)
    x = _ends(place.x, [shape["x0"], shape["x1"]], shape["xref"])
    y = _ends(place.y, [shape["y0"], shape["y1"]], shape["yref"])
    where = blended_transform_factory(across, up)
    width = PX * shape.get("line", {}).get("width", 1)
    if shape["type"] == "rect":
        corners = ([x[0], x[1], x[1], x[0]], [y[0], y[0], y[1], y[1]])
        paint = colour(shape["fillcolor"])
        place.axes.fill(*corners, color=paint, linewidth=0, zorder=0, transform=where)
        return
    line = shape["line"]
    style = DASHES.get(line.get("dash", "solid"), "-")
    paint = colour(line["color"])
    place.axes.plot(x, y, color=paint, linewidth=width, linestyle=style, transform=where)


def _sign(place: Place, sign: dict[str, Any]) -> None:
    across, up = _frame(place, sign)
    (x,), (y,) = (
        _ends(place.x, [sign["x"]], sign["xref"]),
        _ends(place.y, [sign["y"]], sign["yref"]),
    )
    font = sign.get("font", {})
    place.axes.text(
        x,
        y,
        sign["text"],
        transform=blended_transform_factory(across, up),
        ha="center",
        va="bottom" if sign.get("yanchor") == "bottom" else "center",
        fontsize=PX * font.get("size", 11),
        color=colour(font.get("color", "var(--ink-soft)")),
    )


def _frame(place: Place, part: dict[str, Any]) -> tuple[Any, Any]:
    """What places across and up are counted on: the axes' values, or the frame's width."""
    axes = place.axes
    across = axes.transAxes if part["xref"] == "paper" else axes.transData
    up = axes.transAxes if part["yref"] == "paper" else axes.transData
    return across, up


def _ends(scale: Scale, values: list[Any], ref: str) -> list[float]:
    if ref == "paper":
        return [float(value) for value in values]
    return [float(value) for value in scale.numbers(values)]
