"""The style sheet has every colour that pages and charts name: without one, a chart's would be
whatever the library takes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dashboards
from dashboards.records import COLOURS, OTHERS
from dashboards.water.charts import COLOURS as OF_FLOWS

FOLDER = Path(dashboards.__file__).parent
SERIES = {*COLOURS.values(), *OTHERS, *OF_FLOWS.values()}
THEMES = re.findall(r":root[^{]*\{([^}]*)\}", (FOLDER / "static" / "base.css").read_text("utf-8"))
THEMED = {"dark by the system": THEMES[1], "dark by choice": THEMES[2]}
NO_COLOUR = {"--series", "--depth", "--name"}  # set by scripts, and what a comment calls one


def names(text: str) -> set[str]:
    return set(re.findall(r"(--[\w-]+):", text))


def test_every_colour_that_is_named_stands_in_the_light_theme() -> None:
    parts = [p for kind in ("py", "js", "css", "html") for p in FOLDER.rglob(f"*.{kind}")]
    asked = {name for p in parts for name in re.findall(r"var\((--[\w-]+)", p.read_text("utf-8"))}
    series = {f"--{one}{shade}" for one in SERIES for shade in ("", "-soft")}
    assert len(asked) > 20
    assert asked | series <= names(THEMES[0]) | NO_COLOUR


@pytest.mark.parametrize("theme", sorted(THEMED))
def test_a_dark_theme_has_every_colour_of_the_light_one(theme: str) -> None:
    assert names(THEMED[theme]) == names(THEMES[0]) - {"--font"}
