"""The Shift page as a person sees it, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.server("chromium"), pytest.mark.slow]
Looked = Callable[..., Any]
SIZES = {"desktop": (1440, 900), "phone": (390, 844), "wall": (1920, 1080)}
CHARTS = 3  # electricity, water, wastewater


@pytest.mark.parametrize(("size", "lang"), [("desktop", "en"), ("phone", "vi"), ("wall", "vi")])
def test_it_opens_without_complaint_and_asks_no_other_host(
    looked: Looked, lang: str, size: str
) -> None:
    watched = looked(*SIZES[size])
    wall = "&wall=1" if size == "wall" else ""
    page = watched.look("shift", f"?lang={lang}{wall}", charts=CHARTS)
    assert page.inner_text("#title") == {"en": "Shift", "vi": "Ca"}[lang]
    assert {"en": "Morning, 10 Mar 2026", "vi": "Ca sáng, 10/03/2026"}[lang] in page.inner_text(
        ".facts"
    )
    assert "{" not in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if size == "wall":
        assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
    assert watched.complaints == []
    assert watched.strangers == []


def test_one_goes_from_shift_to_shift_and_the_night_is_that_of_its_evening(looked: Looked) -> None:
    page = looked().look("shift", "?lang=en", charts=CHARTS)
    page.click("text=← Night, 9 Mar 2026")
    page.wait_for_selector("#choices a[aria-current=true] >> text=Night, 9 Mar 2026")
    assert "9 Mar 2026 22:00 – 10 Mar 2026 06:00" in page.inner_text(".facts h3")
    page.click("text=Morning, 10 Mar 2026 →")
    page.wait_for_selector("#choices a[aria-current=true] >> text=Morning, 10 Mar 2026")
    expect(page.locator("#choices a", has_text="→")).to_have_count(0)


def test_the_unit_stays_when_one_goes_on(looked: Looked) -> None:
    page = looked().look("shift", "?lang=en", charts=CHARTS)
    page.click("#choices >> text=Cost")
    page.wait_for_selector("#choices a[aria-current=true] >> text=Cost")
    assert "VND/t" in page.inner_text(".facts")
    page.click("text=← Night, 9 Mar 2026")
    page.wait_for_selector("#choices a[aria-current=true] >> text=Night, 9 Mar 2026")
    assert "VND/t" in page.inner_text(".facts")
    assert "2,000 VND/kWh since 1 Jan 2025" in page.inner_text(".block.text")


def test_every_chart_has_a_name_a_sentence_and_a_table_from_the_keyboard(looked: Looked) -> None:
    page = looked().look("shift", "?lang=en&day=2026-03-08", charts=CHARTS)
    names = page.eval_on_selector_all(".canvas", "all => all.map(c => c.ariaLabel)")
    assert names[0].startswith("Electricity: kWh by shift. From ")
    assert "not known (×)" in names[0]  # the day without readings
    button = page.locator(".behind").first
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open] tbody tr")).to_have_count(42)
    expect(page.locator("dialog[open]")).to_contain_text("not known")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
