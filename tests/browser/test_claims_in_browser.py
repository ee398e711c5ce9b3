"""From any figure to the evidence in two clicks, in a real browser."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from collector.deriving.derive import Deriver
from collector.intake.ingest import Change
from dashboards import extras

pytestmark = [pytest.mark.server("chromium"), pytest.mark.slow]
Opened = Callable[..., Any]
SIZES = {"desktop": (1440, 900), "phone": (390, 844), "wall": (1920, 1080)}
CLAIMS = "plants/demo/claims"


@pytest.mark.parametrize(("size", "lang"), [("desktop", "en"), ("phone", "vi"), ("wall", "vi")])
def test_it_opens_without_complaint_in_any_size(opened: Opened, lang: str, size: str) -> None:
    watched = opened(*SIZES[size])
    page = watched.page
    page.goto(f"{watched.address}{CLAIMS}?lang={lang}" + ("&wall=1" if size == "wall" else ""))
    expect(page.locator(".stake .verdict")).to_have_text({"en": "so far", "vi": "đến nay"}[lang])
    assert "{" not in page.inner_text("body")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert watched.complaints == []
    assert watched.strangers == []


@pytest.mark.parametrize(
    ("start", "figure"),
    [("?lang=en", ".claim h3 a"), ("plants/demo/performance?lang=en", ".fact .value a >> nth=0")],
)
def test_two_clicks_lead_from_a_figure_to_its_evidence(
    works: Any, opened: Opened, start: str, figure: str
) -> None:
    deriver = Deriver([works.plant], works.store, ledger=works.ledger)
    deriver.renew()
    derived = deriver.step()["demo"]
    works.source.take(Change("demo", works.now_ms, {}, derived=True, from_ms=derived.from_ms))
    watched = opened()
    page = watched.page
    page.goto(watched.address + start)
    page.locator(figure).click()
    expect(page.locator("h2#title")).to_have_text("Claims")
    saved = page.locator(".stake .saving .value").inner_text()
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("link", name="Evidence").click()
    archive = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes()))
    (claim,) = json.loads(archive.read("results.json"))["claims"]
    assert f"{claim['verified']['saving_percent']:.1f} %" == saved


def test_a_file_that_cannot_be_made_here_is_no_link_and_says_what_is_missing(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    watched = opened()
    page = watched.page
    page.goto(f"{watched.address}{CLAIMS}?lang=en&claim=drying")
    offered = page.locator(".links li")
    expect(offered).to_have_count(4)
    texts = [text for text in offered.all_inner_texts() if "pip install" in text]
    assert len(texts) == 3
    assert page.locator(".links a").all_inner_texts() == ["Evidence"]
    assert set(page.locator(".files a").all_inner_texts()) == {"CSV"}
    expect(page.locator("#behind [data-file]")).to_have_count(3)  # it hides what is not offered
    assert page.get_attribute("#behind", "data-files") == "csv"
    assert watched.complaints == []


def test_the_plan_and_its_candidates_stand_beside_the_verdict(opened: Opened) -> None:
    watched = opened()
    page = watched.page
    page.goto(f"{watched.address}{CLAIMS}?lang=en&claim=drying")
    text = page.locator("#blocks").inner_text()
    assert "Reporting readings known" in text
    assert "none (the mean)" in text
    assert "Nothing was added" in text or "nothing was added" in text
    image = page.locator(".stake .interval")
    assert image.get_attribute("aria-label").startswith("Saving ")
