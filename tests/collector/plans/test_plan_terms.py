"""Terms that a plan may ask for, from its keys through the lock to `verify --json`."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest

from collector.entries.commands import import_main
from collector.entry_points import plan_main
from collector.plans.locked import plan_content, plan_hash
from plant.check import load_plant
from plant.errors import PlantFileError

HEAD = """\
[plant]
id = "mill"
name = "Mill"
[resources.electricity]
[products.starch]
[products.syrup]
[drivers.temperature]
unit = "degC"
"""
PLAN = """\
[plans.electricity]
baseline = ["2025-01-02", "2025-12-31"]
{keys}
[claims.drying]
resource = "electricity"
since = "2026-01-01"
until = "2026-06-30"
saves = "5 %"
"""
DAYS = 365 + 181
SAVED = 0.06
HASH_BEFORE = "f42ab54bb5feccbd0dbecc9a68c618cc33e06dcb57f656b2756280c4eae974cc"

Use = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


class Mill:
    """A plant whose days are known, with keys of its plan that a test chooses."""

    def __init__(self, paper: Any) -> None:
        self._paper = paper
        self.file = paper.file

    def describe(self, keys: str, more: str = "") -> None:
        self._paper.describe(HEAD + more + PLAN.format(keys=keys))

    def live(self, use: Use) -> None:
        """Import what the plant used: `use` of starch [t], syrup [t] and temperature [degC]."""
        random = np.random.default_rng(11)
        starch, syrup = random.normal(100, 15, DAYS), random.normal(40, 12, DAYS)
        season = 26 + 5 * np.sin(2 * np.pi * np.arange(DAYS) / 365)
        temperature = season + random.normal(0, 2, DAYS)
        used = use(starch, syrup, temperature) + random.normal(0, 60, DAYS)
        used[365:] *= 1 - SAVED
        head = "date,electricity [kWh],starch [t],syrup [t],temperature [degC]"
        self._paper.write_days(head, date(2025, 1, 1), used, starch, syrup, temperature)
        assert self._paper.enter() == 0

    def verified(self) -> dict[str, Any]:
        assert self._paper.lock() == 0
        found: dict[str, Any] = self._paper.claim()
        return found


@pytest.fixture
def mill(paper: Any) -> Mill:
    return Mill(paper)


def is_found(claim: dict[str, Any]) -> bool:
    """Whether the interval holds the true saving and is narrow."""
    low, high = claim["saving_low_percent"], claim["saving_high_percent"]
    return bool(low <= 100 * SAVED <= high and high - low < 3)


def test_a_lag_takes_what_was_made_the_day_before(mill) -> None:
    """Batches booked a day late: today's output explains nothing, yesterday's all."""
    mill.describe(
        'drivers = ["starch", "starch-before"]',
        '[drivers.starch-before]\nfrom = "starch"\nlag = "1 day"\n',
    )
    mill.live(lambda starch, syrup, temperature: 2000 + 50 * np.roll(starch, 1))
    claim = mill.verified()
    model = claim["model"]
    assert model["drivers"] == ["starch-before"]
    assert model["coefficients"]["starch-before"] == pytest.approx(50, rel=0.02)
    assert model["n"] == 364
    assert is_found(claim)


def test_degree_days_are_counted_above_a_stated_balance_point(mill) -> None:
    """By week: the sum of each day's degrees, not the degrees of the mean."""
    mill.describe(
        'drivers = ["starch", "cdd"]\nby = "week"',
        '[drivers.cdd]\nfrom = "temperature"\nabove = 26\n',
    )
    mill.live(lambda starch, syrup, t: 2000 + 50 * starch + 90 * np.maximum(t - 26, 0))
    claim = mill.verified()
    assert claim["model"]["coefficients"]["cdd"] == pytest.approx(90, rel=0.05)
    assert is_found(claim)


def test_a_change_point_is_searched_in_the_baseline(mill) -> None:
    """The bend is where it was put, with its standard error, and stands beside its slope."""
    mill.describe('drivers = ["starch", "temperature"]\nchange_point = { temperature = "above" }')
    mill.live(lambda starch, syrup, t: 2000 + 50 * starch + 90 * np.maximum(t - 26, 0))
    claim = mill.verified()
    model = claim["model"]
    bend, error = (
        model[key]["temperature change point"] for key in ("coefficients", "standard_errors")
    )
    assert abs(bend - 26) < 3 * error < 2
    assert model["p_values"]["temperature change point"] is None
    assert model["terms"] == {"temperature": "above"}
    assert model["dof"] == model["n"] - 4
    assert is_found(claim)


def test_one_temperature_may_heat_and_cool_under_two_names(mill) -> None:
    """Each side alone is a candidate too; the lock says what the two stand on."""
    mill.describe(
        'drivers = ["cold", "warm"]\nchange_point = { cold = "below", warm = "above" }',
        "".join(f'[drivers.{name}]\nfrom = "temperature"\n' for name in ("cold", "warm")),
    )
    mill.live(
        lambda starch, syrup, t: 7000 + 120 * np.maximum(23 - t, 0) + 90 * np.maximum(t - 28, 0)
    )
    claim = mill.verified()
    model = claim["model"]
    found = {name: model["coefficients"][f"{name} change point"] for name in ("cold", "warm")}
    assert found == pytest.approx({"cold": 23, "warm": 28}, abs=1)
    assert [one["drivers"] for one in model["candidates"]] == [
        ["cold"], ["warm"], ["cold", "warm"], [],
    ]  # fmt: skip
    assert model["dof"] == model["n"] - 5
    assert is_found(claim)


def test_weekday_and_season_enter_where_the_plan_says_so(mill) -> None:
    """Sundays use less, and a season follows no driver."""

    def use(starch, syrup, temperature):
        day = np.arange(DAYS)
        sunday = (day + 2) % 7 == 6  # the first of January 2025 is a Wednesday
        return 5000 + 50 * starch - 900 * sunday + 600 * np.cos(2 * np.pi * day / 365.2425)

    mill.describe('drivers = ["starch"]\nterms = ["weekday", "season"]')
    mill.live(use)
    claim = mill.verified()
    model = claim["model"]
    assert model["drivers"] == ["starch", "weekday", "season"]
    assert model["coefficients"]["sunday"] == pytest.approx(-900, abs=60)
    assert np.hypot(
        model["coefficients"]["season cos"], model["coefficients"]["season sin"]
    ) == pytest.approx(600, rel=0.05)
    assert model["driver_p_values"]["weekday"] < 1e-20
    assert is_found(claim)
    assert len(model["candidates"]) == 8


def test_without_the_key_no_such_term_is_tried(mill) -> None:
    """Nothing is added because it fits: the candidates are subsets of the plan's drivers."""
    mill.describe('drivers = ["starch"]')
    mill.live(lambda starch, syrup, t: 2000 + 50 * starch + 90 * np.maximum(t - 26, 0))
    model = mill.verified()["model"]
    assert [one["drivers"] for one in model["candidates"]] == [["starch"], []]


def test_several_products_are_several_drivers(mill) -> None:
    """Each with its own coefficient, no weights needed."""
    mill.describe('drivers = ["starch", "syrup"]')
    mill.live(lambda starch, syrup, temperature: 1000 + 50 * starch + 20 * syrup)
    claim = mill.verified()
    assert claim["model"]["coefficients"]["syrup"] == pytest.approx(20, rel=0.05)
    assert is_found(claim)


def test_several_products_are_one_equivalent_with_stated_weights(mill) -> None:
    """A tonne of syrup counts as 0.4 t of starch."""
    mill.describe(
        'drivers = ["equivalent"]', "[products.equivalent]\nweights = { starch = 1, syrup = 0.4 }\n"
    )
    mill.live(lambda starch, syrup, temperature: 1000 + 50 * (starch + 0.4 * syrup))
    claim = mill.verified()
    assert claim["model"]["coefficients"]["equivalent"] == pytest.approx(50, rel=0.02)
    assert is_found(claim)


def test_a_lock_fixes_how_drivers_are_computed(mill, capsys) -> None:
    """Moving a balance point, a weight, a lag or a term is an amendment."""
    drivers = {
        "cdd": '[drivers.cdd]\nfrom = "temperature"\nabove = 26\n',
        "before": '[drivers.before]\nfrom = "starch"\nlag = "1 day"\n',
        "equivalent": "[products.equivalent]\nweights = { starch = 1, syrup = 0.4 }\n",
    }
    keys = 'drivers = ["cdd", "before", "equivalent"]\nterms = ["season"]'
    mill.describe(keys, "".join(drivers.values()))
    before = mill.file.read_text(encoding="utf-8")
    assert plan_main(["lock", str(mill.file)]) == 0
    for old, new in (
        ("above = 26", "above = 27"),
        ("above = 26", "below = 26"),
        ("1 day", "2 day"),
        ("syrup = 0.4", "syrup = 0.5"),
        ('terms = ["season"]', ""),
    ):
        mill.file.write_text(before.replace(old, new), encoding="utf-8")
        capsys.readouterr()
        plan_main(["show", str(mill.file), "--json"])
        assert json.loads(capsys.readouterr().out)[0]["state"] == "changed", new


def test_the_hash_of_a_plan_without_such_keys_is_as_it_ever_was(mill) -> None:
    """Locks made before these keys existed still hold, and those before meters were locked."""
    mill.describe('drivers = ["starch"]')
    plant = load_plant(mill.file)
    content = plan_content(plant, "electricity")
    assert set(content) == {
        "resource", "unit", "baseline", "drivers", "by", "timezone", "intercept",
        "confidence_percent", "meter_uncertainty_percent", "rule", "claims", "meters",
    }  # fmt: skip
    del content["meters"]
    assert plan_hash(content) == HASH_BEFORE


@pytest.mark.parametrize(
    ("more", "keys", "says"),
    [
        ('[drivers.cdd]\nfrom = "temperatur"\nabove = 1\n', "", "did you mean 'temperature'"),
        ('[drivers.cdd]\nfrom = "starch"\nabove = 1\n', "", "a temperature in degC"),
        (
            '[drivers.a]\nfrom = "temperature"\nabove = 1\nlag = "1 day"\n',
            "",
            "at most one of above",
        ),
        ('[drivers.cdd]\nunit = "t"\nlag = "1 day"\n', "", "from = a quantity"),
        ('[drivers.a]\nfrom = "a"\nlag = "1 day"\n', "", "no circle"),
        ('[drivers.a]\nfrom = "starch"\nlag = "90 min"\n', "", "lag"),
        ('[drivers.weekday]\nunit = "1"\n', "", "another name"),
        ("[products.mix]\nweights = { starch = 0 }\n", "", "greater than 0"),
        ("", 'terms = ["weekday"]\nby = "week"', "by = 'day' for a weekday"),
        ("", 'terms = ["season"]\nintercept = false', "an intercept"),
        ("", 'change_point = { temperature = "above" }', "one of the plan's drivers"),
    ],
)
def test_keys_that_make_no_sense_are_told_with_what_is_wanted(mill, more, keys, says) -> None:
    mill.describe('drivers = ["starch"]\n' + keys, more)
    with pytest.raises(PlantFileError) as refused:
        load_plant(mill.file)
    assert says in str(refused.value)


@pytest.mark.parametrize("way", ["", 'lag = "1 day"\n'])
def test_what_is_judged_does_not_explain_itself(mill, way) -> None:
    """Nor does what it was the day before: what was saved then would be expected to stay saved."""
    mill.describe('drivers = ["starch", "again"]', f'[drivers.again]\nfrom = "electricity"\n{way}')
    with pytest.raises(PlantFileError, match="'again', wanted a driver that does not come from"):
        load_plant(mill.file)


def test_a_computed_quantity_is_not_imported(mill, capsys) -> None:
    """Degree days come from the temperature; a column of them would stand unused."""
    mill.describe('drivers = ["cdd"]', '[drivers.cdd]\nfrom = "temperature"\nabove = 26\n')
    csv = mill.file.parent / "cdd.csv"
    csv.write_text("date,cdd [degC day]\n2025-01-01,3\n", encoding="utf-8")
    assert import_main([str(mill.file), str(csv)]) == 2
    assert "found 'cdd'" in capsys.readouterr().err
