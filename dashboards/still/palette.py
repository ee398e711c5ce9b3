"""The style sheet's colours, for a renderer that reads no style sheet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from matplotlib.colors import to_rgba

Colour = tuple[float, float, float, float]
_ROOT = re.compile(r":root\s*\{(.*?)\}", re.DOTALL)
_NAMED = re.compile(r"(--[\w-]+):\s*([^;]+);")
_REFERENCE = re.compile(r"var\((--[\w-]+)\)")
_MIXED = re.compile(r"rgba?\((\d+)[ ,]+(\d+)[ ,]+(\d+)[ ,/]+([\d.]+)(%?)\)")


@cache
def light() -> Mapping[str, str]:
    """The colours of the light theme by name: paper is white."""
    text = files("dashboards").joinpath("static", "base.css").read_text("utf-8")
    found = _ROOT.search(text)
    return dict(_NAMED.findall(found[1])) if found else {}


@cache
def colour(text: str) -> Colour:
    """A colour of a figure; KeyError for a name that the style sheet does not have."""
    if found := _REFERENCE.fullmatch(text):
        return colour(light()[found[1]].strip())
    if mixed := _MIXED.fullmatch(text):
        red, green, blue = (int(part) / 255 for part in mixed.groups()[:3])
        alpha = float(mixed[4]) / (100 if mixed[5] else 1)
        return red, green, blue, alpha
    red, green, blue, alpha = to_rgba(text)
    return red, green, blue, alpha
