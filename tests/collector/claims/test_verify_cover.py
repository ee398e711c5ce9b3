"""A verdict needs the whole period, and steps that somebody really observed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

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


HEAD = "electricity [kWh],starch [t]"


def use(seed: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Output [t] and electricity [kWh] of a mill that saves nothing."""
    random = np.random.default_rng(seed)
    output = random.uniform(80, 120, n)
    return output, 2000 + 150 * output + random.normal(0, 400, n)


class Mill:
    """Amounts on paper, and how the one claim on them is judged."""

    def __init__(self, paper: Any) -> None:
        self.paper = paper

    def write_days(self, *, leave_out_above_kwh: float = np.inf, zero: str = "") -> None:
        """A year and a half of days; of the last half, some can be left out or one column zero."""
        first = date(2024, 1, 1)
        output, electricity = use(1, (date(2025, 7, 1) - first).days)
        late = np.arange(output.size) >= (date(2025, 1, 1) - first).days
        if zero:
            {"electricity": electricity, "starch": output}[zero][late] = 0
        over = electricity - (2000 + 150 * output)
        rows = [
            (first + timedelta(days=i), electricity[i], output[i])
            for i in range(output.size)
            if not (late[i] and over[i] > leave_out_above_kwh)
        ]
        self.paper.write(f"date,{HEAD}", rows)

    def judged(self, by: str = "day") -> dict[str, Any]:
        """Lock, import what was written, and judge."""
        self.paper.describe(PLANT.format(by=by))
        assert self.paper.lock() == 0
        assert self.paper.enter() == 0
        claim: dict[str, Any] = self.paper.claim()
        return claim


@pytest.fixture
def mill(paper: Any) -> Mill:
    return Mill(paper)


def test_a_saving_that_is_not_there_is_not_proven_by_leaving_out_bad_days(mill) -> None:
    mill.write_days(leave_out_above_kwh=-200)
    claim = mill.judged()
    assert claim["saving_low_percent"] > 0, "what is left does look like a saving"
    assert (claim["verdict"], claim["reason_key"]) == ("undecided", "hole")


def test_the_whole_period_is_judged_as_before(mill) -> None:
    mill.write_days()
    claim = mill.judged()
    assert claim["reason_key"] != "hole"
    assert claim["saving_low_percent"] < 0 < claim["saving_high_percent"]


def test_a_meter_that_shows_nothing_has_not_saved_everything(mill) -> None:
    mill.write_days(zero="electricity")
    claim = mill.judged()
    assert (claim["verdict"], claim["reason_key"]) == ("undecided", "zero-actual")
    assert claim["saving"] is None


def test_a_plant_that_made_nothing_is_told_why_and_no_number(mill) -> None:
    mill.write_days(zero="starch")
    claim = mill.judged()
    assert (claim["verdict"], claim["reason_key"]) == ("undecided", "nothing-made")
    numbers = [value for key, value in claim.items() if "saving_" in key or key == "shown_percent"]
    assert numbers.count(None) == len(numbers) - 1, "saving_method alone is said"
    assert claim["expected"] is claim["actual"] is claim["saving"] is claim["bends"] is None
    assert claim["senpi"] is None or claim["senpi"]["value"] is None


@pytest.mark.parametrize(("by", "is_judged"), [("day", False), ("month", True)])
def test_one_months_amount_is_one_observation_not_thirty(mill, by, is_judged) -> None:
    output, electricity = use(2, 18)
    months = [f"{2024 + i // 12}-{i % 12 + 1:02}" for i in range(18)]
    mill.paper.write(f"month,{HEAD}", zip(months, 30 * electricity, 30 * output, strict=True))
    claim = mill.judged(by)
    if is_judged:
        assert (claim["model"]["n"], claim["points"]) == (12, 6)
        return
    assert claim["verdict"] == "undecided"
    assert claim["saving"] is None
    assert any("longer periods only" in warning for warning in claim["warnings"])


def test_bills_that_cross_a_months_end_may_stand_for_months(mill) -> None:
    output, electricity = use(3, 19)
    read = [date(2023, 12, 20) + timedelta(days=30 * i) for i in range(20)]
    bills = zip(read[1:], 30 * electricity, 30 * output, strict=True)
    mill.paper.write(f"reading-date,{HEAD}", [(read[0], None, None), *bills])
    assert mill.judged("month")["model"]["n"] == 12
