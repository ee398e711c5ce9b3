"""A plant's own log served as registers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from plant.check import load_plant
from plant.codec import Rejected, decode
from plant.description import Plant
from plant.errors import UsageError
from simulators.clock import SimulatedClock
from simulators.replay import Log, read_bare_log, read_log
from simulators.replay_command import main
from simulators.serve import bus_places, servers_of

PLANT = """
[plant]
id = "mill"
name = "Mill"
timezone = "Asia/Ho_Chi_Minh"
[resources.electricity]
[gateways.g.buses.b]
tcp = "127.0.0.1:15099"
[meters.incomer]
bus = "g/b"
unit_id = 1
model = "eastron-sdm630"
resource = "electricity"
[meters.old]
bus = "g/b"
unit_id = 2
model = "schneider-iem3155"
resource = "electricity"
"""
LOG = """\
time,incomer.energy [MWh],incomer.power,old/energy
2025-01-01T00:00,1,50000,
2025-01-01T00:30,1.05,100000,7000
2025-01-01T01:00,1.2,,7100
"""
At = Callable[..., float]


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    (tmp_path / "plant.toml").write_text(PLANT)
    return load_plant(tmp_path / "plant.toml")


@pytest.fixture
def log(tmp_path: Path, plant: Plant) -> Log:
    (tmp_path / "log.csv").write_text(LOG)
    return read_log(tmp_path / "log.csv", plant)


def read(plant: Plant, log: Log, unit_id: int, name: str, *, at_s: float) -> float | Rejected:
    """What a reader of the registers gets."""
    clock = SimulatedClock(at_s, 0.0, lambda: 0.0, 0.0)
    places = bus_places(plant, None)
    (bus,) = servers_of(plant, log.meters, clock, board=log.board, places=places).buses.values()
    unit = bus.units[unit_id]
    point = unit.model.points[name]
    registers = {}
    for part in point.everything:
        words = unit.read(point.function, part.address, part.words, at_s=at_s)
        registers.update({(point.function, part.address + i): w for i, w in enumerate(words)})
    return decode(point, registers)


@pytest.mark.parametrize(
    ("unit_id", "name", "minute", "value"),
    [
        (1, "energy", 0, 1000.0), (1, "energy", 15, 1025.0), (1, "energy", 45, 1125.0),
        (1, "energy", 300, 1200.0), (1, "power", 15, 50000.0), (1, "power", 30, 100000.0),
        (1, "power", 90, 100000.0), (2, "energy", 0, 7_000_000), (2, "energy", 45, 7_050_000),
    ],
)  # fmt: skip
def test_counters_are_drawn_straight_and_gauges_held(
    plant: Plant, log: Log, at: At, *, unit_id: int, name: str, minute: int, value: float
) -> None:
    """In the unit of the log's column, from its first row to its last, and held at both ends."""
    if unit_id == 2:
        value /= {"kWh": 1000, "Wh": 1}[plant.meters["old"].meter_model.points[name].unit]
    found = read(plant, log, unit_id, name, at_s=at(2025, 1, 1) + 60 * minute)
    assert found == pytest.approx(value, rel=1e-7)


def test_what_the_log_does_not_know_is_no_value_and_not_zero(
    plant: Plant, log: Log, at: At
) -> None:
    for unit_id, name in ((1, "voltage_l1"), (2, "power")):
        found = read(plant, log, unit_id, name, at_s=at(2025, 1, 1, 0, 10))
        assert isinstance(found, Rejected), (name, found)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("when,incomer.energy\n2025-01-01,1\n", "the first line is 'time,METER.POINT"),
        ("time,outgoer.energy\n2025-01-01,1\n", r"'outgoer.energy' is no METER.POINT.*incomer"),
        ("time,incomer.enrgy\n2025-01-01,1\n", "did you mean 'energy'"),
        ("time,incomer.energy [m3]\n2025-01-01,1\n", r"column 'incomer.energy \[m3\]'"),
        ("time,incomer.energy\n1.1.2025,1\n", "log.csv:2: .*2025-01-31"),
        ("time,incomer.energy\n2025-01-01,one\n", "log.csv:2: "),
        ("time,incomer.energy\n2025-01-01\n", "2 cells"),
    ],
)
def test_a_log_that_is_none_is_refused_with_its_row_or_column(
    tmp_path: Path, plant: Plant, text: str, said: str
) -> None:
    (tmp_path / "bad.csv").write_text(text)
    (tmp_path / "log.csv").write_text(text)
    with pytest.raises(UsageError, match=said):
        read_log(tmp_path / "log.csv", plant)


def test_a_spreadsheet_with_semicolons_and_decimal_commas_is_the_same_log(
    tmp_path: Path, plant: Plant, log: Log
) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text("\ufeff" + LOG.replace(",", ";").replace(".0", ",0").replace(".2", ",2"))
    for name, meter in read_log(path, plant).meters.items():
        for point, track in meter.tracks.items():
            assert track.values.tolist() == log.meters[name].tracks[point].values.tolist()


def test_the_command_serves_from_the_first_row_on(
    tmp_path: Path, log: Log, free_port: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    _ = log
    arguments = [str(tmp_path / "log.csv"), "--plant", str(tmp_path / "plant.toml")]
    options = ["--port-base", str(free_port()), "--speed", "60", "--for", "0.01s"]
    assert main([*arguments, *options]) == 0
    assert capsys.readouterr().out.startswith("2024-12-31T17:00:00")


def test_a_bus_of_a_log_is_served_over_a_real_line(
    tmp_path: Path, plant: Plant, log: Log, at: At, free_port: Callable[[], int]
) -> None:
    port = free_port()
    clock = SimulatedClock(at(2025, 1, 1, 0, 30), 0.0, lambda: 0.0, 0.0)
    places = bus_places(plant, port)
    servers = servers_of(plant, log.meters, clock, board=log.board, places=places)

    async def ask() -> bytes:
        await servers.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(bytes.fromhex("00 01 00 00 00 06 01 04 00 48 00 02"))
        answer = await reader.readexactly(13)
        writer.close()
        await servers.stop()
        return answer

    assert asyncio.run(ask()).hex() == "000100000007010404" + "44834000"  # 1050.0


def test_a_log_without_a_plant_is_one_meter_of_a_register_for_each_column(tmp_path: Path) -> None:
    (tmp_path / "any.csv").write_text(
        "time,Điện tổng [kWh],flow\n2025-01-01T00:00,1200.5,3\n2025-01-01T00:15,1300,\n"
    )
    plant, log = read_bare_log(tmp_path / "any.csv")
    (meter,) = log.meters.values()
    assert [(p.function, p.address, p.type, p.unit) for p in meter.model.points.values()] == [
        (3, 0, "float32", "kWh"),
        (3, 2, "float32", "1"),
    ]
    assert read(plant, log, 1, "Điện tổng [kWh]", at_s=log.begin_s + 899) == 1200.5
    assert read(plant, log, 1, "Điện tổng [kWh]", at_s=log.begin_s + 900) == 1300
    assert read(plant, log, 1, "flow", at_s=log.begin_s + 900) == 3
    assert log.begin_s == 1735689600  # UTC


@pytest.mark.parametrize("head", ["time", "time,a,a", "time,a,", "day,a"])
def test_a_log_whose_columns_have_no_names_of_their_own_is_refused(
    head: str, tmp_path: Path
) -> None:
    (tmp_path / "any.csv").write_text(f"{head}\n2025-01-01T00:00,1,2\n")
    with pytest.raises(UsageError, match="first line"):
        read_bare_log(tmp_path / "any.csv")
