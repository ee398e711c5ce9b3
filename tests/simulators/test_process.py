"""The tapioca-starch plant: what enters leaves, and what it uses agrees with the sources."""

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from simulators.process import Process
from simulators.process_file import Improvement, ProcessFile
from simulators.scenario import Scenario
from tests.simulators.known_truth import imbalance

KONTUM = Path(__file__).parents[2] / "config" / "plants" / "kontum-starch"
BASELINE = (date(2024, 1, 1), date(2025, 1, 1))


def described() -> dict[str, Any]:
    """The shipped process file's content."""
    return tomllib.loads((KONTUM / "process.toml").read_text())


@pytest.fixture(scope="module")
def year(kontum: Scenario) -> dict[str, np.ndarray]:
    """Amount of every name on each day of the baseline year."""
    first = BASELINE[0].toordinal()
    days = [kontum.process.day(day) for day in range(first, BASELINE[1].toordinal())]
    sums = np.array([day.amounts.sum(axis=1) for day in days])
    return dict(zip(days[0].names, sums.T, strict=True))


@pytest.mark.parametrize("first", [date(2024, 6, 1), date(2024, 12, 25), date(2025, 8, 15)])
def test_every_component_that_enters_leaves(kontum: Scenario, first: date) -> None:
    """Before, across and after the improvements' day, stops included."""
    residues = imbalance(kontum.process, first, first + timedelta(days=14))
    assert set(residues) == {"water", "starch", "fibre", "solubles", "soil"}
    assert max(abs(residue) for residue in residues.values()) < 1e-9


@pytest.mark.slow
def test_roots_and_water_become_product_residue_and_discharge(year: dict[str, np.ndarray]) -> None:
    """The balance again, from the named flows at the plant's fence."""
    entered = year["roots.feed"] + year["washing.fresh"] + year["rasping.fresh"]
    entered = entered + year["separation.fresh"] + year["utilities.fresh"]
    left = sum(
        year[name]
        for name in (
            "drying.dried", "drying.vapour", "residue-drying.dried", "residue-drying.undried",
            "residue-drying.vapour", "washing.peel", "treatment.gas", "treatment.sludge",
            "treatment.vapour", "treatment.discharge",
        )
    )  # fmt: skip
    assert np.abs(entered - left).max() <= 1e-9 * entered.max()


def test_water_and_root_moisture_leave_by_seven_ways(year: dict[str, np.ndarray]) -> None:
    """Intake and moisture against discharge, evaporation, product, residue, peel and sludge."""
    entered = year["water"] + year["roots.feed.water"]
    left = sum(
        year[f"{name}.water"]
        for name in (
            "treatment.discharge", "treatment.vapour", "treatment.sludge", "drying.vapour",
            "drying.dried", "residue-drying.vapour", "residue-drying.dried",
            "residue-drying.undried", "washing.peel",
        )
    )  # fmt: skip
    assert np.abs(entered - left).max() <= 1e-9 * entered.max()


def test_energy_is_accounted_for(year: dict[str, np.ndarray]) -> None:
    """The wells lift what is used; heat comes from gas and fuel; gas is burned or flared."""
    wells = year["wells.well-1_lifted"] + year["wells.well-2_lifted"]
    np.testing.assert_allclose(wells, year["water"], rtol=1e-12)
    heat = 20.5 * year["burner.gas_burned"] + year["burner.fuel_heat"]
    np.testing.assert_allclose(heat, year["drying.heat"], rtol=1e-9, atol=1e-6)
    gas = year["burner.gas_burned"] + year["burner.gas_flared"]
    np.testing.assert_allclose(gas, year["treatment.gas_made"], rtol=1e-12)
    parts = [amount for name, amount in year.items() if name.endswith(".electricity")]
    np.testing.assert_allclose(np.sum(parts, axis=0), year["electricity"], rtol=1e-12)


def test_nothing_flows_backwards(kontum: Scenario) -> None:
    """No amount is negative in any minute of two months around the improvements."""
    first = date(2024, 12, 1).toordinal()
    assert min(kontum.process.day(day).amounts.min() for day in range(first, first + 62)) >= -1e-12


def test_magnitudes_agree_with_the_cited_sources(year: dict[str, np.ndarray]) -> None:
    """197.8 kWh/t, 15.1-16.7 m3/t, 14.7-19.2 m3/t, 2,527 MJ/t of which 77 % biogas."""
    starch = year["starch"].sum()
    specific = {name: year[name].sum() / starch for name in ("electricity", "water", "wastewater")}
    assert specific["electricity"] == pytest.approx(197.8, rel=0.03)
    assert 15.0 <= specific["water"] <= 16.7
    assert 14.7 <= specific["wastewater"] <= 19.2
    heat = year["drying.heat"].sum() / starch
    total = heat + 3.6 * specific["electricity"]
    assert total == pytest.approx(2527, rel=0.05)
    assert heat / total == pytest.approx(0.77, abs=0.05)
    harvest = year["starch"][:90]
    assert 100 < np.median(harvest) < 200
    assert year["starch"][190:220].mean() < 0.75 * harvest.mean()


def test_electricity_scatters_about_its_line_as_real_plants_do(year: dict[str, np.ndarray]) -> None:
    """A daily regression on starch leaves 1.5-3 % and a persistent residual."""
    x, y = year["starch"], year["electricity"]
    slope, intercept = np.polyfit(x, y, 1)
    residual = y - intercept - slope * x
    assert 0.015 < residual.std() / y.mean() < 0.03
    assert 0.3 < np.corrcoef(residual[1:], residual[:-1])[0, 1] < 0.8
    assert 0.08 < intercept / y.mean() < 0.3


def test_any_order_of_asking_gives_the_same_day(kontum: Scenario) -> None:
    """A process that was asked other days answers bit for bit the same."""
    other = Process(
        kontum.process.described,
        "Asia/Ho_Chi_Minh",
        seed=kontum.file.seed,
        improvements=kontum.file.improvements,
    )
    day = date(2025, 1, 20).toordinal()
    for before in (day + 400, day - 300):
        other.day(before)
    assert np.array_equal(other.day(day).amounts, kontum.process.day(day).amounts)


def test_a_day_is_the_same_alone_and_in_company(kontum: Scenario) -> None:
    """Bit for bit, also where an improvement begins on one of the days asked for."""
    first = date(2024, 12, 25).toordinal()
    together = kontum.process.days(first, first + 14)
    apart = [kontum.process.day(day) for day in range(first, first + 14)]
    assert np.array_equal(together.amounts, np.hstack([day.amounts for day in apart]))


def test_another_seed_is_another_plant(kontum: Scenario) -> None:
    """The draws hang on the seed."""
    other = Process(kontum.process.described, "Asia/Ho_Chi_Minh", seed=2, improvements={})
    day = date(2024, 6, 3).toordinal()
    assert not np.array_equal(other.day(day).amounts, kontum.process.day(day).amounts)


def test_an_improvement_begins_on_its_day_and_not_before(kontum: Scenario) -> None:
    """The day before is the same with and without it; the day itself is not."""
    process, undone = kontum.process, frozenset(kontum.file.improvements)
    day = date(2025, 1, 1).toordinal()
    before = process.day(day - 1), process.day(day - 1, without=undone)
    after = process.day(day), process.day(day, without=undone)
    assert np.array_equal(before[0].amounts, before[1].amounts)
    assert not np.array_equal(after[0].amounts, after[1].amounts)


def test_a_stream_that_no_element_above_makes_is_refused() -> None:
    """The file says which element asks for it."""
    content = described()
    content["elements"]["rasping"]["inlets"] = ["washing.nothing"]
    with pytest.raises(ValidationError, match=r"elements.rasping: stream 'washing.nothing'"):
        ProcessFile.model_validate(content)


def test_a_stream_is_taken_once() -> None:
    """Two elements cannot both have it: mass would be made."""
    content = described()
    content["elements"]["treatment"]["inlets"].append("dewatering.cake")
    with pytest.raises(ValidationError, match=r"elements.treatment: .*taken already"):
        ProcessFile.model_validate(content)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("washing.reuze", 0.1, "'washing.reuze' is not a number"),
        ("nothing.reuse", 0.1, "'nothing.reuse' is not a number"),
        ("washing.reuse", 1.4, "washing.reuse = 1.4"),
    ],
)
def test_an_improvement_of_what_does_not_exist_is_refused(
    path: str, value: float, message: str
) -> None:
    """Said when the process is made, not on the day."""
    with pytest.raises(ValueError, match=message):
        Process(
            ProcessFile.model_validate(described()),
            "Asia/Ho_Chi_Minh",
            seed=1,
            improvements={"x": Improvement(since=date(2025, 1, 1), changes={path: value})},
        )


def test_what_is_counted_alone_is_what_the_days_come_to(kontum: Scenario) -> None:
    """To the last bit, over the first day of an improvement too: a start may do either."""
    first = date(2024, 12, 25).toordinal()
    days = kontum.process.days(first, first + 16)
    assert np.array_equal(kontum.process.counted(first, first + 16), days.counted)
    np.testing.assert_allclose(days.counted, days.amounts.sum(axis=1), rtol=1e-12, atol=1e-9)
