"""Alarms and notes as a person meets them, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from collector.ledger import Alarm

from .conftest import wait_for_charts

pytestmark = [pytest.mark.server("chromium"), pytest.mark.slow]
Opened = Callable[..., Any]
SIZES = {"desktop": (1440, 900), "phone": (390, 844), "wall": (1920, 1080)}


@pytest.fixture
def alarmed(works: Any) -> Any:
    """A plant of which a meter has not been read for an hour."""
    at_ms = works.now_ms - 3_600_000
    alarm = Alarm(0, "stale", "intake", at_ms, at_ms + 60_000, None, 400.0, 60.0, "s")
    works.ledger.alarms.change("demo", opened=[alarm])
    return works


def _open(watched: Any, page: str = "events", query: str = "lang=en") -> Any:
    watched.page.goto(f"{watched.address}plants/demo/{page}?{query}")
    if page == "events":
        expect(watched.page.locator("#blocks .block").first).to_be_visible()
    else:
        wait_for_charts(watched.page)
    return watched.page


@pytest.mark.parametrize(("size", "lang"), [("desktop", "en"), ("phone", "vi"), ("wall", "vi")])
def test_it_opens_without_complaint_in_any_size(
    alarmed: Any, opened: Opened, lang: str, size: str
) -> None:
    watched = opened(*SIZES[size])
    page = _open(watched, query=f"lang={lang}" + ("&wall=1" if size == "wall" else ""))
    assert page.locator("h2#title").inner_text() == {"en": "Events", "vi": "Sự kiện"}[lang]
    assert "{" not in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert watched.complaints == []
    assert watched.strangers == []


def test_an_alarm_is_acknowledged_and_says_so_at_once(alarmed: Any, opened: Opened) -> None:
    page = _open(opened())
    entry = page.locator(".entry", has_text="intake has not been read")
    assert entry.get_attribute("data-is") == "bad"
    entry.get_by_role("button").click()
    page.locator("#ask textarea").fill("the pump room is closed")
    page.locator("#ask [type=submit]").click()
    expect(page.locator(".entry", has_text="the pump room is closed")).to_be_visible()
    expect(page.locator(".entry[data-is=bad]")).to_have_count(0)


def test_a_note_taken_from_a_chart_marks_it(works: Any, opened: Opened) -> None:
    page = _open(opened(), "performance", "lang=en&resource=electricity")
    cusum = page.locator(".plot", has_text="CUSUM of actual")
    signs = cusum.locator(".annotation-text").count()
    cusum.get_by_role("button", name="Take a note").click()
    dialog = page.locator("#note")
    expect(dialog.locator("[name=about]")).to_have_value("resource/electricity")
    dialog.locator("[name=start]").fill("2026-02-03T08:30")
    dialog.locator("[name=text]").fill("new motor of the dryer")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".grid", has_text="Events on the charts")).to_contain_text("new motor")
    expect(cusum.locator(".annotation-text")).to_have_count(signs + 1)
    page = _open(opened(), "events", "lang=en&days=90")
    note = page.locator(".entry", has_text="new motor of the dryer")
    assert "3 Feb 2026 08:30" in note.inner_text()
    note.get_by_role("button", name="Withdraw").click()
    page.locator("#ask textarea").fill("it was in March")
    page.locator("#ask [type=submit]").click()
    expect(note).to_have_count(0)
    expect(page.locator(".grid", has_text="those withdrawn too")).to_contain_text("it was in March")


def test_what_the_server_refuses_is_said_in_the_form(works: Any, opened: Opened) -> None:
    page = _open(opened())
    page.get_by_role("button", name="Take a note").first.click()
    page.locator("#note [name=end]").fill("2020-01-01T00:00")
    page.locator("#note [name=text]").fill("x")
    page.locator("#note [type=submit]").click()
    expect(page.locator("#note .failed")).to_contain_text("the end lies before the start")
    page.locator("#note [data-close]").click()
    expect(page.locator("#note")).not_to_be_visible()
