"""What `simulate --meters` prints is what a reader of the served registers finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plant.codec import decode
from simulators.meter_table import meter_table
from simulators.metering import simulated_meters
from simulators.server import units_of


def test_every_line_is_what_the_registers_hold(
    still: Callable[..., Any], install: Any, at: Callable[..., float]
) -> None:
    scenario = still(
        a=install("eastron-sdm630", "electricity", start=1234.5),
        b=install("tuf-2000m", "water", start=7.0),
        c=install("advantech-adam6050", "water", start=7.0, extra='pulse = "1 m3"'),
    )
    now = at(2025, 1, 1, 10)
    table = meter_table(scenario, scenario.timeline(), now, port_base=15020)
    head, *lines = [line.split() for line in table.splitlines()]
    assert head == ["meter", "at", "unit", "model", "point", "function", "address", "type", "shows"]
    units = units_of(simulated_meters(scenario, scenario.timeline()), "g/b")
    for name, place, unit, model, point_name, function, address, *_, value, _unit in lines:
        assert place == "127.0.0.1:15020"
        meter = scenario.plant.meters[name]
        point = meter.meter_model.points[point_name]
        assert (int(unit), model, int(function)) == (meter.unit_id, meter.model, point.function)
        assert int(address) == point.numbers[0].address
        words = {
            (point.function, part.address + i): word
            for part in point.everything
            for i, word in enumerate(
                units[int(unit)].read(point.function, part.address, part.words, at_s=now)
            )
        }
        assert f"{decode(point, words):.10g}" == value
    assert lines[0][-2:] == ["2734.5", "kWh"]
