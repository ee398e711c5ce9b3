"""What `cleanline plan power` says beforehand, from the baseline alone."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collector.entry_points import plan_main

PLANT = """\
[plant]
id = "mill"
name = "Mill"
[resources.electricity]
[products.starch]
[plans.electricity]
baseline = ["2025-01-01", "2025-12-31"]
drivers = ["starch"]
by = "day"
[claims.drying]
resource = "electricity"
since = "2026-01-01"
saves = "{saves} %"
"""


@pytest.fixture
def mill(paper: Any) -> Path:
    """A plant with a year of days and nothing of its reporting period."""
    random = np.random.default_rng(7)
    made, scatter = random.normal([100, 0], [15, 500], (365, 2)).T
    head = "date,electricity [kWh],starch [t]"
    paper.write_days(head, date(2025, 1, 1), 3000 + 70 * made + scatter, made)
    paper.describe(PLANT.format(saves=6))
    assert paper.enter() == 0
    file: Path = paper.file
    return file


def said(file: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert plan_main(["power", str(file), "--json", *options]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def test_a_year_of_days_can_prove_a_claim_and_needs_no_lock(mill, capsys) -> None:
    """Scatter of 5 % over 365 days: half-width near 5 %·1.65·sqrt(2/365), and no lock was made."""
    (found,) = said(mill, capsys)
    assert found["claim"] == "drying"
    assert found["reporting_points"] == found["baseline_points"] == 365
    assert found["cv_rmse_percent"] == pytest.approx(5, rel=0.1)
    assert found["half_width_percent"] == pytest.approx(5 * 1.65 * (2 / 365) ** 0.5, rel=0.25)
    assert found["provable_percent"] < 6
    assert found["points_needed"] == 365
    assert found["saving_to_prove_claim_percent"] == pytest.approx(
        6 + 0.94 * found["provable_percent"]
    )
    assert plan_main(["show", str(mill)]) == 0
    assert "open" in capsys.readouterr().out


def test_a_claim_below_what_can_be_proven_says_which_scatter_would_do(mill, capsys) -> None:
    """0.1 % claimed: no number of points helps, and the CV(RMSE) needed is in proportion."""
    mill.write_text(PLANT.format(saves="0.1"), encoding="utf-8")
    (found,) = said(mill, capsys)
    assert found["points_needed"] is None
    assert found["cv_rmse_needed_percent"] == pytest.approx(
        found["cv_rmse_percent"] * 0.1 / found["provable_percent"]
    )
    assert "CV(RMSE)" in found["told"][1]
    (said_vi,) = said(mill, capsys, "--lang", "vi")
    assert "độ phân tán" in said_vi["told"][1]


def test_a_short_claim_says_how_many_points_it_needs(mill, capsys) -> None:
    """A claim of ten days cannot tell 2 % from nothing; more days can."""
    text = PLANT.format(saves=2).replace('since = "2026-01-01"', 'since = "2026-01-01"\n{until}')
    mill.write_text(text.replace("{until}", 'until = "2026-01-10"'), encoding="utf-8")
    (found,) = said(mill, capsys)
    assert found["reporting_points"] == 10
    assert found["points_needed"] > 10
    assert str(found["points_needed"]) in found["told"][1]


def test_the_meter_may_be_the_limit(mill, capsys) -> None:
    """A meter of 20 % cannot carry a claim of 6 %, whatever the model."""
    meter = """
[gateways.yard.buses.panel]
tcp = "127.0.0.1:502"
[meters.incomer]
bus = "yard/panel"
model = "eastron-sdm630"
resource = "electricity"
uncertainty = "20 %"
"""
    mill.write_text(PLANT.format(saves=6) + meter, encoding="utf-8")
    (found,) = said(mill, capsys)
    assert found["cv_rmse_needed_percent"] is None
    assert "meter" in found["told"][1]


def test_a_baseline_without_data_says_so_and_gives_no_number(mill, capsys) -> None:
    """The sentence is the one that verify would give."""
    text = (
        PLANT.format(saves=6)
        .replace("2025-01-01", "2024-01-01")
        .replace("2025-12-31", "2024-12-31")
    )
    mill.write_text(text, encoding="utf-8")
    (found,) = said(mill, capsys)
    assert found["half_width_percent"] is found["provable_percent"] is None
    assert found["told"] == ["The baseline has 0 points; at least 6 are needed."]


def test_a_plan_without_a_claim_is_asked_about_a_period_as_long_as_its_baseline(
    mill, capsys
) -> None:
    mill.write_text(PLANT.split("[claims", maxsplit=1)[0], encoding="utf-8")
    (found,) = said(mill, capsys)
    assert found["claim"] is found["claimed_percent"] is None
    assert found["reporting_points"] == 365
    assert plan_main(["power", str(mill)]) == 0
    assert "365 reporting points" in capsys.readouterr().out
