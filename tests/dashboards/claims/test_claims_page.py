"""Claims: the page tells what `verify --json` tells, and from it leads to all that it rests on."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from collector.ledger import Adjustment
from dashboards.claims.build import build
from dashboards.claims.show import show
from dashboards.paging import Ask
from dashboards.records import Records
from dashboards.sheet import Facts, Grid, Interval, Links, Notice, Text
from plant.calendar import day_start_ms
from plant.check import load_plant

pytestmark = pytest.mark.slow


def test_a_finished_claim_shows_its_verdict_with_interval_and_reason(
    mill: Any, records: Records
) -> None:
    page = build(records, Ask(), mill.now_ms)
    assert page.detail is not None
    claim = page.detail.claim
    assert claim.verdict == "proven"
    assert claim.saving_low_percent is not None
    assert claim.saving_low_percent >= 5
    sheet = show(page, "en")
    stake, files, figures = sheet.blocks[:3]
    assert isinstance(stake, Interval)
    assert (stake.state, stake.value) == ("proven", claim.saving_percent)
    assert stake.lines[0] == claim.reason["en"]
    assert "plan locked 30 Apr 2025" in stake.lines[1]
    assert isinstance(files, Links)
    assert files.links[-1].href == "/api/v1/plants/mill/report/evidence.zip?lang=en"
    assert isinstance(figures, Facts)
    assert sheet.covers.startswith("1 May 2025 00:00 – 1 Jul 2025 00:00")


def test_a_claim_that_still_runs_says_so_far_and_gives_no_verdict(
    mill: Any, records: Records
) -> None:
    early_ms = day_start_ms(date(2025, 6, 10), mill.plant.zone)
    page = build(records, Ask(claim="drying"), early_ms)
    assert page.detail is not None
    assert page.detail.claim.verdict is None
    assert page.detail.claim.saving is not None
    stake = show(page, "vi").blocks[0]
    assert isinstance(stake, Interval)
    assert (stake.state, stake.state_text) == ("so-far", "đến nay")
    assert page.span.end_ms == early_ms


def test_the_lock_and_each_candidate_are_told_with_their_reasons(
    mill: Any, records: Records
) -> None:
    sheet = show(build(records, Ask(), mill.now_ms), "en")
    ((what, _, author, known, reason, content_hash),) = sheet.tables["locks"].rows
    assert (what, author, known, reason) == ("Locked", "L. Nguyen", 61, "the plan")
    assert len(str(content_hash)) == 64
    candidates = sheet.tables["candidates"]
    assert len(candidates.rows) == 4  # every subset of two drivers
    assert [row[0] for row in candidates.rows if row[1] == "yes"] == ["starch, hdd"]
    assert all(row[-1] for row in candidates.rows)
    fixed = dict(sheet.tables["plan"].rows)  # type: ignore[arg-type]
    assert fixed["Baseline"] == "1 Jan 2025 – 30 Apr 2025"
    assert fixed["Claims"] == "drying: 5 % saved, 1 May 2025 – 30 Jun 2025"
    terms = [row[0] for row in sheet.tables["model"].rows]
    assert terms == ["base load", "starch", "hdd"]


def test_an_adjustment_is_listed_with_who_signed_it(own_mill: Any, own_records: Records) -> None:
    bare = show(build(own_records, Ask(), own_mill.now_ms), "en")
    assert any(isinstance(block, Text) and block.title == "Adjustments" for block in bare.blocks)
    days = (date(2025, 5, 10), date(2025, 5, 20))
    made = Adjustment(0, "electricity", *days, 120.0, "kWh", "H. Tran", "test run", 0)
    own_mill.ledger.adjustments.add("mill", made)
    sheet = show(build(own_records, Ask(), own_mill.now_ms), "en")
    (row,) = sheet.tables["adjustments"].rows
    assert row[:6] == ["2025-05-10", "2025-05-20", 120.0, pytest.approx(120), "test run", "H. Tran"]
    assert any(isinstance(b, Grid) and b.table == "adjustments" for b in sheet.blocks)


def test_without_a_lock_that_holds_nothing_is_expected_and_the_page_says_why(
    own_mill: Any,
) -> None:
    text = own_mill.file.read_text().replace('saves = "5 %"', 'saves = "4 %"')
    own_mill.file.write_text(text)
    changed = load_plant(own_mill.file)
    records = Records(changed, own_mill.store, ledger=own_mill.ledger)
    page = build(records, Ask(), own_mill.now_ms)
    assert page.detail is not None
    assert page.detail.claim.saving is None
    assert page.detail.told["en"]["expected"] is None
    sheet = show(page, "en")
    notices = [block.text for block in sheet.blocks if isinstance(block, Notice)]
    assert len(notices) == 1
    assert "changed since it was locked" in notices[0]
    figures = sheet.blocks[2]
    assert isinstance(figures, Facts)
    assert {fact.value for fact in figures.facts} == {"–"}


def test_a_plant_without_claims_says_so(own_mill: Any) -> None:
    text = own_mill.file.read_text()
    own_mill.file.write_text(text[: text.index("[claims.drying]")])
    plant = load_plant(own_mill.file)
    page = build(Records(plant, own_mill.store, ledger=own_mill.ledger), Ask(), own_mill.now_ms)
    assert page.detail is None
    (block,) = show(page, "vi").blocks
    assert isinstance(block, Notice)


def test_a_claim_that_nobody_made_is_refused(mill: Any, records: Records) -> None:
    with pytest.raises(LookupError, match="drying"):
        build(records, Ask(claim="cooling"), mill.now_ms)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_the_page_is_json_whatever_the_numbers_are(
    mill: Any, records: Records, language: Any
) -> None:
    page = build(records, Ask(), day_start_ms(date(2025, 5, 2), mill.plant.zone))
    sheet = show(page, language)
    json.loads(page.model_dump_json(), parse_constant=pytest.fail)
    json.loads(sheet.model_dump_json(), parse_constant=pytest.fail)
