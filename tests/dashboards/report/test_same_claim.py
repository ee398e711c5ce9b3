"""Whoever tells of a claim tells the same: verify, report, evidence, pages and stored rows."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from collector.claims.adjust_commands import adjust_main
from collector.deriving.performance import Performance
from collector.entry_points import verify_main
from collector.evidence.archive import unpack
from collector.evidence.commands import evidence_main
from collector.evidence.manifest import read_manifest
from collector.evidence.recompute import recompute
from collector.store import PERFORMANCE, Series
from dashboards.judgement import Judgement
from dashboards.records import Records
from dashboards.report.commands import report_main
from plant.calendar import day_start_ms

pytestmark = pytest.mark.slow

MILL: Any = sys.modules["report_mill"]
ADJUST = [
    "--resource", "electricity", "--from", "2025-05-05", "--to", "2025-05-25", "--amount",
    "850 kWh", "--reason", "a fan was tried", "--author", "Lan",
]  # fmt: skip


@pytest.fixture(params=["forecast", "backcast", "chained"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A mill for each method, its claim adjusted."""
    text = MILL.PLANT.replace(MILL.BASELINE, MILL.LOOKING[request.param])
    mill = MILL.Mill(tmp_path / "mill", text)
    assert adjust_main([str(mill.file), *ADJUST]) == 0
    yield mill
    mill.close()


def test_verify_report_and_evidence_agree_to_the_last_digit(made, tmp_path, capsys) -> None:
    capsys.readouterr()
    verify_main([str(made.file), "--json"])
    verified = json.loads(capsys.readouterr().out)
    (claim,) = verified
    assert claim["adjustment"] == pytest.approx(850)
    assert claim["adjustments"][0]["author"] == "Lan"

    assert report_main([str(made.file), "--out", str(tmp_path / "out")]) == 0
    files = unpack(tmp_path / "out" / "evidence.zip")
    results = json.loads(files["results.json"])
    assert [one["verified"] for one in results["claims"]] == verified
    again = recompute(files, read_manifest(files))
    assert json.loads(json.dumps([one.verified.as_json() for one in again.claims])) == verified
    assert evidence_main(["check", str(tmp_path / "out" / "evidence.zip")]) == 0

    rows = results["claims"][0]["rows"]
    used = [row for row in rows if row["part"] == "reporting" and not row["missing"]]
    assert sum(row["expected"] for row in used) == pytest.approx(claim["expected"], rel=1e-12)
    assert sum(row["adjustment"] for row in used) == pytest.approx(850)


def test_an_adjustment_left_out_of_the_evidence_is_found(made, tmp_path, capsys) -> None:
    """Without it the numbers are others; who entered it counts too."""
    archive = tmp_path / "e.zip"
    assert evidence_main(["export", str(made.file), str(archive)]) == 0
    files = unpack(archive)
    adjustments = files["adjustments.csv"]
    told = json.loads(files["results.json"])["claims"][0]["verified"]

    def found(content: bytes) -> Any:
        again = recompute(files | {"adjustments.csv": content}, read_manifest(files))
        return json.loads(json.dumps(again.claims[0].verified.as_json()))

    assert found(adjustments) == told
    for old, new in (
        (b",850.0,", b",950.0,"),
        (b",Lan,", b",Long,"),
        (b"2025-05-25", b"2025-05-24"),
    ):
        assert old in adjustments
        assert found(adjustments.replace(old, new)) != told


def test_pages_and_stored_rows_expect_what_the_verdict_stands_on(made) -> None:
    now_ms = day_start_ms(MILL.END, made.plant.zone) + 3_600_000
    outcome = made.statement().claims[0].verified.outcome
    judgement = Judgement(Records(made.plant, made.store, ledger=made.ledger))
    (shown,) = judgement.claims("electricity", now_ms)
    assert shown.saving == outcome.saving.value
    assert shown.verdict == outcome.verdict

    Performance(made.plant, made.store, ledger=made.ledger).update(None, now_ms)
    start_ms = day_start_ms(MILL.SAVES_FROM, made.plant.zone)
    series = Series(PERFORMANCE, "mill", ("electricity", "day", "expected"))
    stored = made.store.read(series, start_ms, end_ms=now_ms).values
    assert stored == pytest.approx(outcome.expected_points, rel=1e-12)
