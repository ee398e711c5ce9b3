"""A few strokes of SVG: what the report's charts are drawn with.

Attributes say all, no style sheet is asked, so a printer draws what a browser draws. Lengths are
in units of the view box and rounded to a tenth.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from dashboards.report.markup import Markup, join, tag

INK, SOFT, GRID, PAPER = "#14202a", "#55636f", "#dfe5ea", "#ffffff"
BLUE, AMBER, BAND = "#0a68b4", "#975e00", "#eef3f7"
FONT = "Inter, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
Point = tuple[float, float]


class Scale(NamedTuple):
    """From data to the picture, along one axis."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round values that cover a range, at most so many steps."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def spread(
    values: Iterable[float], *, zero: bool = False, room: float = 0.06
) -> tuple[float, float]:
    """The range of an axis: all values, some room, and zero where it must be seen."""
    found = [*values, *([0.0] if zero else [])]
    low, high = min(found), max(found)
    more = room * (high - low) or abs(high) * room or 1.0
    return (low - more if low or not zero else low), (high + more if high or not zero else high)


class Drawing:
    """A picture that grows stroke by stroke."""

    def __init__(self, width: float, height: float, name: str) -> None:
        self.width, self.height, self.name = width, height, name
        self._parts: list[Markup] = []

    def line(
        self, a: Point, b: Point, *, colour: str = INK, width: float = 1, dash: str = ""
    ) -> None:
        """A straight stroke."""
        self._add(
            "line",
            x1=_short(a[0]), y1=_short(a[1]), x2=_short(b[0]), y2=_short(b[1]),
            stroke=colour, stroke_width=width, stroke_dasharray=dash or None,
        )  # fmt: skip

    def path(
        self,
        points: Sequence[Point | None],
        *,
        colour: str = INK,
        width: float = 1.4,
        dash: str = "",
    ) -> None:
        """A line through points, broken where one is None."""
        runs = [list(run) for known, run in groupby(points, lambda p: p is not None) if known]
        drawn = " ".join(
            "M" + "L".join(f"{_short(x)} {_short(y)}" for x, y in _known(run)) for run in runs
        )
        if drawn:
            self._add(
                "path",
                d=drawn, fill="none", stroke=colour, stroke_width=width,
                stroke_linejoin="round", stroke_dasharray=dash or None,
            )  # fmt: skip
        for run in runs:
            if len(run) == 1:
                self.dot(next(_known(run)), radius=width, colour=colour)

    def dot(
        self, at: Point, *, radius: float = 2, colour: str = INK, fill: str | None = None
    ) -> None:
        """A point; hollow where ``fill`` says so."""
        self._add(
            "circle",
            cx=_short(at[0]), cy=_short(at[1]), r=radius,
            fill=fill or colour, stroke=colour if fill else None,
        )  # fmt: skip

    def box(self, a: Point, b: Point, *, fill: str, colour: str | None = None) -> None:
        """A rectangle between two corners."""
        self._add(
            "rect",
            x=_short(min(a[0], b[0])), y=_short(min(a[1], b[1])),
            width=_short(abs(a[0] - b[0])), height=_short(abs(a[1] - b[1])),
            fill=fill, stroke=colour,
        )  # fmt: skip

    def text(
        self,
        at: Point,
        words: str,
        *,
        anchor: str = "start",
        size: float = 10,
        colour: str = SOFT,
        weight: int | None = None,
    ) -> None:
        """Words at a place."""
        self._parts.append(
            tag(
                "text",
                words,
                x=_short(at[0]),
                y=_short(at[1]),
                font_size=size,
                fill=colour,
                text_anchor=anchor,
                font_weight=weight,
            )
        )

    def markup(self) -> Markup:
        """The picture as an element of a page."""
        return tag(
            "svg",
            tag("title", self.name),
            join(self._parts),
            viewBox=f"0 0 {_short(self.width)} {_short(self.height)}",
            width=_short(self.width),
            height=_short(self.height),
            role="img",
            font_family=FONT,
            xmlns="http://www.w3.org/2000/svg",
        )

    def _add(self, name: str, **attributes: Any) -> None:
        self._parts.append(tag(name, **attributes))


def _known(run: Iterable[Point | None]) -> Iterator[Point]:
    return (point for point in run if point is not None)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
