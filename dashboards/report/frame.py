"""The frame of a chart: axes with round numbers, months along time, a legend in the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from dashboards import formats
from dashboards.formats import Language
from dashboards.report.svg import GRID, SOFT, Drawing, Point, Scale, ticks
from plant.calendar import next_month

LEFT, RIGHT, TOP, BOTTOM = 54.0, 10.0, 22.0, 22.0
DOTS = "dots"  # a legend's sign for points
MONTH_WIDTH = 46.0  # room that the name of a month needs


@dataclass(frozen=True, slots=True)
class Frame:
    """A drawing with its two axes; call it with data to have a place in the picture."""

    drawing: Drawing
    x: Scale
    y: Scale
    language: Language

    def __call__(self, x: float, y: float) -> Point:
        return self.x(x), self.y(y)

    def rule_y(self, low: float, high: float) -> None:
        """Horizontal rules with their numbers."""
        found = ticks(low, high, 5)
        places = _places(found)
        for value in found:
            at = self.y(value)
            self.drawing.line((self.x.start, at), (self.x.end, at), colour=GRID)
            words = formats.number(value, self.language, places=places)
            self.drawing.text((self.x.start - 6, at + 3.5), words, anchor="end")

    def rule_x(self, low: float, high: float, most: int = 6) -> None:
        """Numbers below."""
        found = ticks(low, high, most)
        places = _places(found)
        for value in found:
            at = self.x(value)
            self.drawing.line((at, self.y.start), (at, self.y.start + 4), colour=SOFT)
            words = formats.number(value, self.language, places=places)
            self.drawing.text((at, self.y.start + 15), words, anchor="middle")

    def rule_months(self, first: date, last: date) -> None:
        """The first of each month below, as many as have room."""
        starts = []
        at = first if first.day == 1 else next_month(first)
        while at <= last:
            starts.append(at)
            at = next_month(at)
        width = (self.x.end - self.x.start) / max(len(starts), 1)
        every = next(n for n in (1, 2, 3, 6, 12, 24, 60, 600) if n * width >= MONTH_WIDTH)
        for number, start in enumerate(starts):
            place = self.x(start.toordinal())
            is_named = number % every == 0
            self.drawing.line(
                (place, self.y.start), (place, self.y.start + (5 if is_named else 3)), colour=SOFT
            )
            if is_named and place < self.x.end - 8:
                words = formats.month(start, self.language)
                self.drawing.text((place, self.y.start + 15), words, anchor="middle")

    def legend(self, entries: Sequence[tuple[str, str, str]]) -> None:
        """Words with a stroke before each: (words, colour, dash), along the top."""
        at = self.x.start
        for words, colour, dash in entries:
            if dash == DOTS:
                self.drawing.dot((at + 12, 9), radius=2.6, colour=colour)
            else:
                self.drawing.line((at, 9), (at + 18, 9), colour=colour, width=2, dash=dash)
            self.drawing.text((at + 23, 12.5), words)
            at += 23 + 5.6 * len(words) + 18


def frame(
    name: str,
    size: tuple[float, float],
    *,
    x: tuple[float, float],
    y: tuple[float, float],
    language: Language,
) -> Frame:
    """An empty frame for data in the ranges x and y."""
    width, height = size
    drawing = Drawing(width, height, name)
    return Frame(
        drawing,
        Scale(*x, LEFT, width - RIGHT),
        Scale(*y, height - BOTTOM, TOP),
        language,
    )


def days(first: date, last: date) -> tuple[float, float]:
    """The range of an axis of days."""
    return first.toordinal(), (last + timedelta(days=1)).toordinal()


def _places(values: Sequence[float]) -> int:
    """Digits behind the sign that keep neighbours apart."""
    step = min((b - a for a, b in pairwise(values)), default=1.0)
    return next((n for n in range(6) if abs(round(step, n) - step) < 1e-9 * step), 6)
