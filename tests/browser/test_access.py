"""Logging in and out, a wall's token, and entering an amount, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher
from playwright.sync_api import expect

from collector.ledger import Token, User
from dashboards.access.gate import hashed

from .conftest import wait_for_charts

pytestmark = [pytest.mark.server("chromium"), pytest.mark.slow]
PASSWORD = "a long enough password"
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
UNAUTHORIZED = "Failed to load resource: the server responded with a status of 401 (Unauthorized)"


@pytest.fixture
def closed(works: Any) -> Any:
    """The plant, with an engineer and a viewer who have accounts."""
    for name, role in (("an", "engineer"), ("binh", "viewer")):
        works.ledger.accounts.add(User(name, HASH, {"demo": role}), works.now_ms)
    return works


def _log_in(page: Any, name: str, password: str = PASSWORD) -> None:
    page.fill("#name", name)
    page.fill("#password", password)
    page.click("button.do")


def test_a_person_logs_in_and_out(closed: Any, opened: Callable[..., Any]) -> None:
    watched = opened()
    page = watched.page
    page.goto(f"{watched.address}?lang=vi")
    expect(page.locator("#login-title")).to_have_text("Đăng nhập")
    assert watched.complaints == []
    _log_in(page, "an", "not this one")
    expect(page.locator(".said")).to_have_text("Tên hoặc mật khẩu không đúng.")
    assert [said for said in watched.complaints if said != UNAUTHORIZED] == []
    _log_in(page, "an")
    wait_for_charts(page, 4)
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    page.get_by_role("button", name="Đăng xuất").click()
    expect(page.locator("#login-title")).to_have_count(1)
    page.goto(watched.address)
    expect(page.locator("#login-title")).to_have_count(1)
    assert watched.strangers == []


def test_the_login_page_leads_back_and_fits_a_phone(
    closed: Any, opened: Callable[..., Any]
) -> None:
    page = opened(390, 844).page
    page.goto(f"{closed.server.address}plants/demo/performance?lang=en")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    _log_in(page, "binh")
    expect(page.locator("#title")).to_have_text("Performance")


def test_a_wall_screen_opens_with_its_token_until_it_is_revoked(
    closed: Any, opened: Callable[..., Any]
) -> None:
    closed.ledger.accounts.add_token(
        Token("hall", ("demo",), closed.now_ms), hashed("secret-of-hall")
    )
    watched = opened(1920, 1080)
    page = watched.page
    page.goto(f"{watched.address}plants/demo?wall=1&rotate=0&token=secret-of-hall")
    expect(page.locator("#link")).to_have_attribute("data-state", "live")
    assert "secret" not in page.url
    expect(page.locator(".leave")).not_to_be_visible()
    closed.ledger.accounts.revoke("hall")
    closed.now_ms += 10_000
    closed.read("incomer", "power", 600.0)
    expect(page.locator("#login-title")).to_have_count(1)


def test_an_engineer_enters_an_amount_and_corrects_it(
    closed: Any, opened: Callable[..., Any]
) -> None:
    watched = opened()
    page = watched.page
    page.goto(f"{watched.address}plants/demo/entries?lang=en")
    _log_in(page, "an")
    expect(page.locator(".grid tbody tr").first).to_be_visible()
    page.select_option("[name=quantity]", "water")
    expect(page.locator("[name=unit]")).to_have_value("m³")
    page.fill("[name=value]", "812.5")
    page.click("button.do")
    expect(page.locator(".typed .said")).to_have_text("Entered.")
    expect(page.locator(".grid tbody tr").first).to_contain_text("812.5")
    page.fill("[name=value]", "820")
    page.click("button.do")
    expect(page.locator(".typed .said")).to_contain_text("say why it is corrected")
    page.fill("[name=reason]", "read twice")
    page.click("button.do")
    expect(page.locator(".typed .said")).to_contain_text("Corrected")
    expect(page.locator(".grid tbody tr").nth(1)).to_contain_text("corrected")
    first = page.locator(".grid tbody tr").first
    expect(first).to_contain_text("an")
    expect(first).to_contain_text("read twice")


def test_a_viewer_sees_entries_and_no_form(closed: Any, opened: Callable[..., Any]) -> None:
    page = opened().page
    page.goto(f"{closed.server.address}plants/demo/entries?lang=en")
    _log_in(page, "binh")
    expect(page.locator(".grid tbody tr").first).to_be_visible()
    expect(page.locator(".form")).to_contain_text("needs the role engineer")
    expect(page.locator("[name=value]")).to_have_count(0)


def test_every_page_says_when_the_collector_has_lost_its_broker(
    works: Any, opened: Callable[..., Any]
) -> None:
    page = opened().page
    for path in ("", "plants/demo/performance"):
        page.goto(f"{works.server.address}{path}?lang=en")
        expect(page.locator("#link")).to_have_attribute("data-state", "live")
        expect(page.locator("#broker")).not_to_be_visible()
        works.lost_ms = works.now_ms - 60_000
        works.server.mark("demo")
        expect(page.locator("#broker")).to_contain_text("no contact with its broker since 09:59")
        expect(page.locator("main")).not_to_contain_text("Gateways online")
        works.lost_ms = None
        works.server.mark("demo")
        expect(page.locator("#broker")).not_to_be_visible()
