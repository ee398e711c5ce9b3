"""The report in a real browser: nothing is cut off on a phone, a screen or paper."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from dashboards.report.content import Content
from dashboards.report.page import page

pytestmark = [pytest.mark.server("chromium"), pytest.mark.slow]
_PATH = Path(__file__).parents[1] / "collector" / "evidence" / "mill.py"
_SPEC = importlib.util.spec_from_file_location("browser_mill", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
mill = importlib.util.module_from_spec(_SPEC)
sys.modules["browser_mill"] = mill
_SPEC.loader.exec_module(mill)

OVERFLOWING = """
() => [...document.querySelectorAll("main *")]
  .filter(e => !e.closest("svg") && !e.closest("table"))
  .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .map(e => e.tagName + " " + e.className)
"""
TEXT_BEYOND_PICTURE = """
() => [...document.querySelectorAll("svg text")].filter(t => {
  const own = t.getBoundingClientRect(), all = t.closest("svg").getBoundingClientRect();
  return own.left < all.left - 1 || own.right > all.right + 1 || own.bottom > all.bottom + 1;
}).map(t => t.textContent)
"""


@pytest.fixture(scope="module", params=["en", "vi"])
def address(request: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report of the mill in a file."""
    folder = tmp_path_factory.mktemp("report")
    made = mill.Mill(folder / "mill")
    text = page(Content(made.statement(), request.param, "f" * 64, "0.1.0"))
    made.close()
    (folder / "report.html").write_text(text, encoding="utf-8")
    return (folder / "report.html").as_uri()


@pytest.mark.parametrize(("width", "media"), [(390, "screen"), (860, "screen"), (680, "print")])
def test_nothing_reaches_beyond_the_page(browser, address: str, width: int, media: str) -> None:
    asked: list[str] = []
    shown = browser.new_page()
    shown.set_viewport_size({"width": width, "height": 900})
    shown.on("request", lambda request: asked.append(request.url))
    shown.emulate_media(media=media)
    shown.goto(address)
    assert shown.evaluate(OVERFLOWING) == []
    assert shown.evaluate(TEXT_BEYOND_PICTURE) == []
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert asked == [address], "the page asks for nothing but itself"
    shown.close()


def test_every_claim_begins_on_a_sheet_of_its_own(browser, address: str) -> None:
    shown = browser.new_page()
    shown.emulate_media(media="print")
    shown.goto(address)
    parts = "[...document.querySelectorAll('.claim, .ground')]"
    breaks = shown.evaluate(f"{parts}.map(e => getComputedStyle(e).breakBefore)")
    assert breaks == ["page", "page"]
    assert len(shown.pdf(prefer_css_page_size=True)) > 20_000
    shown.close()
