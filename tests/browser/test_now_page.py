"""The Now page as a person sees it, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from collector.ledger import Alarm, Intake, PlantEvent
from dashboards import formats
from plant.reading import Event

pytestmark = [pytest.mark.server("chromium"), pytest.mark.slow]
Opened = Callable[..., Any]
SIZES = {"desktop": (1440, 900), "tablet": (820, 1180), "phone": (390, 844), "wall": (1920, 1080)}
RATE = ".tile:first-child .rate .value"
AGE = ".tile:first-child header .age"


def _text(page: Any, selector: str) -> str:
    return str(page.locator(selector).first.inner_text())


@pytest.mark.parametrize("lang", ["en", "vi"])
@pytest.mark.parametrize("size", list(SIZES))
def test_the_page_opens_without_complaint_and_asks_no_other_host(
    opened: Opened, lang: str, size: str
) -> None:
    watched = opened(*SIZES[size])
    page = watched.open(f"?lang={lang}" + ("&wall=1" if size == "wall" else ""))
    assert _text(page, "h1") == "Kon Tum Tapioca Starch"
    assert _text(page, ".tile h2") == {"en": "Electricity", "vi": "Điện"}[lang]
    assert "{" not in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert watched.complaints == []
    assert watched.strangers == []
    assert any("plotly.min.js" in url for url in watched.requests)


def test_the_wall_shows_all_without_scrolling_or_controls(opened: Opened) -> None:
    page = opened(1920, 1080).open("?wall=1")
    assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
    expect(page.locator(".controls")).not_to_be_visible()
    bottoms = "[...document.querySelectorAll('.tile')].map(t => t.getBoundingClientRect().bottom)"
    assert max(page.evaluate(bottoms)) <= 1080
    inner = (
        "[...document.querySelectorAll('.tile')].every(t => t.scrollHeight <= t.clientHeight + 1)"
    )
    assert page.evaluate(inner)


def test_a_new_reading_shows_without_a_reload(opened: Opened, works: Any) -> None:
    page = opened().open("?lang=vi")
    works.now_ms += 1000
    works.read("incomer", "power", 1234.5)
    expect(page.locator(RATE)).to_have_text("1.235")
    row = page.locator("#meters tr").first
    assert "1.235 kW" in row.inner_text()
    works.now_ms += 1000
    works.read("incomer", "power", 87.65)
    expect(page.locator(RATE)).to_have_text("87,7")


def test_a_value_past_its_limit_greys_and_says_since_when(opened: Opened, works: Any) -> None:
    page = opened().open("?lang=en")
    assert "ago" in _text(page, AGE)
    colour = f"getComputedStyle(document.querySelector('{RATE}')).color"
    fresh = page.evaluate(colour)
    works.now_ms += 120_000
    works.read("intake", "flow", 50.0)
    page.wait_for_selector(".tile.stale")
    assert _text(page, AGE) == "since 09:59"
    assert page.evaluate(colour) != fresh
    expect(page.locator(".tile.stale")).to_have_count(1)
    page.wait_for_selector("#meters tr[data-state='stale']")
    assert "stale since 09:59" in page.locator("#meters tr").first.inner_text()
    page.wait_for_selector("#notices .notice")
    works.read("incomer", "power", 600.0)
    works.read("incomer", "energy", 1_007_000.0)
    expect(page.locator(".tile.stale")).to_have_count(0)


def test_a_server_that_goes_is_told_and_one_that_returns_resumes(
    opened: Opened, works: Any
) -> None:
    watched = opened()
    page = watched.open("?lang=en")
    page.wait_for_selector("#link[data-state='live']")
    port = int(works.server.address.rstrip("/").rpartition(":")[2])
    works.server.close()
    page.wait_for_selector("#link[data-state='lost']")
    page.wait_for_selector("#notices .notice")
    assert "No contact with the collector since" in page.inner_text("#notices")
    works.now_ms += 5000
    works.serve(port)
    page.wait_for_selector("#link[data-state='live']")
    works.read("incomer", "power", 777.0)
    expect(page.locator(RATE)).to_have_text("777")


def test_nothing_is_followed_while_the_page_is_hidden(opened: Opened) -> None:
    watched = opened()
    page = watched.open()
    hide = """hidden => {
        Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    streams = [url for url in watched.requests if "/events" in url]
    assert len(streams) == 1
    with page.expect_event("requestfailed", lambda request: "/events" in request.url):
        page.evaluate(hide, True)
    with page.expect_request("**/events*"):
        page.evaluate(hide, False)


def test_the_keyboard_reaches_language_theme_and_the_table_behind_a_chart(opened: Opened) -> None:
    page = opened().open("?lang=en")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.lang") == "vi"
    page.keyboard.press("Tab")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    root = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(root)
    page.keyboard.press("Enter")
    assert page.evaluate(root) != light
    assert before is not None
    for _ in range(page.locator(".places a, .tile:first-child h2 a").count() + 1):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_be_visible()
    expect(page.locator("dialog tbody tr")).to_have_count(24)
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_the_language_switch_changes_the_page_and_is_remembered(opened: Opened) -> None:
    watched = opened()
    page = watched.open("?lang=en")
    page.click("text=VI")
    page.wait_for_selector("html[lang=vi]")
    page.goto(watched.address)
    assert page.evaluate("document.documentElement.lang") == "vi"


def test_every_chart_has_a_name_a_sentence_and_a_table(opened: Opened) -> None:
    page = opened().open("?lang=en")
    names = page.eval_on_selector_all(".canvas", "all => all.map(c => c.ariaLabel)")
    assert len(names) == 4
    assert all("." in name for name in names)
    assert "10 min estimated from the counter" in names[0]
    sentences = page.eval_on_selector_all(".sentence", "all => all.map(s => s.textContent)")
    assert all(sentences)
    expect(page.locator(".behind")).to_have_count(4)
    images = "[role=img]:not([aria-label]), img:not([alt]), button:not([aria-label]):empty"
    nameless = "all => all.filter(e => e.checkVisibility()).map(e => e.outerHTML)"
    assert page.locator(images).evaluate_all(nameless) == []


def test_browser_and_server_write_the_same_numbers(opened: Opened) -> None:
    values = [0, -0.001, 0.005, 1.005, 9.995, 87.65, 99.95, 1234.5, -12.34, 2.5e17, 6.418, None]
    values += [1e15, 1.125e15, -9.996e299, 1e308, 999_999_999_999_999.4, 1e-300, -1e300]
    for lang in ("en", "vi"):
        page = opened().open(f"?lang={lang}")
        said = page.evaluate(NUMBERS, values)
        assert said == [formats.number(value, lang) for value in values]


def test_a_claim_shows_its_interval_and_its_reason(opened: Opened) -> None:
    page = opened().open("?lang=en")
    claim = page.inner_text(".claim")
    assert "Claim: 5.0 % saved" in claim
    assert "so far" in claim
    assert "1 Jan 2026 – 31 Dec 2026 · plan locked 10 Mar 2026" in claim
    label = page.get_attribute(".interval", "aria-label")
    assert label.startswith("Saving ")
    expect(page.locator(".tile").nth(1).locator(".claims")).to_have_text("No saving is claimed.")


def test_a_saving_that_rests_on_an_adjustment_says_how_much_was_added(opened: Opened) -> None:
    page = opened().open("?lang=vi")
    told = page.evaluate(ADJUSTED, {"unit": "kWh", "adjustment": 450_000, "saving_percent": None})
    assert "450.000 kWh" in told[0]
    assert told[0].startswith(told[1])
    assert told[0] != told[1]


def test_values_and_sketches_of_the_charts_stand_without_the_library(
    opened: Opened, works: Any
) -> None:
    watched = opened()
    page = watched.page
    page.route("**/plotly.min.js", lambda route: route.abort())
    page.goto(watched.address)
    page.wait_for_selector("#link[data-state='live']")
    assert _text(page, RATE)[0].isdigit()
    assert _text(page, ".sentence").startswith("Last two hours")
    expect(page.locator(".canvas .sketch")).to_have_count(4)
    texts = page.locator(".tile:first-child .short .sketch text").all_text_contents()
    assert {"08:30", "09:30", "0", "600"} <= set(texts)
    line = page.locator(".tile:first-child .short .sketch g path").first
    drawn = line.get_attribute("d")
    assert drawn.count("M") > 1  # the gap breaks it
    works.now_ms += 60_000
    works.read("incomer", "power", 640.0)
    expect(line).not_to_have_attribute("d", drawn)


def test_a_sketch_gives_way_to_the_chart_of_the_same_figure(opened: Opened) -> None:
    page = opened().open("?lang=en")
    expect(page.locator(".sketch")).to_have_count(0)
    ticks = page.locator(".tile:first-child .short .xtick text").all_text_contents()
    assert {"08:30", "09:30"} <= set(ticks)


def test_a_value_that_is_refused_says_so_in_its_place_until_one_is_read_again(
    opened: Opened, works: Any
) -> None:
    page = opened().open("?lang=en")
    works.now_ms += 70_000
    refused = Event("incomer", "power", works.now_ms, "rejected", "NaN")
    works.ledger.journal.record(Intake(events=[PlantEvent("demo", "yard", refused)]))
    works.read("incomer", "energy", 1_007_040.0)
    now = page.locator("#meters tr").first.locator(".now .bad")
    expect(now).to_have_text("value rejected: NaN")
    expect(page.locator("#notices .notice", has_text="rejected")).to_contain_text("incomer, power")
    expect(page.locator(".tile:first-child .basis")).to_have_text("estimated from the counter")
    works.now_ms += 3000
    works.read("incomer", "power", 655.0)
    expect(page.locator(RATE)).to_have_text("655")
    expect(now).to_have_count(0)


def test_text_has_contrast_in_both_themes(opened: Opened) -> None:
    """WCAG AA: 4.5 to 1 for text, 3 to 1 for large text, against the panel behind it."""
    for theme in ("light", "dark"):
        page = opened().open(f"?lang=en&theme={theme}")
        faint = page.evaluate(CONTRAST)
        assert faint == [], theme


NUMBERS = """async values => {
  const { number } = await import(`${document.body.dataset.static}/words.js`);
  return values.map(value => number(value));
}"""
ADJUSTED = """async claim => {
  const { claimElement } = await import(`${document.body.dataset.static}/claims.js`);
  const told = { claim: "c", reason: {}, since: "2026-01-01", until: "2026-12-31", ...claim };
  const period = one => claimElement(one, { state: "open" }).querySelector(".period").textContent;
  return [period(told), period({ ...told, adjustment: 0 })];
}"""
CONTRAST = """() => {
  const curve = c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const channel = c => curve(c / 255);
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length < 4 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const isText = walker.currentNode.textContent.trim() && element.checkVisibility();
    if (!isText || element.closest('svg, script, dialog, .unseen, .skip')) continue;
    const style = getComputedStyle(element);
    const [a, b] = [light(parse(style.color)), light(behind(element))].sort((x, y) => y - x);
    const limit = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
    if ((a + 0.05) / (b + 0.05) < limit) faint.push([walker.currentNode.textContent, style.color]);
  }
  return faint;
}"""


@pytest.mark.parametrize("value", [1e308, -1e300, 1e-300], ids=str)
def test_a_reading_that_cannot_be_true_breaks_nothing(
    opened: Opened, works: Any, value: float
) -> None:
    works.read("incomer", "power", value)
    watched = opened(390, 844)
    page = watched.open("?lang=en")
    said = {1e308: "1.00 × 10³⁰⁸", -1e300: "−1.00 × 10³⁰⁰", 1e-300: "0.00"}[value]
    expect(page.locator(RATE)).to_have_text(said)
    works.now_ms += 40_000
    works.read("incomer", "power", value)
    works.read("intake", "flow", 51.0)
    expect(page.locator(".tile").nth(1).locator(".rate .value")).to_have_text("51.0")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    ticks = page.locator("#tiles .tile").first.locator(".ytick text").all_text_contents()
    assert ticks
    assert all(len(tick) < 8 for tick in ticks)
    assert watched.complaints == []


def test_an_alarm_is_told_at_once_with_the_way_to_the_events_and_gone_when_it_is_over(
    works: Any, opened: Any
) -> None:
    page = opened().open("?lang=en")
    link = page.locator("#notices a")
    expect(link).to_have_count(0)
    alarm = Alarm(0, "night-base", "water", works.now_ms, works.now_ms, None, 4.0, 3.0, "m3/h")
    works.ledger.alarms.change("demo", opened=[alarm])
    works.now_ms += 3000
    works.read("incomer", "power", 651.0)
    expect(link).to_contain_text("4 m³/h")
    works.ledger.alarms.change("demo", closed={1: works.now_ms})
    works.now_ms += 3000
    works.read("incomer", "power", 652.0)
    expect(link).to_have_count(0)
    works.ledger.alarms.change("demo", opened=[alarm])
    works.now_ms += 3000
    works.read("incomer", "power", 653.0)
    link.click()
    expect(page.locator("#title")).to_have_text("Events")


def test_a_note_that_is_taken_stands_on_the_chart_at_once(works: Any, opened: Any) -> None:
    page = opened().open("?lang=en")
    page.locator(".tile").first.locator(".short .note").click()
    page.locator("#note textarea").fill("Dryer cleaned")
    page.locator("#note button[type=submit]").click()
    sentence = page.locator(".tile").first.locator(".short .sentence")
    expect(sentence).to_contain_text("Dryer cleaned")
    expect(page.locator(".tile").first.locator(".short .annotation")).to_have_text("1")
