"""Backcast, chain and SEnPI from the plan's keys to `verify --json`."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from collector.claims.senpi import energies
from plant.check import load_plant
from plant.errors import PlantFileError


def verified(acme: Any, *, keys: str = "", since: int = 2009) -> dict[str, Any]:
    """The claim on electricity by plans of such keys."""
    acme.plan(keys, since)
    assert acme.enter() == 0
    assert acme.lock("--reason", "as asked") == 0
    claim: dict[str, Any] = acme.verified()["less-electricity"]
    return claim


@pytest.mark.parametrize("year", [2008, 2009])
def test_senpi_over_all_energy_is_as_published(acme, doe, year) -> None:
    """Electricity and gas together, each with its own model; water is no energy."""
    claim = verified(acme, since=year)
    assert claim["senpi"]["value"] == pytest.approx(doe["published"]["senpi"][str(year)], rel=1e-6)
    assert [one["resource"] for one in claim["senpi"]["sources"]] == ["electricity", "gas"]
    assert claim["senpi"]["missing"] == []


def test_a_backcast_is_asked_for_by_the_plan(acme) -> None:
    """The model is that of 2009; SEnPI is its sum for 2007 over what was used."""
    claim = verified(acme, keys='method = "backcast"')
    sums = claim["sums"]
    assert claim["saving_method"] == claim["senpi"]["method"] == "backcast"
    assert claim["saving"] / claim["expected"] == pytest.approx(
        1 - sums["baseline_modelled"] / sums["baseline_actual"]
    )
    modelled = sum(one["baseline_modelled"] for one in claim["senpi"]["sources"])
    used = sum(one["baseline_actual"] for one in claim["senpi"]["sources"])
    assert claim["senpi"]["value"] == pytest.approx(modelled / used)


def test_a_chain_goes_through_its_model_period(acme, doe) -> None:
    """2007 and 2009 by the model of 2008."""
    keys = 'method = "chained"\nmodel_period = ["2008-01-01", "2008-12-31"]'
    claim = verified(acme, keys=keys)
    table = np.array([row[1:] for row in doe["rows"]], dtype=float)
    assert claim["saving_method"] == "chained"
    assert claim["model"]["n"] == 12
    assert claim["sums"]["baseline_actual"] == pytest.approx(table[:12, 0].sum())
    sources = claim["senpi"]["sources"]

    def total(key: str) -> float:
        return float(sum(one[key] for one in sources))

    assert claim["senpi"]["value"] == pytest.approx(
        total("baseline_modelled") / total("baseline_actual")
        * total("reporting_actual") / total("reporting_modelled")
    )  # fmt: skip


def test_senpi_needs_a_locked_plan_of_every_energy(acme) -> None:
    """Gas without a plan: no value, and gas is named."""
    text = acme.file.read_text(encoding="utf-8")
    acme.describe(text[: text.index("[plans.gas]")])
    acme.enter()
    acme.lock()
    claim = acme.claim()
    assert claim["senpi"]["value"] is None
    assert claim["senpi"]["missing"] == ["gas"]


def test_energy_is_counted_in_primary_units(tmp_path) -> None:
    """By its unit or its calorific value, times what a unit of it took to make."""
    file = tmp_path / "plant.toml"
    file.write_text(
        '[plant]\nid = "p"\nname = "P"\n[resources.electricity]\nprimary = 2.5\n'
        '[resources.biogas]\ncalorific = "22 MJ/m3"\n[resources.water]\n',
        encoding="utf-8",
    )
    found = energies(load_plant(file))
    assert found == pytest.approx({"electricity": 9.0, "biogas": 22.0})


def test_a_method_without_its_period_is_refused(acme) -> None:
    for keys in (
        'method = "chained"',
        'model_period = ["2008-01-01", "2008-12-31"]',
        'method = "chained"\nmodel_period = ["2007-06-01", "2008-12-31"]',
        'method = "chained"\nmodel_period = ["2008-01-01", "2009-12-31"]',
    ):
        acme.plan(keys)
        with pytest.raises(PlantFileError, match=r"model.period"):
            load_plant(acme.file)


WINTER = """\
[plant]
id = "p"
name = "P"
[resources.electricity]
[products.production]
[drivers.air]
unit = "degC"
[plans.electricity]
baseline = ["2025-01-01", "2025-03-31"]
{keys}
[claims.less]
resource = "electricity"
since = "2025-04-01"
until = "2026-03-31"
saves = "5 %"
"""


@pytest.mark.parametrize(
    ("keys", "verdict"),
    [
        ('drivers = ["production"]', "undecided"),
        ('drivers = ["production"]\ncycle = "30 days"', "proven"),
        ('drivers = ["production", "air"]', "proven"),
    ],
)
def test_a_season_that_the_baseline_has_not_seen_leaves_a_claim_undecided(
    paper, keys, verdict, capsys
) -> None:
    """Ninety days of winter and a claim on the whole year, unless the plan states its cycle.

    Or unless the model follows the weather, whose range is checked point by point.
    """
    random = np.random.default_rng(0)
    made, air = random.normal([100, 20], [15, 5], (90 + 365, 2)).T
    used = 900 + 7 * made + 4 * air + random.normal(0, 10, made.size)
    used[90:] *= 0.92
    head = "date,electricity [kWh],production [t],air [degC]"
    paper.write_days(head, date(2025, 1, 1), used, made, air)
    paper.describe(WINTER.format(keys=keys))
    paper.enter()
    assert paper.lock() == 0
    assert ("has not seen every season" in capsys.readouterr().err) == ("cycle" not in keys)
    beforehand = paper.power()["told"]
    assert any("will stay undecided" in one for one in beforehand) == (verdict == "undecided")
    claim = paper.claim()
    assert claim["verdict"] == verdict
    assert claim["saving_low_percent"] > 5, "the interval alone would prove it"
    if verdict == "undecided":
        assert claim["reason_key"] == "season"
        assert claim["points_in_unseen_season"] == 365 - 90 - 60
        for language, words in (("en", "a season that the baseline has not seen"), ("vi", "mùa")):
            assert words in paper.said("--lang", language)
