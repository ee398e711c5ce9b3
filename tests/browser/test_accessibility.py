"""axe-core looks at every page, in both languages, light and dark, as a screen reader would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

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
