"""Data health as a person sees it, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from collector.ledger import Intake, Sender

from .conftest import wait_for_charts

pytestmark = [pytest.mark.server("chromium"), pytest.mark.slow]
Opened = Callable[..., Any]
SIZES = {"desktop": (1440, 900), "phone": (390, 844), "wall": (1920, 1080)}


def _open(watched: Any, query: str) -> Any:
    watched.page.goto(f"{watched.address}plants/demo/health?{query}")
    wait_for_charts(watched.page, 1)
    return watched.page


@pytest.mark.parametrize(("size", "lang"), [("desktop", "en"), ("phone", "vi"), ("wall", "vi")])
def test_it_opens_without_complaint_in_any_size(opened: Opened, lang: str, size: str) -> None:
    watched = opened(*SIZES[size])
    page = _open(watched, f"lang={lang}" + ("&wall=1" if size == "wall" else ""))
    assert (
        page.locator("h2#title").inner_text()
        == {"en": "Data health", "vi": "Chất lượng dữ liệu"}[lang]
    )
    assert "{" not in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert watched.complaints == []
    assert watched.strangers == []


def test_a_pack_that_never_came_is_told_by_its_number(opened: Opened, works: Any) -> None:
    works.ledger.journal.record(Intake(seen={Sender("demo", "yard", "box-a"): [1, 2, 4]}))
    page = _open(opened(), "lang=en")
    fact = page.locator(".fact", has_text="Packs missing")
    expect(fact.locator(".value")).to_have_text("1")
    assert fact.get_attribute("data-is") == "bad"
    assert "box-a" in page.locator(".grid", has_text="outbox by outbox").inner_text()


def test_the_chart_has_a_name_a_sentence_a_table_and_files(opened: Opened) -> None:
    page = _open(opened(), "lang=en")
    label = page.locator(".canvas").get_attribute("aria-label")
    assert label.startswith("How well each meter is known")
    page.locator(".plot .behind").click()
    dialog = page.locator("#behind")
    expect(dialog).to_contain_text("incomer")
    for kind in ("csv", "xlsx", "svg"):
        link = dialog.locator(f"[data-file={kind}]")
        answer = page.request.get(page.evaluate("link => link.href", link.element_handle()))
        assert answer.status == 200, kind
        assert len(answer.body()) > 100
