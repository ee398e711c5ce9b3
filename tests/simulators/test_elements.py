"""Batches, tanks, membranes, boilers and chillers, one at a time and without noise."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from simulators.process import DayFlows, Process
from simulators.process_file import ProcessFile

DAY = date(2025, 3, 3).toordinal()
VAT: dict[str, Any] = {
    "kind": "batch", "t_per_batch": 2.0, "minutes": 300, "composition": {"dry": 0.5},
    "water_m3_per_t": 3.0, "rest": "liquor", "outlets": {"goods": {"shares": {"dry": 0.9},
    "moisture": 0.5}}, "kwh_per_t": 10.0, "heat_mj_per_t": 900.0, "cold_mj_per_t": 360.0,
}  # fmt: skip


def run(elements: dict[str, Any], **more: Any) -> tuple[DayFlows, dict[str, np.ndarray]]:
    """One day of a process of these elements, and its amounts by name."""
    totals = {"all": {"unit": "kWh", "of": ["*.electricity"]}}
    content = {"name": "x", "sector": "x", "components": ["water", "dry"], "totals": totals}
    described = ProcessFile.model_validate(content | {"elements": elements} | more)
    day = Process(described, "Asia/Ho_Chi_Minh", seed=1, improvements={}).day(DAY)
    return day, dict(zip(day.names, day.amounts, strict=True))


def test_a_batch_takes_in_at_the_beginning_and_gives_at_the_end() -> None:
    """Four cycles of five hours, the rest of the day idle: 4 x 2 t and 4 x 6 m3."""
    day, amounts = run({"vat": VAT})
    assert amounts["vat.charged"].sum() == pytest.approx(8.0)
    assert amounts["vat.fresh"].sum() == pytest.approx(24.0)
    assert amounts["vat.electricity"].sum() == pytest.approx(80.0)
    assert amounts["vat.goods"].sum() == pytest.approx(8.0 * 0.5 * 0.9 / 0.5)
    cycle = slice(0, 60)
    filled = np.flatnonzero(amounts["vat.charged"][cycle])
    emptied = np.flatnonzero(amounts["vat.goods"][cycle])
    assert filled.tolist() == list(range(9))
    assert emptied.tolist() == list(range(51, 60))
    assert not amounts["vat.charged"][240:].any(), "the last four hours hold no whole cycle"
    np.testing.assert_allclose(day.entered, day.left, rtol=1e-12)


def test_vessels_begin_one_after_the_other_and_a_full_one_passes_midnight() -> None:
    """Three of eight hours each: one is always being filled, worked and emptied somewhere."""
    day, amounts = run({"vat": VAT | {"minutes": 480, "vessels": 3.0, "fill": 0.25, "drain": 0.25}})
    assert amounts["vat.charged"].sum() == pytest.approx(3 * 3 * 2.0)
    begun = np.flatnonzero(np.diff(amounts["vat.charged"], prepend=0.0) > 0)
    assert begun.tolist() == list(range(0, 288, 32))
    emptied = np.flatnonzero(np.diff(amounts["vat.goods"]) > 0) + 1
    assert emptied.tolist() == [8, *range(40, 288, 32)], "a batch of the night before among them"
    assert np.ptp(amounts["vat.heat"]) == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_allclose(day.entered, day.left, rtol=1e-12)


def test_a_cycle_that_a_stop_would_cut_is_left_out() -> None:
    stop = {"weekday": "monday", "at": "07:00", "hours": 1}
    _, amounts = run({"vat": VAT}, time={"stops": [stop]})
    assert amounts["vat.charged"].sum() == pytest.approx(6.0)


@pytest.mark.parametrize("wrong", [{"minutes": 303}, {"fill": 0.6, "drain": 0.5}, {"fill": 0.0}])
def test_a_cycle_that_cannot_be_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        run({"vat": VAT | wrong})


def test_a_tank_gives_evenly_what_it_takes_in_a_day() -> None:
    _, amounts = run({"vat": VAT, "tank": {"kind": "tank", "inlets": ["vat.goods"]}})
    assert np.ptp(amounts["tank.level"]) == pytest.approx(0.0, abs=1e-12)
    assert amounts["tank.level"].sum() == pytest.approx(amounts["vat.goods"].sum())


def test_a_membrane_keeps_its_share_of_what_goes_through() -> None:
    membrane = {
        "kind": "membrane", "inlets": ["vat.liquor"], "share": 0.5, "retains": {"dry": 0.8},
        "moisture": 0.4, "kwh_per_m3": 2.0,
    }  # fmt: skip
    day, amounts = run({"vat": VAT, "membrane": membrane})
    lost = 8.0 * 0.5 * 0.1  # t dry with the liquor
    assert amounts["membrane.retained"].sum() == pytest.approx(0.5 * 0.8 * lost / 0.6)
    water = amounts["vat.liquor.water"].sum()
    assert amounts["membrane.electricity"].sum() == pytest.approx(2.0 * 0.5 * water)
    np.testing.assert_allclose(day.entered, day.left, rtol=1e-12)


BOILER: dict[str, Any] = {
    "kind": "boiler", "serves": ["vat"], "efficiency": 0.8, "fuel_mj_per_t": 20_000.0,
    "steam_mj_per_t": 2000.0, "makeup_mj_per_t": 300.0,
}  # fmt: skip


@pytest.mark.parametrize(("returned", "fresh"), [(0.0, 3.6), (0.75, 0.9), (1.0, 0.0)])
def test_condensate_that_comes_back_saves_water_and_fuel(returned: float, fresh: float) -> None:
    """8 t ask for 7,200 MJ, which is 3.6 t steam."""
    day, amounts = run({"vat": VAT, "steam": BOILER | {"condensate_return": returned}})
    assert amounts["steam.steam"].sum() == pytest.approx(3.6)
    assert amounts["steam.fresh"].sum() == pytest.approx(fresh)
    assert amounts["steam.fuel_heat"].sum() == pytest.approx((7200 + 300 * fresh) / 0.8)
    assert amounts["steam.fuel"].sum() == pytest.approx((7200 + 300 * fresh) / 0.8 / 20_000)
    np.testing.assert_allclose(day.entered, day.left, rtol=1e-12)


@pytest.mark.parametrize(("air", "cop"), [(25.0, 3.0), (35.0, 2.4), (15.0, 3.6)])
def test_a_chiller_needs_more_in_warm_weather(air: float, cop: float) -> None:
    """8 t ask for 2,880 MJ of cold, which is 800 kWh; rooms at -5 degC ask for 1 kW a degree."""
    weather = {"kind": "weather", "months": [air] * 12, "swing": 0.0, "scatter": 0.0}
    chiller = {
        "kind": "chiller", "serves": ["vat"], "ambient": "weather", "cop": 3.0,
        "cop_per_k": 0.02, "room_degc": -5.0, "room_kw_per_k": 1.0,
    }  # fmt: skip
    _, amounts = run({"weather": weather, "vat": VAT, "cold": chiller})
    asked = 800 + 24 * (air + 5)
    assert amounts["cold.cold_made"].sum() / 3.6 == pytest.approx(asked)
    assert amounts["cold.electricity"].sum() == pytest.approx(asked / cop)


def test_weather_is_warmest_at_three_and_follows_its_months() -> None:
    weather = {"kind": "weather", "months": [10.0] * 6 + [30.0] * 6, "scatter": 0.0}
    day, _ = run({"weather": weather, "vat": VAT})
    value = day.signals["weather.value"]
    assert value.argmax() == 15 * 12
    assert value.mean() == pytest.approx(10.0)
    assert np.ptp(value) == pytest.approx(8.0)


def test_an_element_that_serves_what_is_not_above_it_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"elements.steam: 'vat' is not an element above"):
        run({"steam": BOILER, "vat": VAT})
