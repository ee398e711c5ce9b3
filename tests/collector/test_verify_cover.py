"""A verdict needs the whole period, and steps that somebody really observed."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collector.import_commands import import_main
from collector.plan_commands import plan_main
from collector.verify_commands import verify_main

PLANT = """\
[plant]
id = "mill"
name = "Mill"
[resources.electricity]
[products.starch]
[plans.electricity]
baseline = ["2024-01-01", "2024-12-31"]
drivers = ["starch"]
by = "{by}"
[claims.less]
resource = "electricity"
since = "2025-01-01"
until = "2025-06-30"
saves = "3 %"
"""


def days(first: date, end: date) -> list[date]:
    return [first + timedelta(days=i) for i in range((end - first).days)]


def use(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Output [t] and electricity [kWh] of a mill that saves nothing."""
    random = np.random.default_rng(seed)
    output = random.uniform(80, 120, n)
    return output, 2000 + 150 * output + random.normal(0, 400, n)


def write_days(file: Path, *, leave_out_above_kwh: float | None = None, zero: bool = False) -> None:
    dates = days(date(2024, 1, 1), date(2025, 7, 1))
    output, electricity = use(1, len(dates))
    lines = ["date,electricity [kWh],starch [t]"]
    for day, made, used in zip(dates, output, electricity, strict=True):
        reporting = day.year == 2025
        over = used - (2000 + 150 * made)
        if reporting and leave_out_above_kwh is not None and over > leave_out_above_kwh:
            continue
        lines.append(f"{day},{0 if reporting and zero else used},{made}")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def judge(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Lock, import a file and judge the one claim."""

    def run(file: Path, by: str = "day") -> dict[str, Any]:
        plant = tmp_path / "plant.toml"
        plant.write_text(PLANT.format(by=by), encoding="utf-8")
        assert plan_main(["lock", str(plant)]) == 0
        assert import_main([str(plant), str(file)]) == 0
        capsys.readouterr()
        assert verify_main([str(plant), "--json"]) in (0, 1)
        return json.loads(capsys.readouterr().out)[0]

    return run


def test_a_saving_that_is_not_there_is_not_proven_by_leaving_out_bad_days(tmp_path, judge) -> None:
    file = tmp_path / "days.csv"
    write_days(file, leave_out_above_kwh=-200)
    claim = judge(file)
    assert claim["saving_low_percent"] > 0, "what is left does look like a saving"
    assert (claim["verdict"], claim["reason_key"]) == ("undecided", "hole")


def test_the_whole_period_is_judged_as_before(tmp_path, judge) -> None:
    file = tmp_path / "days.csv"
    write_days(file)
    claim = judge(file)
    assert claim["reason_key"] != "hole"
    assert claim["saving_low_percent"] < 0 < claim["saving_high_percent"]


def test_a_meter_that_shows_nothing_has_not_saved_everything(tmp_path, judge) -> None:
    file = tmp_path / "days.csv"
    write_days(file, zero=True)
    claim = judge(file)
    assert (claim["verdict"], claim["reason_key"]) == ("undecided", "zero-actual")
    assert claim["saving"] is None


def write_months(file: Path) -> None:
    output, electricity = use(2, 18)
    months = [f"{2024 + i // 12}-{i % 12 + 1:02}" for i in range(18)]
    rows = [
        f"{month},{30 * used},{30 * made}"
        for month, made, used in zip(months, output, electricity, strict=True)
    ]
    file.write_text("\n".join(["month,electricity [kWh],starch [t]", *rows]) + "\n", "utf-8")


def test_one_months_amount_is_one_observation_not_thirty(tmp_path, judge) -> None:
    file = tmp_path / "months.csv"
    write_months(file)
    claim = judge(file, by="day")
    assert claim["verdict"] == "undecided"
    assert claim["saving"] is None
    assert any("longer periods only" in warning for warning in claim["warnings"])


def test_by_the_month_the_same_amounts_are_judged(tmp_path, judge) -> None:
    file = tmp_path / "months.csv"
    write_months(file)
    claim = judge(file, by="month")
    assert claim["model"]["n"] == 12
    assert claim["points"] == 6


def test_bills_that_cross_a_months_end_may_stand_for_months(tmp_path, judge) -> None:
    output, electricity = use(3, 19)
    read = [date(2023, 12, 20) + timedelta(days=30 * i) for i in range(20)]
    rows = ["reading-date,electricity [kWh],starch [t]", f"{read[0]},,"]
    rows += [
        f"{day},{30 * used},{30 * made}"
        for day, made, used in zip(read[1:], output, electricity, strict=True)
    ]
    file = tmp_path / "bills.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert judge(file, by="month")["model"]["n"] == 12
