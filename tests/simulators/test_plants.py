"""The shipped plants: what enters leaves, magnitudes agree with the cited sources."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from plant.units import parse_quantity
from simulators.metering import simulated_meters
from simulators.scenario import Scenario, load_scenario
from tests.simulators.known_truth import energy_imbalance, imbalance, saved

pytestmark = pytest.mark.slow

PLANTS = [
    "brewery", "cement-clinker", "kontum-starch", "rubber-latex", "seafood-freezing",
    "textile-dyeing",
]  # fmt: skip
YEAR = date(2024, 1, 1).toordinal(), date(2025, 1, 1).toordinal()


@pytest.fixture(scope="module", params=PLANTS)
def plant(request: pytest.FixtureRequest) -> Scenario:
    return load_scenario(Path(request.param))


def yearly(name: str) -> dict[str, float]:
    """Amounts of a plant's baseline year."""
    flows = load_scenario(Path(name)).process.days(*YEAR)
    return dict(zip(flows.names, flows.amounts.sum(axis=1).tolist(), strict=True))


def test_every_component_that_enters_leaves(plant: Scenario) -> None:
    """Over two years, the improvements' first day among them."""
    residues = imbalance(plant.process, date(2024, 1, 1), date(2026, 1, 1))
    assert max(abs(residue) for residue in residues.values()) < 1e-9


def test_energy_that_goes_in_comes_out(plant: Scenario) -> None:
    """Of every boiler, burner and chiller, and of all electricity, over the same two years."""
    residues = energy_imbalance(plant.process, date(2024, 1, 1), date(2026, 1, 1))
    converters = {"boiler", "burner", "chiller"}
    kinds = [element.kind for element in plant.process.described.elements.values()]
    assert len(residues) == 1 + sum(kind in converters for kind in kinds)
    assert max(abs(residue) for residue in residues.values()) < 1e-9


def test_heat_is_made_of_fuel_and_fresh_water_is_lifted(plant: Scenario) -> None:
    amounts = plant.process.days(*YEAR)
    by_name = dict(zip(amounts.names, amounts.amounts, strict=True))
    lifted = [row for name, row in by_name.items() if name.endswith("_lifted")]
    np.testing.assert_allclose(np.sum(lifted, axis=0), by_name["water"], rtol=1e-9, atol=1e-12)
    parts = [row for name, row in by_name.items() if name.endswith(".electricity")]
    np.testing.assert_allclose(np.sum(parts, axis=0), by_name["electricity"], rtol=1e-9)


def test_nothing_flows_backwards(plant: Scenario) -> None:
    assert plant.process.days(YEAR[1] - 30, YEAR[1] + 30).amounts.min() >= -1e-12


def test_every_improvement_saves_something_and_costs_no_product(plant: Scenario) -> None:
    clock = plant.process.clock
    span = clock.start_s(YEAR[1]), clock.start_s(YEAR[1] + 59)
    for name in plant.file.improvements:
        savings = saved(plant.process, *span, without=frozenset({name}))
        products = [savings[p].saving for p in plant.plant.products]
        assert max(products) <= 1e-9, name
        assert max(s.saving for s in savings.values()) > 0 or min(products) < 0, name


def test_no_meter_counts_faster_than_its_model_bears(plant: Scenario) -> None:
    """Else every quarter of an hour would look like a reset."""

    meters = simulated_meters(plant, plant.timeline())
    begin = plant.process.clock.start_s(date(2024, 1, 8).toordinal())
    at_s = begin + 900.0 * np.arange(14 * 96)
    for name, meter in meters.items():
        counter = meter.meter.counter
        point = meter.model.points[counter] if counter else None
        if point is None or point.max_rate is None:
            continue
        fastest = np.diff(meter.value(counter, at_s)).max() * 4
        bears = parse_quantity(point.max_rate, like=f"{point.unit}/h").to(f"{point.unit}/h")
        assert fastest < bears / 1.5, name


@pytest.mark.parametrize("name", ["kontum-starch", "rubber-latex"])
def test_no_plant_discharges_more_than_its_permit_says(name: str) -> None:
    """On the busiest day of three years, with room for what its meter shows too much."""
    plant = load_scenario(Path(name))
    allowed = plant.plant.permits["discharge"].volume
    assert allowed is not None
    flows = plant.process.days(YEAR[0], YEAR[0] + 3 * 365)
    steps = flows.amounts[flows.names.index("wastewater")]
    busiest = float(steps.reshape(-1, 288).sum(axis=1).max())
    assert 0.7 < busiest / allowed.to("m3/day") < 0.99


def test_rubber_sends_its_treatment_what_the_programme_recorded() -> None:
    """Built for 1,100 m3 a day; the membrane keeps rubber that went with the water before."""
    plant = load_scenario(Path("rubber-latex"))
    permit = plant.plant.permits["discharge"].volume
    assert permit is not None
    assert permit.to("m3/day") == 1100
    clock = plant.process.clock
    since = clock.start_s(YEAR[1]), clock.start_s(YEAR[1] + 90)
    membrane = saved(plant.process, *since, without=frozenset({"membrane"}))
    assert membrane["recovered"].without == 0
    made = membrane["recovered"].actual + membrane["cream"].actual
    assert 0.005 < membrane["recovered"].actual / made < 0.03


def test_seafood_comes_to_its_norm() -> None:
    """1,050 kWh/t of catfish (Circular 52/2018)."""
    year = yearly("seafood-freezing")
    assert year["electricity"] / year["frozen"] == pytest.approx(1050, rel=0.07)


def test_beer_stays_within_the_norm_of_its_size() -> None:
    """196 MJ/hl for 20-100 million litres a year (Circular 19/2016)."""
    year = yearly("brewery")
    hectolitres = 10 * year["beer"]
    assert 20e6 < 100 * hectolitres < 100e6
    energy_mj = year["heat"] + 3.6 * year["electricity"]
    assert 129 < energy_mj / hectolitres < 196


def test_dyeing_lies_between_best_practice_and_average() -> None:
    """50-70 L/kg and 300 L/kg (PaCT)."""
    year = yearly("textile-dyeing")
    assert 70 < year["water"] / year["fabric"] < 300


def test_clinker_comes_to_the_means_of_the_survey() -> None:
    """824 kcal/kg and 61.8 kWh/t clinker."""
    year = yearly("cement-clinker")
    assert year["heat"] / year["clinker"] == pytest.approx(824 * 4.1868, rel=0.02)
    assert year["electricity"] / year["clinker"] == pytest.approx(61.8, rel=0.03)
