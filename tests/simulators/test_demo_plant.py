"""The demonstration's plant runs on whatever day it is watched, with its dates moved to it."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest

from plant.check import load_plant
from simulators.demo_plant import write_demo
from simulators.scenario import load_scenario

DAYS = [
    date(2026, 11, 22),
    date(2027, 2, 9),
    date(2027, 8, 17),
    date(2028, 2, 29),
    date(2027, 1, 1),
]


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_no_planned_stop_touches_the_day_that_is_watched(tmp_path: Path, today: date) -> None:
    write_demo(tmp_path, today)
    process = load_scenario(tmp_path / "scenario.toml").process
    stops = tomllib.loads((tmp_path / "process.toml").read_text(encoding="utf-8"))["time"]["stops"]
    assert len(stops) == 3
    for back in range(2):
        day = (today - timedelta(days=back)).toordinal()
        flows = process.day(day)
        assert flows.amounts[flows.names.index("starch")].sum() > 50  # [t]


@pytest.mark.parametrize("today", DAYS, ids=str)
def test_its_baseline_is_a_year_and_its_claims_follow_at_once(tmp_path: Path, today: date) -> None:
    dates = write_demo(tmp_path, today, broker="mqtt://127.0.0.1:1999", addresses=["127.0.0.1:1"])
    plant = load_plant(tmp_path / "plant.toml")
    assert plant.broker is not None
    assert plant.broker.url == "mqtt://127.0.0.1:1999"
    assert plant.bus("yard/panel").tcp == "127.0.0.1:1"
    for plan in plant.plans.values():
        first, last = plan.baseline
        assert (first, last) == (dates.first, dates.baseline_end)
        assert 364 <= (last - first).days <= 365
    for claim in plant.claims.values():
        assert claim.since == dates.since
        assert claim.last_day in (today - timedelta(days=1), dates.ahead)
