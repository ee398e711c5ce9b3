"""A fleet: all meters of a plant evaluated at once show what each would show alone."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from plant.check import load_plant
from plant.codec import decode
from simulators.fleet import ORIGIN_S, Layout, Loads, draw_loads, fleet_units
from simulators.fleet_command import main
from simulators.modbus import answer

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
NOW_S = ORIGIN_S + 400 * 86400.0 + 41_000.0
MODELS = ["eastron-sdm630", "schneider-pm5560", "abb-b23", "carlo-gavazzi-em24", "sunspec-meter"]


def value_of(units: object, unit_id: int, name: str, at_s: float) -> object:
    """What a reader decodes of a point."""
    unit = units[unit_id]  # type: ignore[index]
    point = unit.model.points[name]
    registers = {}
    for part in point.everything:
        words = unit.read(point.function, part.address, part.words, at_s=at_s)
        registers.update({(point.function, part.address + i): w for i, w in enumerate(words)})
    return decode(point, registers)


@pytest.mark.parametrize("model", MODELS)
def test_every_meter_counts_its_own_energy(model: str) -> None:
    layout, loads = Layout(model), draw_loads(1, 3, 50)
    units = fleet_units(layout, loads)
    point = layout.model.points[layout.model.meter.main]
    for unit_id in (1, 17, 50):
        kwh = loads.energy_kwh(NOW_S)[unit_id - 1] * {"Wh": 1000, "kWh": 1}[point.unit]
        told = value_of(units, unit_id, layout.model.meter.main, NOW_S)
        assert told == pytest.approx(kwh, rel=2e-7, abs=1.01 * point.factor)


def test_power_is_the_slope_of_energy() -> None:
    loads = draw_loads(1, 1, 20)
    hour = loads.energy_kwh(NOW_S + 1.8) - loads.energy_kwh(NOW_S - 1.8)
    np.testing.assert_allclose(hour * 1000, loads.power_kw(NOW_S), rtol=1e-4)


def test_the_same_seed_and_time_give_the_same_registers_in_any_order() -> None:
    layout = Layout("eastron-sdm630")
    request = struct.pack(">BHH", 4, 0, 80)

    def told(seconds: list[float]) -> dict[float, list[bytes]]:
        units = fleet_units(layout, draw_loads(1, 7, 30))
        return {s: [answer(u, request, at_s=NOW_S + s) for u in units.values()] for s in seconds}

    assert told([0.0, 5.0, 3600.0]) == told([3600.0, 0.0, 5.0])
    assert told([0.0])[0.0] != told([3600.0])[3600.0]


def test_registers_are_renewed_once_a_second() -> None:
    units = fleet_units(Layout("eastron-sdm630"), draw_loads(1, 1, 5))
    first, same, other = (value_of(units, 1, "energy", NOW_S + s) for s in (0.1, 0.9, 400.0))
    assert first == same != other


def test_any_length_of_request_gives_the_same_registers_and_exceptions_their_code() -> None:
    units = fleet_units(Layout("eastron-sdm630"), draw_loads(1, 1, 5))
    whole = units[2].read(4, 0, 80, at_s=NOW_S)
    assert [units[2].read(4, a, 1, at_s=NOW_S)[0] for a in range(80)] == whole
    assert answer(units[2], struct.pack(">BHH", 4, 60000, 2), at_s=NOW_S) == b"\x84\x02"
    assert answer(units[2], struct.pack(">BHH", 4, 0, 81), at_s=NOW_S) == b"\x84\x03"


def test_written_plant_files_are_sound_and_name_the_ports(tmp_path: Path) -> None:
    arguments = ["--plants", "3", "--meters", "4", "--port-base", "23456", "--for", "0.01s"]
    assert main([*arguments, "--write", str(tmp_path)]) == 0
    plants = [load_plant(path) for path in sorted(tmp_path.glob("*/plant.toml"))]
    assert [plant.id for plant in plants] == ["fleet-001", "fleet-002", "fleet-003"]
    assert plants[2].bus("gateway/bus").tcp == "127.0.0.1:23458"
    assert len(plants[0].meters) == 4


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["--meters", "248"], "1 to 247"), (["--plants", "50000"], "one port each")],
)
def test_a_fleet_that_cannot_be_is_refused(arguments: list[str], said: str) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "cleanline", "simulate", "fleet", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 2
    assert said in told.stderr


@pytest.mark.slow
def test_an_agent_reads_one_plant_of_the_fleet(tmp_path: Path, free_port) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "cleanline"]
    port = free_port() if callable(free_port) else free_port
    fleet = subprocess.Popen(
        [*command, "simulate", "fleet", "--plants", "1", "--meters", "40", "--write", "files",
         "--port-base", str(port)],
        cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert fleet.stdout is not None
        assert fleet.stdout.readline().startswith("40 meters")
        told = subprocess.run(
            [*command, "agent", "files/fleet-001/plant.toml", "--once", "--json"],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    finally:
        fleet.terminate()
        fleet.communicate(timeout=60)
    points = json.loads(told.stdout)["points"]
    assert len(points) >= 80
    assert all(point["value"] is not None for point in points)


def test_loads_have_a_row_for_each_meter() -> None:
    loads = draw_loads(1, 1, 9)
    assert isinstance(loads, Loads)
    assert {len(getattr(loads, n)) for n in ("mean_kw", "swing", "phase", "start_kwh")} == {9}
