"""collectd, which nobody here wrote, polls the same simulated meters beside the agent."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from plant.check import load_plant
from plant.description import Meter, Plant
from plant.points import Point
from simulators.demo_plant import write_demo
from simulators.supervisor import answers

pytestmark = [pytest.mark.slow, pytest.mark.server("collectd")]
ROOT = Path(__file__).parents[2]
COLLECTD = Path("/usr")
TYPES = {
    "float32": "Float", "int64": "Int64", "uint64": "UInt64", "int32": "Int32", "uint32": "UInt32",
    "int16": "Int16", "uint16": "UInt16",
}  # fmt: skip
ROUNDS = 3


@pytest.fixture
def served(
    tmp_path: Path, free_ports: Callable[[int], list[int]], wait_until: Callable[..., None]
) -> Iterator[Plant]:
    """The demonstration's plant with its meters being served."""
    ports = free_ports(2)
    write_demo(tmp_path, date(2026, 3, 10), addresses=[f"127.0.0.1:{port}" for port in ports])
    command = [sys.executable, "-m", "cleanline", "simulate", str(tmp_path / "scenario.toml")]
    with (tmp_path / "simulate.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    try:
        wait_until(lambda: all(answers(port) for port in ports), "meters answering")
        yield load_plant(tmp_path / "plant.toml")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def read_once(plant: Plant) -> dict[tuple[str, str], float]:
    """What the agent reads now, by (meter, point)."""
    command = [sys.executable, "-m", "cleanline", "agent", str(plant.path), "--once", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=True)
    return {(p["meter"], p["point"]): p["value"] for p in json.loads(done.stdout)["points"]}


def counters(plant: Plant) -> dict[str, tuple[Meter, Point]]:
    """The main counters that collectd can say: one number, its high word first."""
    found = {}
    for name, meter in plant.meters.items():
        point = meter.read_points().get(meter.counter or "")
        if (
            point
            and point.type in TYPES
            and not point.order_register
            and point.order == "ABCD"
            and not point.parts
        ):
            found[name] = meter, point
    return found


def settings(plant: Plant, folder: Path) -> str:
    """A collectd.conf that asks for each counter alone."""
    text = (
        f'Hostname "h"\nFQDNLookup false\nInterval 1\nBaseDir "{folder}"\nPIDFile "{folder}/pid"\n'
        f'PluginDir "{COLLECTD}/lib/collectd"\nTypesDB "{COLLECTD}/share/collectd/types.db"\n'
        f'LoadPlugin csv\nLoadPlugin modbus\n<Plugin csv>\nDataDir "{folder}/csv"\n</Plugin>\n'
        "<Plugin modbus>\n"
    )
    hosts = ""
    for name, (meter, point) in counters(plant).items():
        command = "ReadInput" if point.function == 4 else "ReadHolding"
        text += (
            f'<Data "{name}">\nRegisterBase {point.address}\nRegisterType {TYPES[point.type]}\n'
            f'RegisterCmd {command}\nType gauge\nInstance "{name}"\n</Data>\n'
        )
        port = (plant.bus(meter.bus).tcp or "").rpartition(":")[2]
        hosts += (
            f'<Host "{name}">\nAddress "127.0.0.1"\nPort "{port}"\nInterval 1\n'
            f'<Slave {meter.unit_id}>\nInstance "u"\nCollect "{name}"\n</Slave>\n</Host>\n'
        )
    return text + hosts + "</Plugin>\n"


def collected(folder: Path) -> dict[str, list[float]]:
    """What collectd has written so far, by meter."""
    found = {}
    for file in sorted(folder.glob("csv/*/*/gauge-*")):
        rows = list(csv.reader(file.read_text(encoding="utf-8").splitlines()))[1:]
        found[file.parents[1].name] = [float(row[1]) for row in rows if len(row) == 2]
    return found


def test_collectd_and_the_agent_read_the_same_counters(
    served: Plant, tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    """Counters only grow, so what collectd reads lies between two readings of the agent."""
    meters = counters(served)
    assert {point.type for _, point in meters.values()} >= {"float32", "int64", "uint64"}
    before = read_once(served)
    config = tmp_path / "collectd.conf"
    config.write_text(settings(served, tmp_path), encoding="utf-8")
    command = [str(COLLECTD / "sbin/collectd"), "-f", "-C", str(config)]
    with (tmp_path / "collectd.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp_path)
    try:
        wait_until(
            lambda: all(len(collected(tmp_path).get(name, [])) >= ROUNDS for name in meters),
            f"{ROUNDS} rounds of collectd",
        )
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    after = read_once(served)
    for name, (meter, point) in meters.items():
        raw = collected(tmp_path)[name]
        key = name, str(meter.counter)
        values = [value * point.factor for value in raw]
        assert values == sorted(values), name
        slack = 1e-9 * after[key]
        assert before[key] - slack <= values[0] <= values[-1] <= after[key] + slack, name
    assert after["incomer", "energy"] > before["incomer", "energy"], "the plant was running"
