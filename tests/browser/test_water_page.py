"""The Water page as a person sees it, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.server("chromium"), pytest.mark.slow]
Looked = Callable[..., Any]
SIZES = {"desktop": (1440, 900), "phone": (390, 844), "wall": (1920, 1080)}
CHARTS = 4  # balance, uses, treatment, pH


@pytest.mark.parametrize(("size", "lang"), [("desktop", "en"), ("phone", "vi"), ("wall", "vi")])
def test_it_opens_without_complaint_and_asks_no_other_host(
    looked: Looked, lang: str, size: str
) -> None:
    watched = looked(*SIZES[size])
    wall = "&wall=1" if size == "wall" else ""
    page = watched.look("water", f"?lang={lang}{wall}", charts=CHARTS)
    assert page.inner_text("#title") == {"en": "Water", "vi": "Nước"}[lang]
    assert "{" not in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert watched.complaints == []
    assert watched.strangers == []


def test_estimates_are_hatched_and_a_gap_is_a_gap(looked: Looked) -> None:
    page = looked().look("water", "?lang=en", charts=CHARTS)
    traces = page.evaluate(
        "document.querySelector('.canvas').data.map(t => [t.name, t.marker?.pattern?.shape, t.y])"
    )
    by_name = {name: (shape, y) for name, shape, y in traces}
    assert set(by_name["dryer (estimated)"][0]) == {"/"}
    assert "" in by_name["Discharge"][0]
    assert by_name["Discharge"][1][-4] is None
    assert by_name["Unexplained"][1][-4] is None
    assert "Days not known: 1." in page.inner_text(".sentence >> nth=0")


def test_the_page_says_what_is_unexplained_and_how_near_the_permit_is(looked: Looked) -> None:
    page = looked().look("water", "?lang=en&days=14", charts=CHARTS)
    facts = page.inner_text(".facts")
    assert "Unexplained" in facts
    assert "of what came in, over 13 days" in facts
    assert "dryer (estimated)" in facts
    assert "of the 1,300 m³ allowed (dashed); days above it: " in page.inner_text("#blocks")
    assert "allowed 5.50 – 9.00 (dashed)" in page.inner_text("#blocks")


def test_each_chart_has_its_table_behind_it(looked: Looked) -> None:
    page = looked().look("water", "?lang=vi&days=14", charts=CHARTS)
    for number, rows in enumerate((14, 14, 14, 168)):
        page.locator(".behind").nth(number).click()
        expect(page.locator("dialog[open] tbody tr")).to_have_count(rows)
        page.keyboard.press("Escape")


def test_blocks_stand_beside_each_other_on_paper_however_wide_it_calls_itself(
    looked: Looked,
) -> None:
    page = looked(800, 900).look("water", "?lang=en&days=14", charts=CHARTS)
    tops = "[...document.querySelectorAll('.blocks > .half')].map(b => b.offsetTop)"
    assert len(set(page.evaluate(tops))) == len(page.evaluate(tops)) > 1, "one below the other"
    page.emulate_media(media="print")
    first, second, *_ = page.evaluate(tops)
    assert first == second


def test_a_wide_window_prints_its_charts_whole(looked: Looked) -> None:
    """A chart wider than the sheet was cut off at its edge."""
    page = looked(2560, 1200).look("water", "?lang=en", charts=CHARTS)
    widest = "Math.max(...[...document.querySelectorAll('.main-svg')].map(s => s.clientWidth))"
    width = page.evaluate(widest)
    assert width > 1500
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.wait_for_function(f"{widest} < 1000")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.wait_for_function(f"{widest} === {width}")
