"""The page says all that a verifier asks for, in both languages, and asks nobody for anything."""

from __future__ import annotations

import html
import re
import sys
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest

from collector.evidence.export import export
from collector.evidence.gather import Materials
from collector.ledger import Note
from dashboards.report.claim import section
from dashboards.report.content import Content, content_of
from dashboards.report.page import page
from plant.check import load_plant

pytestmark = pytest.mark.slow

PLANS_AND_CLAIMS = re.compile(r"\[plans\.electricity\].*", re.DOTALL)


class _Words(HTMLParser):
    """The words of a page outside its style, and whether its elements close as they open."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)


def words(text: str) -> str:
    parser = _Words()
    parser.feed(text)
    assert parser.open == []
    return re.sub(r"\s+", " ", " ".join(parser.words))


@pytest.fixture(scope="module")
def said(content: Content) -> str:
    return words(page(content))


def test_the_page_is_one_file_that_runs_nothing_and_asks_for_nothing(content: Content) -> None:
    text = page(content)
    assert not re.search(r"<(script|link|img|iframe|object)|\bsrc=|\bhref=|url\(|@import", text)
    assert set(re.findall(r"https?://[^\s\"'<]+", text)) == {"http://www.w3.org/2000/svg"}


def test_the_same_statement_gives_the_same_page(content: Content) -> None:
    assert page(content) == page(content)


def test_the_page_says_what_verify_says(content: Content, said: str) -> None:
    (claim,) = content.statement.claims
    told = claim.verified.as_json()
    assert told["verdict"] in said
    assert told["reason"] in said
    for value in (f"{told['expected']:,.0f}", f"{told['actual']:,.0f}", f"{told['saving']:,.0f}"):
        assert f"{value} kWh" in said
    low, high = told["saving_low_percent"], told["saving_high_percent"]
    assert f"{low:.2f} to {high:.2f} %" in said
    assert f"{told['saving_low']:,.0f} to {told['saving_high']:,.0f}" in said


@pytest.mark.parametrize("way", ["forecast", "backcast", "chained"])
def test_the_method_and_every_adjustment_are_printed(make_content, way) -> None:
    text = sys.modules["report_mill"]
    content = make_content((text.BASELINE, text.LOOKING[way]), adjusted_by=850.0)
    said = words(page(content))
    assert "+850 kWh" in said
    assert "5 May 2025 – 25 May 2025" in said
    assert "a fan was tried" in said
    assert content.say(f"method.{way}") in said
    assert content.say(f"model.of.{way}") in said


def test_plan_lock_author_and_what_was_known_are_printed(content: Content, said: str) -> None:
    (claim,) = content.statement.claims
    lock = claim.state.locks[0]
    for text in ("1 Jan 2025 – 30 Apr 2025", "30 Apr 2025 23:59", "L. Nguyen", "the plan"):
        assert text in said
    assert lock.hash[:12] in said
    assert f"{lock.readings_known}" in said
    assert "highest adjusted R² among those with F-test p ≤ 0.1" in said


def test_an_amendment_is_printed_with_its_reason_and_what_it_changed(a_mill) -> None:
    changed = a_mill.file.read_text("utf-8").replace('saves = "5 %"', 'saves = "4 %"')
    a_mill.file.write_text(changed, "utf-8")
    a_mill.plant = load_plant(a_mill.file)
    a_mill.lock("the second dryer stayed")
    said = words(page(Content(a_mill.statement(), "en", "f", "0")))
    assert "Amendment 1" in said
    assert "the second dryer stayed" in said
    assert "claims.drying.saves_percent: 5.0 → 4.0" in said


def test_meters_stand_with_model_trust_uncertainty_calibration_and_completeness(said: str) -> None:
    for text in (
        "Incomer <1>", "Eastron SDM630-Modbus V2", "a second source", "0.5 %",
        "5 Nov 2024, valid to 5 Nov 2026, K-118", "99.99 %", "1.12 %",
        "incomer: replaced on 10 Feb 2025 (serial 77)", "volkszaehler/mbmd meters/rs485/sdm.go",
    ):  # fmt: skip
        assert text in said, text


def test_what_a_plant_file_says_cannot_become_markup(content: Content) -> None:
    assert "Incomer &lt;1&gt;" in page(content)
    assert "Incomer <1>" not in page(content)


def test_periods_left_out_stand_with_their_reason(said: str) -> None:
    assert re.search(r"baseline 1 9 Feb 2025 Electricity not known", said)


def test_every_candidate_stands_with_why(content: Content, said: str) -> None:
    (claim,) = content.statement.claims
    model = claim.verified.outcome.model
    assert len(model.candidates) == 4
    for one in model.candidates:
        assert one.why.text("en") in said


def test_the_model_is_an_equation_with_its_tests(said: str) -> None:
    assert re.search(
        r"Electricity = 30\d\.\d+ kWh \+ 19\.\d+ kWh/t · starch \+ 7\.\d+ kWh/\(°C day\)", said
    )
    for text in ("119, 116", "CV(RMSE)", "Autocorrelation of residuals", "F-test", "VIF"):
        assert text in said


def test_a_bend_and_terms_of_the_calendar_are_told_in_words(make_content) -> None:
    said = words(page(make_content(('"hdd"]\n', '"hdd"]\nchange_point = { starch = "both" }\n'))))
    assert re.search(r"kWh/t · \(starch beyond \d\d\.\d+ t\)", said)
    assert "change point of starch" in said
    assert "its effect differs on both sides" in said
    said = words(page(make_content(('"hdd"]\n', '"hdd"]\nterms = ["weekday"]\n'))))
    assert "Terms of the calendar weekday" in said
    assert "Saturday" in said


def test_rates_stand_with_their_dates_days_and_sources(said: str) -> None:
    for text in (
        "1,800 VND/kWh 1 Jan 2024 31 tariff of 2024",
        "2,000 VND/kWh 1 Jun 2025 30 plant file",
        "0.6592 tCO₂/MWh 2023, the newest known 61 Department of Climate Change",
    ):
        assert text in said, text


def test_imports_and_corrections_name_who_and_why(said: str) -> None:
    assert "hdd 181 1 Jan 2025 – 30 Jun 2025 hdd.csv H. Tran, T. Vo" in said
    assert re.search(
        r"4 Jan 2025 – 4 Jan 2025 [\d.]+ °C day 6\.50 °C day H\. Tran, 1 May 2025 00:00"
        r" typing error",
        said,
    )


def test_the_sectors_norm_is_context_with_source_and_boundary(said: str) -> None:
    assert "Electricity for each t of starch" in said
    assert "197.8 kWh/t survey" in said
    assert "2,527 MJ/t survey, all energy together" in said
    assert "s42834-021-00093-9" in said


def test_how_to_recompute_is_a_command_and_a_fingerprint(content: Content, said: str) -> None:
    assert "cleanline evidence check evidence.zip" in said
    assert content.fingerprint in said


def test_four_pictures_have_names_and_no_number_that_is_none(content: Content) -> None:
    text = page(content)
    assert text.count("<svg") == 5  # and one on the line of the summary
    assert text.count("<svg") == text.count("</title></svg>") + len(
        re.findall(r"<svg[^>]*><title>[^<]+</title>.", text)
    )
    assert "nan" not in text.lower().replace("finance", "")


def test_vietnamese_says_the_same_in_its_own_words_and_numbers(make_content) -> None:
    content = make_content(language="vi")
    said = words(page(content))
    told = content.statement.claims[0].verified.as_json("vi")
    assert told["reason"] in said
    assert "đã chứng minh" in said
    assert f"{told['expected']:,.0f}".replace(",", ".") + " kWh" in said
    assert "01/01/2025 – 30/04/2025" in said
    for english in ("Baseline", "Expected", "Saved", "Plan and", "Known", "Source", "driver"):
        assert english not in said.replace("Department of Climate Change", ""), english


def test_without_a_lock_nothing_is_expected_and_the_page_says_so(a_mill) -> None:
    changed = a_mill.file.read_text("utf-8").replace('saves = "5 %"', 'saves = "4 %"')
    a_mill.file.write_text(changed, "utf-8")
    a_mill.plant = load_plant(a_mill.file)
    text = page(Content(a_mill.statement(), "en", "f", "0"))
    said = words(text)
    assert "The plan has changed since it was locked" in said
    assert "<svg" not in text
    for heading in ("Baseline model", "By month", "Emissions avoided", "Shown at least"):
        assert heading not in said


def test_a_claim_before_its_end_has_an_interval_and_no_verdict(make_content) -> None:
    content = make_content(('until = "2025-06-30"', 'until = "2025-12-31"'))
    said = words(page(content))
    assert "so far" in said
    assert "the verdict on the 5 % claimed comes when its period has ended" in said


def test_a_mean_model_says_that_no_driver_is_used(make_content) -> None:
    said = words(page(make_content(('drivers = ["starch", "hdd"]', ""))))
    assert re.search(r"Electricity = 1,2\d\d\.\d kWh a day, whatever the drivers", said)
    assert "No driver is used" in said


def test_a_plant_without_claims_or_meters_still_has_a_page(make_content) -> None:
    content = make_content((PLANS_AND_CLAIMS.search(_plant_text()).group(), ""))
    said = words(page(content))
    assert "The plant file makes no claim." in said
    assert "No meter: consumption and drivers were imported." in said


def _plant_text() -> str:

    return sys.modules["report_mill"].PLANT


def test_a_resource_without_price_is_not_given_a_worth(make_content) -> None:
    content = make_content(
        (re.search(r"price = \[.*?\]\n", _plant_text(), re.DOTALL).group(), ""),
        ('co2e = "vn-grid"', ""),
    )
    said = words(page(content))
    assert "Worth" not in said
    assert "Prices and factors" not in said


def test_texts_are_escaped_once(content: Content) -> None:
    assert "&amp;amp;" not in page(content)
    assert html.unescape(page(content)).count("Incomer <1>") >= 1


def test_notes_of_its_time_are_printed_and_withdrawn_ones_are_not(a_mill: Any) -> None:
    day_ms = 86_400_000
    add = a_mill.ledger.notes.add
    at_ms = a_mill.now_ms - 20 * day_ms
    kept = Note(0, at_ms, at_ms + day_ms, "resource/electricity", "Mai", "motor <new>", at_ms)
    add("mill", kept)
    gone = add("mill", kept._replace(text="wrong"))
    a_mill.ledger.notes.withdraw("mill", gone.id, author="An", reason="no", entered_ms=at_ms)
    add("mill", kept._replace(start_ms=at_ms - 900 * day_ms, end_ms=0, text="long before"))
    statement = a_mill.statement()
    exported = export(Materials(a_mill.plant, a_mill.store, a_mill.ledger), statement)
    text = page(content_of(statement, exported, "en"))
    assert "motor &lt;new&gt;" in text
    assert "no figure of this report rests on a note" in text
    assert "wrong" not in words(text)
    assert "long before" not in text
    assert b'"wrong"' in zipfile.ZipFile(BytesIO(exported.archive)).read("notes.json")


def test_nothing_used_in_the_baseline_has_no_change_in_percent(content: Content) -> None:
    claim = content.statement.claims[0]
    assert claim.specific is not None
    unused = replace(claim, specific=claim.specific._replace(baseline=0.0))
    assert "0 kWh/t in the baseline" in words(str(section(content, unused)))
