"""The Load page as a person sees it, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import wait_for_charts

pytestmark = [pytest.mark.server("chromium"), pytest.mark.slow]
Looked = Callable[..., Any]
SIZES = {"desktop": (1440, 900), "phone": (390, 844), "wall": (1920, 1080)}


@pytest.mark.parametrize(("size", "lang"), [("desktop", "en"), ("phone", "vi"), ("wall", "vi")])
def test_it_opens_without_complaint_and_asks_no_other_host(
    looked: Looked, lang: str, size: str
) -> None:
    watched = looked(*SIZES[size])
    wall = "&wall=1" if size == "wall" else ""
    page = watched.look("load", f"?lang={lang}{wall}", charts=2)
    assert page.inner_text("#title") == {"en": "Load", "vi": "Phụ tải"}[lang]
    assert "{" not in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert watched.complaints == []
    assert watched.strangers == []


def test_a_day_that_is_not_known_has_no_colour_and_is_said(looked: Looked) -> None:
    page = looked().look("load", "?lang=en&resource=water", charts=2)
    cells = "document.querySelector('.canvas').data[0]"
    at = page.evaluate(f"{cells}.x.indexOf('2026-03-06')")
    assert page.evaluate(f"{cells}.z.map(row => row[{at}])") == [None] * 24
    assert "Not known: 24 h" in page.inner_text(".sentence >> nth=0")
    estimates = page.evaluate("document.querySelector('.canvas').data[1].x.length")
    assert f"Partly estimated: {estimates} h." in page.inner_text(".sentence >> nth=0")
    assert estimates > 0


def test_resource_weeks_and_unit_are_chosen_together(looked: Looked) -> None:
    page = looked().look("load", "?lang=en", charts=2)
    page.click("#choices >> text=8 weeks")
    page.wait_for_selector("#choices a[aria-current=true] >> text=8 weeks")
    page.click("#choices >> text=CO₂e")
    page.wait_for_selector("#choices a[aria-current=true] >> text=CO₂e")
    assert "kgCO₂e/h" in page.inner_text(".facts")
    wait_for_charts(page, 2)
    assert page.evaluate("document.querySelector('.canvas').data[0].x.length") == 56
    page.click("#choices >> text=Water")
    page.wait_for_selector("#choices a[aria-current=true] >> text=Water")
    assert "m³/h" in page.inner_text(".facts")  # water has no factor


def test_the_table_behind_the_heatmap_has_a_row_a_day_and_a_column_an_hour(looked: Looked) -> None:
    page = looked().look("load", "?lang=vi&weeks=4", charts=2)
    page.locator(".behind").first.click()
    expect(page.locator("dialog[open] tbody tr")).to_have_count(28)
    expect(page.locator("dialog[open] thead th")).to_have_count(25)
    expect(page.locator("dialog[open] [data-mark=estimated]")).not_to_have_count(0)
