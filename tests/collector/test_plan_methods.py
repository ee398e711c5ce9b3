"""Backcast, chain and SEnPI from the plan's keys to `verify --json`."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collector.import_commands import import_main
from collector.plan_commands import plan_main
from collector.senpi import energies
from collector.verify_commands import verify_main
from plant.check import load_plant
from plant.errors import PlantFileError

PUBLISHED = Path(__file__).parent.parent / "cases" / "published" / "doe-acme-rochester.json"
DOE = json.loads(PUBLISHED.read_text(encoding="utf-8"))

PLANT = """\
[plant]
id = "acme"
name = "Acme"
timezone = "America/New_York"
[resources.electricity]
unit = "MMBTU"
[resources.gas]
unit = "MMBTU"
[resources.water]
[products.production]
unit = "piece"
[drivers.temperature]
unit = "degF"
[plans.electricity]
baseline = ["2007-01-01", "2007-12-31"]
drivers = ["production", "temperature"]
by = "month"
{keys}
[plans.gas]
baseline = ["2007-01-01", "2007-12-31"]
drivers = ["production", "temperature"]
by = "month"
{keys}
[claims.less]
resource = "electricity"
since = "{since}-01-01"
until = "{since}-12-31"
saves = "5 %"
"""


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    head = "month,electricity [MMBTU],gas [MMBTU],production [piece],temperature [degF]"
    lines = [head, *(",".join(map(str, row)) for row in DOE["rows"])]
    (tmp_path / "months.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path / "plant.toml"


def verified(
    file: Path, capsys: pytest.CaptureFixture[str], *, keys: str = "", since: int = 2009
) -> dict[str, Any]:
    file.write_text(PLANT.format(keys=keys, since=since), encoding="utf-8")
    assert import_main([str(file), str(file.parent / "months.csv")]) == 0
    assert plan_main(["lock", str(file), "--reason", "as asked"]) == 0
    capsys.readouterr()
    verify_main([str(file), "--json"])
    (claim,) = json.loads(capsys.readouterr().out)
    found: dict[str, Any] = claim
    return found


@pytest.mark.parametrize("year", [2008, 2009])
def test_senpi_over_all_energy_is_as_published(acme, capsys, year) -> None:
    """Electricity and gas together, each with its own model; water is no energy."""
    claim = verified(acme, capsys, since=year)
    assert claim["senpi"]["value"] == pytest.approx(DOE["published"]["senpi"][str(year)], rel=1e-6)
    assert [one["resource"] for one in claim["senpi"]["sources"]] == ["electricity", "gas"]
    assert claim["senpi"]["missing"] == []


def test_a_backcast_is_asked_for_by_the_plan(acme, capsys) -> None:
    """The model is that of 2009; SEnPI is its sum for 2007 over what was used."""
    claim = verified(acme, capsys, keys='method = "backcast"')
    sums = claim["sums"]
    assert claim["saving_method"] == claim["senpi"]["method"] == "backcast"
    assert claim["saving"] / claim["expected"] == pytest.approx(
        1 - sums["baseline_modelled"] / sums["baseline_actual"]
    )
    modelled = sum(one["baseline_modelled"] for one in claim["senpi"]["sources"])
    used = sum(one["baseline_actual"] for one in claim["senpi"]["sources"])
    assert claim["senpi"]["value"] == pytest.approx(modelled / used)


def test_a_chain_goes_through_its_model_period(acme, capsys) -> None:
    """2007 and 2009 by the model of 2008."""
    keys = 'method = "chained"\nmodel_period = ["2008-01-01", "2008-12-31"]'
    claim = verified(acme, capsys, keys=keys)
    table = np.array([row[1:] for row in DOE["rows"]], dtype=float)
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


def test_senpi_needs_a_locked_plan_of_every_energy(acme, capsys) -> None:
    """Gas without a plan: no value, and gas is named."""
    text = PLANT.format(keys="", since=2009)
    head, rest = text.split("[plans.gas]")
    acme.write_text(head + rest[rest.index("[claims") :], encoding="utf-8")
    import_main([str(acme), str(acme.parent / "months.csv")])
    plan_main(["lock", str(acme)])
    capsys.readouterr()
    verify_main([str(acme), "--json"])
    (claim,) = json.loads(capsys.readouterr().out)
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
        acme.write_text(PLANT.format(keys=keys, since=2009), encoding="utf-8")
        with pytest.raises(PlantFileError, match=r"model.period"):
            load_plant(acme)


def test_a_short_baseline_is_told_when_it_is_asked_about_another_season(tmp_path, capsys) -> None:
    """Ninety days of winter, and a claim on the whole year: the measured failure of coverage."""
    random = np.random.default_rng(0)
    first = date(2025, 1, 1)
    lines = ["date,electricity [kWh],production [t]"]
    for number in range(90 + 365):
        made = random.normal(100, 15)
        used = 900 + 7 * made + random.normal(0, 10)
        lines.append(f"{first + timedelta(days=number)},{used:.2f},{made:.2f}")
    (tmp_path / "days.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    file = tmp_path / "plant.toml"
    file.write_text(
        '[plant]\nid = "p"\nname = "P"\n[resources.electricity]\n[products.production]\n'
        '[plans.electricity]\nbaseline = ["2025-01-01", "2025-03-31"]\n'
        'drivers = ["production"]\n[claims.less]\nresource = "electricity"\n'
        'since = "2025-04-01"\nuntil = "2026-03-31"\nsaves = "5 %"\n',
        encoding="utf-8",
    )
    import_main([str(file), str(tmp_path / "days.csv")])
    assert plan_main(["lock", str(file)]) == 0
    for language, words in (("en", "a season that the model has not seen"), ("vi", "mùa")):
        capsys.readouterr()
        verify_main([str(file), "--lang", language])
        assert words in capsys.readouterr().out
