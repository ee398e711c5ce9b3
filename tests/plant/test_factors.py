"""Emission factors are dated data with a source; a resource's price and factor fit its unit."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.statement.tables import named
from plant.check import load_plant
from plant.errors import FactorFileError, PlantFileError, UnitError
from plant.factors import factors, read_factors
from plant.units import parse_quantity

PLANT = """\
[plant]
id = "mill"
name = "Mill"
[resources.gas]
unit = "m3"
{lines}
"""


def problems(tmp_path: Path, lines: str) -> str:
    path = tmp_path / "plant.toml"
    path.write_text(PLANT.format(lines=lines), encoding="utf-8")
    try:
        load_plant(path)
    except PlantFileError as error:
        return str(error)
    return ""


def test_a_reading_takes_the_factor_of_its_own_year() -> None:
    found = factors()["vn-grid"].in_year(2021)
    assert (found.value, found.year, found.stands_in) == (0.7221, 2021, False)


def test_a_later_year_takes_the_newest_and_says_so() -> None:
    found = factors()["vn-grid"].in_year(2031)
    assert (found.value, found.year, found.stands_in) == (0.6592, 2023, True)


def test_before_the_first_year_no_factor_is_known() -> None:
    assert factors()["vn-grid"].in_year(2013) is None


def test_a_fuel_holds_in_every_year() -> None:
    found = factors()["lpg"].in_year(1990)
    assert (found.value, found.year, found.stands_in) == (63100, None, False)
    assert factors()["biogas"].biogenic


@pytest.mark.parametrize(
    ("factor", "unit", "calorific", "tonnes"),
    [
        ("vn-grid", "kWh", None, 1e-3),
        ("vn-grid", "MJ", None, 1 / 3600),
        ("natural-gas", "GJ", None, 1e-6),
        ("natural-gas", "m3", "36 MJ/m3", 36e-9),
        ("natural-gas", "L", "36 MJ/m3", 36e-12),
        ("anthracite", "t", "26 GJ/t", 26e-6),
    ],
)
def test_a_factor_is_turned_into_tonnes_for_each_unit_of_the_resource(
    factor: str, unit: str, calorific: str | None, tonnes: float
) -> None:
    heat = parse_quantity(calorific) if calorific else None
    assert factors()[factor].per(unit, heat) == pytest.approx(tonnes, rel=1e-12)


@pytest.mark.parametrize("calorific", [None, "36 MJ", "36 MJ/t"])
def test_a_volume_without_a_fitting_calorific_value_is_refused(calorific: str | None) -> None:
    heat = parse_quantity(calorific) if calorific else None
    with pytest.raises(UnitError):
        factors()["natural-gas"].per("m3", heat)


def test_every_shipped_factor_has_a_source_and_its_own_id() -> None:
    assert {"vn-grid", "lpg", "biogas", "anthracite"} <= factors().keys()
    assert all(one.source for one in factors().values())


def test_a_file_with_years_and_fuels_is_told_as_a_whole() -> None:
    with pytest.raises(FactorFileError) as caught:
        list(read_factors('name = "x"\nunits = "kg"\n', "x.toml"))
    told = [(problem.line, problem.key) for problem in caught.value.problems]
    assert (2, "units") in told
    assert {"unit", "source"} <= {key for _, key in told}


def test_an_unknown_factor_is_told_with_the_nearest(tmp_path: Path) -> None:
    assert "did you mean 'natural-gas'" in problems(tmp_path, 'co2e = "naturalgas"')


def test_a_factor_of_energy_asks_a_volume_for_its_calorific_value(tmp_path: Path) -> None:
    told = problems(tmp_path, 'co2e = "natural-gas"')
    assert told.count("\n") == 0
    assert "plant.toml:6: resources.gas.co2e" in told
    assert "calorific" in told
    assert not problems(tmp_path, 'co2e = "natural-gas"\ncalorific = "36 MJ/m3"')


OWN = """\
co2e = "pipeline"
calorific = "36 MJ/m3"
[factors.{name}]
unit = "{unit}"
source = "the supplier's paper of 2025"
{value}
"""


@pytest.mark.parametrize(
    ("name", "unit", "value", "said"),
    [
        ("pipeline", "kgCO2/GJ", "value = 55.9", ""),
        ("pipeline", "kgCO2/GJ", "years = { 2024 = 55.9, 2025 = 56.2 }", ""),
        ("pipeline", "kgCO2/GJ", "", "either value or years"),
        ("pipeline", "kgCO2/GJ", "value = 1\nyears = { 2024 = 2 }", "either value or years"),
        ("pipeline", "kgCO2/GJ", "value = -1", "greater than or equal to 0"),
        ("pipeline", "kg/GJ", "value = 55.9", "a factor that does not fit"),
        ("pipelines", "kgCO2/GJ", "value = 55.9", "did you mean 'pipelines'"),
    ],
)
def test_a_plant_may_give_a_factor_of_its_own_with_its_source(
    tmp_path, name, unit, value, said
) -> None:
    told = problems(tmp_path, OWN.format(name=name, unit=unit, value=value))
    assert said in told
    assert bool(said) == bool(told)


def test_a_factor_of_the_file_goes_before_a_shipped_one_of_its_name(tmp_path: Path) -> None:
    """A later version may ship a factor under any name; the file stays sound and means the same."""
    own = OWN.format(name="lpg", unit="kgCO2/GJ", value="value = 55.9").replace("pipeline", "lpg")
    assert not problems(tmp_path, own)
    assert "lpg" in factors()
    found = named(load_plant(tmp_path / "plant.toml"), factors())
    assert found["lpg"].value == 55.9


def test_a_price_for_another_kind_of_unit_is_a_fault(tmp_path: Path) -> None:
    assert "per = 'kWh'" in problems(
        tmp_path, 'price = [{ from = "2025-01-01", value = 9, per = "kWh" }]'
    )


def test_prices_stand_in_order_of_their_days(tmp_path: Path) -> None:
    two = '{{ from = "{}", value = 9, per = "m3" }}'
    late, early = two.format("2025-01-01"), two.format("2024-01-01")
    assert "out of order" in problems(tmp_path, f"price = [{late}, {early}]")
    assert not problems(tmp_path, f"price = [{early}, {late}]")
