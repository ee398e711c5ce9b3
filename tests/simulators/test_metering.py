"""What simulated meters show."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from plant.codec import decode, encode
from plant.models import MeterModel, Point, library
from simulators.metering import SimulatedMeter, shown, simulated_meters
from simulators.scenario import Scenario

At = Callable[..., float]
Still = Callable[..., Scenario]
POINTS = [(model, name) for model in library().values() for name in model.points]


def meters(scenario: Scenario) -> dict[str, SimulatedMeter]:
    """The scenario's meters on a timeline of their own."""
    return simulated_meters(scenario, scenario.timeline())


def value(meter: SimulatedMeter, point: str, instant_s: float) -> float:
    """One value before its registers round it."""
    return float(meter.value(point, np.array([instant_s]))[0])


@pytest.mark.slow
@pytest.mark.parametrize(("model", "name"), POINTS, ids=lambda x: getattr(x, "id", x))
def test_values_written_by_the_thousand_equal_values_read_one_by_one(
    model: MeterModel, name: str
) -> None:
    """History is rounded as the registers round: encode, then decode, bit for bit."""
    point = model.points[name]
    values = np.random.default_rng(5).uniform(0, largest(point), 400)
    lowest = 1.0 if "zero" in point.sentinels else 0.0  # a zero there is no value
    values = np.concatenate([[lowest, min(1.0, largest(point))], values.clip(min=lowest)])
    one_by_one = [decode(point, encode(point, v)) for v in values.tolist()]
    assert shown(point, values).tolist() == one_by_one


def largest(point: Point) -> float:
    """A value that the point's registers hold and its model lets pass."""
    holds = {"int16": 3e4, "uint16": 6e4, "int32": 2e9, "uint32": 4e9, "bit": 1.0}
    fits = min(holds.get(part.type, 1e12) * part.factor for part in point.numbers) * point.factor
    fits *= 10.0**point.exponent.usual if point.exponent else 1.0
    usual = 2e7 if point.kind == "counter" else 3e4
    return min(fits, usual, usual if point.most is None else point.most)


def test_a_counter_shows_its_start_and_what_flowed_since(
    still: Still, install: Any, at: At
) -> None:
    """150 kW for 10 hours on 1,234.5 kWh."""
    meter = meters(still(m=install("eastron-sdm630", "electricity", start=1234.5)))["m"]
    assert value(meter, "energy", at(2025, 1, 1)) == 1234.5
    assert value(meter, "energy", at(2025, 1, 1, 10)) == pytest.approx(2734.5)
    assert value(meter, "energy_export", at(2025, 1, 1, 10)) == 0


def test_an_electricity_meter_agrees_with_itself(still: Still, install: Any, at: At) -> None:
    """Power, phases, apparent and reactive power, voltage and current of one load."""
    meter = meters(still(m=install("eastron-sdm630", "electricity", also="power_factor = 0.8")))[
        "m"
    ]
    now = at(2025, 1, 5, 9)
    assert value(meter, "power", now) == pytest.approx(150_000)
    assert value(meter, "power_l2", now) == pytest.approx(50_000)
    assert value(meter, "power_apparent", now) == pytest.approx(187_500)
    assert value(meter, "power_reactive", now) == pytest.approx(112_500)
    assert value(meter, "power_factor", now) == 0.8
    watts = 3 * value(meter, "voltage_l1", now) * value(meter, "current_l1", now) * 0.8
    assert watts == pytest.approx(150_000)
    assert value(meter, "frequency", now) == 50


def test_a_flow_meter_shows_volume_and_flow(still: Still, install: Any, at: At) -> None:
    """90 m3/h by day."""
    meter = meters(still(m=install("tuf-2000m", "water", start=10.0)))["m"]
    assert value(meter, "flow", at(2025, 1, 1, 9)) == pytest.approx(90)
    hour = value(meter, "volume", at(2025, 1, 1, 10)) - value(meter, "volume", at(2025, 1, 1, 9))
    assert hour == pytest.approx(90)
    assert value(meter, "volume_reverse", at(2025, 1, 1, 9)) == 0


def test_a_pulse_is_worth_what_the_plant_file_says(still: Still, install: Any, at: At) -> None:
    """Litres in the file, cubic metres in the process: 90 m3 are 900 pulses of 100 L."""
    pulses = install("advantech-adam6050", "water", start=7.0, extra='pulse = "100 L"')
    meter = meters(still(m=pulses))["m"]
    hour = value(meter, "count0", at(2025, 1, 1, 10)) - value(meter, "count0", at(2025, 1, 1, 9))
    assert hour == pytest.approx(900)
    assert value(meter, "count1", at(2025, 1, 1, 9)) == 0


def test_behind_a_current_transformer_a_meter_shows_its_own_amounts(
    still: Still, install: Any, at: At
) -> None:
    """The plant file's factor turns them back."""
    meter = meters(still(m=install("abb-b23", "electricity", extra="ct = 30")))["m"]
    assert value(meter, "power", at(2025, 1, 1, 9)) * 30 == pytest.approx(150_000)


def test_a_quality_meter_shows_its_signal_and_what_else_is_named(
    still: Still, install: Any, at: At
) -> None:
    """pH from one signal, temperature from another."""
    probe = install("boqu-bh485-ph", "acid.value", also='also = { temperature = "warmth.value" }')
    meter = meters(still(m=probe))["m"]
    assert value(meter, "ph", at(2025, 1, 1, 9)) == 7.25
    assert value(meter, "temperature", at(2025, 1, 1, 9)) == 31.5


def test_the_incomer_is_the_sum_of_what_it_splits_into(kontum: Scenario, at: At) -> None:
    """Within the meters' own errors: no electricity goes unmetered."""
    found = meters(kontum)
    first, last = at(2024, 3, 1), at(2024, 3, 8)

    def used(name: str) -> float:
        return value(found[name], "energy", last) - value(found[name], "energy", first)

    parts = [name for name, meter in kontum.plant.meters.items() if meter.within == "incomer"]
    assert len(parts) == 6
    assert sum(used(name) for name in parts) == pytest.approx(used("incomer"), rel=0.005)


def test_a_meters_error_is_its_own_and_within_its_class(kontum: Scenario) -> None:
    """Two meters of one class differ; none exceeds it; each is the same at every start."""
    gains = {name: meter.gain for name, meter in meters(kontum).items()}
    assert gains == {name: meter.gain for name, meter in meters(kontum).items()}
    for name, of in kontum.file.meters.items():
        assert abs(gains[name] - 1) <= of.error / 100
    assert gains["washing"] != gains["rasping"] != gains["drying"]


def test_sixteen_meters_of_ten_models_measure_the_plant(kontum: Scenario) -> None:
    """At least twelve counters, of at least four makes of register map."""
    counters = [m for m in kontum.plant.meters.values() if m.counter and (m.resource or m.product)]
    assert len(counters) >= 12
    assert len({meter.model for meter in counters}) >= 4
