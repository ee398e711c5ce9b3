"""Axes of a figure: what its values are as numbers, and how ticks are written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, date2num, num2date
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from collector.store.protocol import Floats
from dashboards import formats
from dashboards.formats import Language
from dashboards.still.palette import colour

Side = Literal["x", "y"]


class Scale:
    """One axis of a figure."""

    def __init__(self, side: Side, figure: dict[str, Any], language: Language) -> None:
        self.side = side
        self.layout: dict[str, Any] = figure["layout"].get(f"{side}axis", {})
        self.kind: str = self.layout.get("type", "linear")
        self._language = language
        self._categories = self._named(figure["data"]) if self.kind == "category" else {}

    def _named(self, traces: Sequence[dict[str, Any]]) -> dict[Any, int]:
        """Categories in the order in which they are first named."""
        given = self.layout.get("categoryarray", [])
        used = [value for trace in traces for value in trace.get(self.side, [])]
        return {name: at for at, name in enumerate(dict.fromkeys([*given, *used]))}

    def numbers(self, values: Sequence[Any]) -> Floats:
        """Values of the figure as places on the axis; NaN for none."""
        return np.array([self._number(value) for value in values], dtype=np.float64)

    def _number(self, value: Any) -> float:
        if value is None:
            return float("nan")
        if self.kind == "date":
            return float(date2num(datetime.fromisoformat(value)))  # type: ignore[no-untyped-call]
        if value in self._categories:
            return float(self._categories[value])
        return float(value)

    def dress(self, axes: Axes) -> None:
        """Range, ticks and title of the axis."""
        axis = axes.xaxis if self.side == "x" else axes.yaxis
        self._limit(axes)
        if not self.layout.get("showticklabels", True):
            axis.set_major_locator(FixedLocator([]))
        elif "tickvals" in self.layout:
            places = self.numbers(self.layout["tickvals"])
            axis.set_major_locator(FixedLocator(places.tolist()))
            texts = dict(zip(places.tolist(), self.layout["ticktext"], strict=True))
            axis.set_major_formatter(FuncFormatter(lambda at, _: texts.get(at, "")))
        elif self.kind == "category":
            names = list(self._categories)
            axis.set_major_locator(FixedLocator(range(len(names))))
            axis.set_major_formatter(FuncFormatter(lambda at, _: names[round(at)]))
        elif self.kind == "date":
            most = self.layout.get("nticks", 9)
            axis.set_major_locator(AutoDateLocator(minticks=3, maxticks=most))  # type: ignore[no-untyped-call]
            axis.set_major_formatter(FuncFormatter(self._date))
        else:
            axis.set_major_locator(MaxNLocator(self.layout.get("nticks", 6)))
            axis.set_major_formatter(FuncFormatter(self._text))
        if self.layout.get("showgrid"):
            axis.grid(True, color=colour("var(--grid)"), linewidth=0.8)
        title = self.layout.get("title", {}).get("text", "")
        axis.set_label_text(title, fontsize=8, color=colour("var(--ink-soft)"))

    def _limit(self, axes: Axes) -> None:
        lower, upper = axes.get_xlim() if self.side == "x" else axes.get_ylim()
        given = self.layout.get("range")
        if given:
            lower, upper = self.numbers(given).tolist()
        elif self.layout.get("rangemode") == "tozero":
            lower, upper = min(lower, 0.0), max(upper, 0.0)
        if self.layout.get("autorange") == "reversed":
            lower, upper = max(lower, upper), min(lower, upper)
        (axes.set_xlim if self.side == "x" else axes.set_ylim)(lower, upper)

    def _date(self, at: float, _: int) -> str:
        pattern: str = self.layout.get("tickformat", "%Y-%m-%d")
        return str(num2date(at).strftime(pattern))  # type: ignore[no-untyped-call]

    def _text(self, at: float, _: int) -> str:
        places = next((n for n in range(4) if round(at, n) == round(at, 6)), 3)
        return formats.number(at, self._language, places=places)
