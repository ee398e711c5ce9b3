"""axe-core looks at every page, in both languages, light and dark, as a screen reader would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from collector.ledger import Alarm, Note, User
from dashboards.catalogue import PAGES

pytestmark = [pytest.mark.server("chromium"), pytest.mark.slow]
Opened = Callable[..., Any]
NAMES = ["now", *(page.name for page in PAGES)]
# WCAG 2.2 to the level AA, and what axe-core holds for good practice.
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


@pytest.mark.parametrize(
    ("theme", "lang"),
    [
        ("light", "vi"),
        pytest.param("light", "en", marks=pytest.mark.proof),
        pytest.param("dark", "en", marks=pytest.mark.proof),
        pytest.param("dark", "vi", marks=pytest.mark.proof),
    ],
)
@pytest.mark.parametrize(
    "name", ["now", *(pytest.param(n, marks=pytest.mark.proof) for n in NAMES if n != "now")]
)
def test_no_page_has_a_fault(opened: Opened, name: str, theme: str, lang: str) -> None:
    watched = opened()
    place = "" if name == "now" else f"plants/demo/{name}"
    watched.page.goto(f"{watched.address}{place}?lang={lang}&theme={theme}")
    watched.page.wait_for_selector("#link[data-state='live']")
    assert _faults(watched.page) == []


def test_the_table_behind_a_chart_has_none_either(opened: Opened) -> None:
    page = opened().open("?lang=en")
    page.locator(".behind").first.click()
    page.wait_for_selector("dialog[open]")
    assert _faults(page) == []


@pytest.mark.parametrize("width", [390, 1920])
def test_neither_do_phone_and_wall(opened: Opened, width: int) -> None:
    page = opened(width, 1080).open("?lang=vi" + ("&wall=1" if width > 390 else ""))
    assert _faults(page) == []


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.proof)])
def test_an_alarm_and_a_note_on_now_have_none(works: Any, opened: Opened, theme: str) -> None:
    now_ms = works.now_ms
    alarm = Alarm(0, "night-base", "water", now_ms, now_ms, None, 4.0, 3.0, "m3/h")
    works.ledger.alarms.change("demo", opened=[alarm])
    works.ledger.notes.add("demo", Note(0, now_ms - 600_000, now_ms, "", "Lan", "Cleaned", now_ms))
    works.now_ms += 3000  # the server has computed the page as it began
    works.read("intake", "flow", 52.0)
    page = opened().open(f"?lang=en&theme={theme}")
    page.wait_for_selector("#notices a")
    page.wait_for_selector(".annotation")
    assert _faults(page) == []


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.proof)])
def test_the_way_in_has_none_before_and_after_a_wrong_password(
    works: Any, opened: Opened, theme: str
) -> None:
    works.ledger.accounts.add(User("an", "no hash", {"demo": "viewer"}), works.now_ms)
    watched = opened(390, 844)
    page = watched.page
    page.emulate_media(color_scheme=theme)
    page.goto(f"{watched.address}?lang=vi")
    page.wait_for_selector("#login-title")
    assert _faults(page) == []
    page.fill("#name", "nobody")
    page.fill("#password", "not this one")
    page.click("button.do")
    page.wait_for_selector(".said:not(:empty)")
    assert _faults(page) == []


def test_a_button_that_lost_its_name_would_be_found(opened: Opened) -> None:
    page = opened().open("?lang=en")
    page.evaluate(
        """() => {
            const button = document.querySelector(".behind");
            button.removeAttribute("aria-label");
            button.textContent = "";
        }"""
    )
    (fault,) = _faults(page)
    assert fault.startswith("button-name")


def _faults(page: Any) -> list[str]:
    """What axe-core would have otherwise, in a line each: the rule, where, and why."""
    found = Axe().run(page, options=RULES).response
    assert len(found["passes"]) > 30
    return [
        f"{fault['id']} ({fault['impact']}): {node['html'][:120]} {node['failureSummary'][:200]}"
        for fault in found["violations"]
        for node in fault["nodes"]
    ]
