"""Traces of a figure on matplotlib's axes: lines, areas, points, bars, fields of colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from collector.store.protocol import Floats
from dashboards.still.palette import Colour, colour
from dashboards.still.scales import Scale

PX = 0.75  # points
DASHES: Mapping[str, Any] = {
    "dot": (0, (1, 2)),
    "dash": (0, (5, 3)),
    "dashdot": (0, (5, 2, 1, 2)),
}
MARKERS: Mapping[str, str] = {
    "circle": "o",
    "diamond": "D",
    "square": "s",
    "triangle-up": "^",
    "triangle-down": "v",
    "x": "x",
    "x-thin": "x",
    "cross": "P",
    "line-ne": "$/$",
    "line-ns": "|",
    "line-ew": "_",
}
HATCHES: Mapping[str, str] = {"/": "////", "\\": "\\\\", ".": "...", "x": "xxx"}
STEPS = {"hv": "steps-post", "vh": "steps-pre", "hvh": "steps-mid"}


class Place(NamedTuple):
    """Where traces are drawn: axes, and what values are on them."""

    axes: Axes
    x: Scale
    y: Scale


def draw_trace(place: Place, trace: dict[str, Any]) -> None:
    """One trace; KeyError for a kind that nobody drew yet."""
    if len(trace.get("x", [])):
        KINDS[trace["type"]](place, trace)


def _scatter(place: Place, trace: dict[str, Any]) -> None:
    x, y = place.x.numbers(trace["x"]), place.y.numbers(trace["y"])
    mode = trace.get("mode", "lines")
    if trace.get("fill"):
        _area(place.axes, x, y, trace)
    if "lines" in mode and trace.get("line", {}).get("width", 2):
        _line(place.axes, x, y, trace["line"])
    if "markers" in mode:
        _points(place.axes, x, y, trace["marker"])


def _area(axes: Axes, x: Floats, y: Floats, trace: dict[str, Any]) -> None:
    shade = colour(trace["fillcolor"])
    if trace["fill"] == "toself":
        axes.fill(x, y, color=shade, linewidth=0)
    else:
        axes.fill_between(x, y, 0, color=shade, linewidth=0)


def _line(axes: Axes, x: Floats, y: Floats, line: dict[str, Any]) -> None:
    axes.plot(
        x,
        y,
        color=colour(line["color"]),
        linewidth=PX * line.get("width", 2),
        linestyle=DASHES.get(line.get("dash", "solid"), "-"),
        drawstyle=STEPS.get(line.get("shape", "linear"), "default"),
        solid_capstyle="butt",
    )


def _points(axes: Axes, x: Floats, y: Floats, marker: dict[str, Any]) -> None:
    """Points by the way they look: matplotlib draws one shape at a time."""
    edge = marker.get("line", {})
    shape, size = _each(marker.get("symbol", "circle"), x.size), _each(marker["size"], x.size)
    inside = _each(marker.get("color", edge.get("color", "var(--ink)")), x.size)
    looks = list(zip(shape, size, inside, strict=True))
    for look in dict.fromkeys(looks):
        name, px, fill = look
        at = np.array([one == look for one in looks])
        paint = colour(fill)
        is_open = name.endswith("-open")
        axes.scatter(
            x[at],
            y[at],
            s=(PX * px) ** 2,
            marker=MARKERS[name.removesuffix("-open")],
            facecolors="none" if is_open else [paint],
            edgecolors=[colour(edge["color"]) if "color" in edge else paint],
            linewidths=PX * edge.get("width", 1.5 if is_open else 0.5),
            alpha=marker.get("opacity"),
            zorder=3,
        )


def _bars(place: Place, trace: dict[str, Any]) -> None:
    x, y = place.x.numbers(trace["x"]), np.nan_to_num(place.y.numbers(trace["y"]))
    marker = trace["marker"]
    faces = _each(marker["color"], x.size)
    shares = _each(marker.get("opacity", 1), x.size)
    pattern, rim = marker.get("pattern", {}), marker.get("line", {})
    patterns = _each(pattern.get("shape", ""), x.size)
    stroke = colour(pattern.get("fgcolor", "var(--panel)"))
    base = trace.get("base")
    bottoms = np.zeros(x.size) if base is None else place.y.numbers(_each(base, x.size))
    for at, height, bottom, face, share, shape in zip(
        x, y, bottoms, faces, shares, patterns, strict=True
    ):
        place.axes.bar(
            at,
            height,
            bottom=bottom,
            width=trace.get("width", 0.8),
            color=_faded(colour(face), share),
            hatch=HATCHES.get(shape),
            edgecolor=stroke if shape else "none",
            linewidth=PX * rim.get("width", 0) if shape else 0,
        )


def key_of(trace: dict[str, Any]) -> Artist:
    """How a trace looks in a legend."""
    if trace["type"] != "bar":
        line = trace["line"]
        paint, width = colour(line["color"]), PX * line.get("width", 2)
        return Line2D([], [], color=paint, linewidth=width, label=trace["name"])
    marker = trace["marker"]
    pattern = marker.get("pattern", {})
    shapes = _each(pattern.get("shape", ""), 1)
    return Patch(
        facecolor=colour(_each(marker["color"], 1)[0]),
        hatch=HATCHES.get(shapes[0]),
        edgecolor=colour(pattern.get("fgcolor", "var(--panel)")),
        label=trace["name"],
    )


def _field(place: Place, trace: dict[str, Any]) -> None:
    """A heat map; its values lie in the middle of their cells, as plotly.js has them."""
    x, y = place.x.numbers(trace["x"]), place.y.numbers(trace["y"])
    values = np.array(trace["z"], dtype=np.float64)
    scale = [(at, colour(name)) for at, name in trace["colorscale"]]
    mesh = place.axes.pcolormesh(
        _edges(x),
        _edges(y),
        np.ma.masked_invalid(values),
        cmap=LinearSegmentedColormap.from_list("figure", scale, N=512),
        vmin=trace.get("zmin"),
        vmax=trace.get("zmax"),
        edgecolors=[colour("var(--panel)")],
        linewidth=0.4,
    )
    figure = place.axes.figure
    if figure is not None and trace.get("showscale", True):
        bar = figure.colorbar(mesh, ax=place.axes, pad=0.01, aspect=30)
        bar.outline.set_visible(False)
        bar.ax.tick_params(labelsize=8, labelcolor=colour("var(--ink-soft)"))


def _edges(middles: Floats) -> Floats:
    step = np.diff(middles).mean() if middles.size > 1 else 1.0
    return np.append(middles - step / 2, middles[-1] + step / 2)


def _faded(paint: Colour, share: float) -> Colour:
    return (*paint[:3], paint[3] * share)


def _each(value: Any, count: int) -> list[Any]:
    """One value for each of so many: plotly.js takes one for all, or a list."""
    return list(value) if isinstance(value, list) else [value] * count


KINDS: Mapping[str, Callable[[Place, dict[str, Any]], None]] = {
    "scatter": _scatter,
    "bar": _bars,
    "heatmap": _field,
}
