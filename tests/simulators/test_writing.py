"""Registers are written quickly and are what the codec gives; time may be asked in any order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plant.codec import encode
from plant.models import MeterModel, library
from simulators.metering import SimulatedMeter, simulated_meters
from simulators.registers import UnitRegisters
from simulators.scenario import Scenario, load_scenario
from simulators.server import units_of
from simulators.writing import writer

PLANTS = [
    "brewery", "cement-clinker", "kontum-starch", "rubber-latex", "seafood-freezing",
    "textile-dyeing",
]  # fmt: skip
POINTS = [
    pytest.param(point, id=f"{model.id}-{name}")
    for model in library().values()
    for name, point in model.points.items()
]


@pytest.mark.parametrize("point", POINTS)
def test_every_point_of_the_library_is_written_as_the_codec_does(point: Any) -> None:
    write = writer(point)
    for value in (0.0, 0.1, 1.0, 7.25, 1234.5, 65_535.999_999_999, 987_654.321, 1e9 / 3, 2**33):
        registers = encode(point, value)
        words = [registers[point.function, p.address + i] for p in point.everything
                 for i in range(p.words)]  # fmt: skip
        assert write(value) == b"".join(word.to_bytes(2, "big") for word in words), value


@pytest.mark.slow
@pytest.mark.parametrize("model", library().values(), ids=lambda model: model.id)
def test_any_part_of_the_registers_is_the_same_part_of_all(
    still: Callable[..., Scenario], on_bench: Any, at: Callable[..., float], model: MeterModel
) -> None:
    """One register at a time gives what a longer request gives."""
    scenario = still(m=on_bench(model))
    (meter,) = simulated_meters(scenario, scenario.timeline()).values()
    unit = UnitRegisters([meter])
    now = at(2025, 1, 7, 9, 30, 17)
    alone = {*model.limits.alone, *(a - 1 for a in model.limits.barriers)}
    for name, point in model.points.items():
        whole = {
            (point.function, address): word
            for (_, address), word in encode(
                point, float(meter.value(name, np.array([now]))[0])
            ).items()
        }
        for part in point.everything:
            places = range(part.address, part.end)
            if alone & set(places):
                continue
            together = unit.read(point.function, part.address, part.words, at_s=now)
            apart = [unit.read(point.function, a, 1, at_s=now)[0] for a in places]
            assert together == apart
            if "float" not in part.type:
                assert together == [whole[point.function, a] for a in places], name


def all_units(scenario: Scenario) -> dict[tuple[str, int], UnitRegisters]:
    meters = simulated_meters(scenario, scenario.timeline())
    buses = {meter.meter.bus for meter in meters.values()}
    return {(bus, n): unit for bus in buses for n, unit in units_of(meters, bus).items()}


def everything(units: dict[tuple[str, int], UnitRegisters], at_s: float) -> list[list[int]]:
    """The registers of every point that is read by default, of every unit."""
    return [
        unit.read(point.function, part.address, part.words, at_s=at_s)
        for _, unit in sorted(units.items(), key=lambda item: item[0])
        for point in (unit.model.points[name] for name in unit.model.meter.default)
        for part in point.everything
    ]


@pytest.fixture(scope="module", params=PLANTS)
def described(request: pytest.FixtureRequest) -> Scenario:
    return load_scenario(Path(request.param))


@pytest.mark.slow
def test_the_same_seed_and_time_give_the_same_registers_in_any_order_of_asking(
    described: Scenario,
) -> None:
    """Hour by hour, shuffled, at another speed, and by another process: word for word."""
    begin = described.timeline().origin_s + 400 * 86400
    instants = begin + np.sort(np.random.default_rng(1).uniform(0, 40 * 86400, 25))
    units = all_units(described)
    forward = [everything(units, at_s) for at_s in instants]
    shuffled = np.random.default_rng(2).permutation(len(instants))
    for i in shuffled:
        assert everything(units, float(instants[i])) == forward[i]
    other = all_units(load_scenario(described.path))
    for i in shuffled[::3]:
        assert everything(other, float(instants[i])) == forward[i]


@pytest.fixture(scope="module")
def meters(kontum: Scenario) -> dict[str, SimulatedMeter]:
    return simulated_meters(kontum, kontum.timeline())


@pytest.fixture(scope="module")
def units(kontum: Scenario) -> dict[tuple[str, int], UnitRegisters]:
    return all_units(kontum)


@pytest.mark.slow
@settings(max_examples=25)
@given(seconds=st.lists(st.floats(0, 3 * 86400), min_size=1, max_size=8))
def test_what_was_asked_before_changes_no_register(
    units: dict[tuple[str, int], UnitRegisters], at: Callable[..., float], seconds: list[float]
) -> None:
    begin = at(2024, 2, 1)
    told = [everything(units, begin + s) for s in seconds]
    again = [everything(units, begin + s) for s in reversed(seconds)]
    assert told == again[::-1]


@settings(max_examples=50)
@given(second=st.floats(0, 86400))
def test_between_half_minutes_values_run_straight(
    meters: dict[str, SimulatedMeter], at: Callable[..., float], second: float
) -> None:
    """What the registers are worked out from is what the process says of the instant itself."""
    at_s = at(2024, 2, 1) + second
    begin = at_s // 30.0 * 30.0
    for meter in meters.values():
        for name in meter.model.meter.default:
            exact, first, half = meter.value(name, np.array([at_s, begin, begin + 15.0]))
            straight = first + (half - first) / 15.0 * (at_s - begin)
            assert straight == pytest.approx(exact, rel=1e-9, abs=1e-9), (meter.name, name)
