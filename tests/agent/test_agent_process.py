"""The agent as a user starts it: real meters of another make, real brokers, and real trouble."""

from __future__ import annotations

import json
import signal
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from modbus_tk import defines

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PLANT = """
[broker]
url = "mqtt://127.0.0.1:{broker}"
[gateways.yard.buses.panel]
tcp = "127.0.0.1:{bus}"
[meters.incomer]
bus = "yard/panel"
unit_id = 1
model = "schneider-pm5560"
resource = "electricity"
every = "1s"
[meters.dryer]
bus = "yard/panel"
unit_id = 2
model = "eastron-sdm630"
resource = "electricity"
within = "incomer"
every = "1s"
"""
DEAD = """
[meters.gone]
bus = "yard/panel"
unit_id = 3
model = "abb-b23"
every = "1s"
"""


@pytest.fixture
def panel(meters) -> int:
    """A panel with a PM5560 and an SDM630."""
    meters.put(1, 3, 3059, list(struct.unpack(">2H", struct.pack(">f", 215.5))))
    meters.put(1, 3, 3203, list(struct.unpack(">4H", struct.pack(">q", 123_456_789))))
    meters.put_float(2, 4, 0x34, 1800.25)
    meters.put_float(2, 4, 0x48, 9113.5)
    for address in range(0x36, 0x48):
        meters.put(2, 4, address, [0])
    return meters.port


@pytest.fixture
def panel_of_another_make(modbus_tk_server) -> int:
    """The same by modbus-tk, which says nothing for a unit that it does not have."""
    server, port = modbus_tk_server
    first = server.add_slave(1)
    first.add_block("h", defines.HOLDING_REGISTERS, 3000, 400)
    first.set_values("h", 3059, list(struct.unpack(">2H", struct.pack(">f", 215.5))))
    first.set_values("h", 3203, list(struct.unpack(">4H", struct.pack(">q", 123_456_789))))
    second = server.add_slave(2)
    second.add_block("i", defines.ANALOG_INPUTS, 0, 200)
    second.set_values("i", 0x34, list(struct.unpack(">2H", struct.pack(">f", 1800.25))))
    second.set_values("i", 0x48, list(struct.unpack(">2H", struct.pack(">f", 9113.5))))
    return port


GOOD = {
    ("incomer", "power"): 215.5,
    ("incomer", "energy"): 123_456.789,
    ("dryer", "power"): 1800.25,
    ("dryer", "energy"): 9113.5,
}


def run_once(plant: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "cleanline.py"), "agent", str(plant), "--once"]
    return subprocess.run(
        [*command, *options], capture_output=True, text=True, timeout=60, check=False
    )


def test_a_server_of_another_make_gives_the_same_readings(
    panel_of_another_make, write_plant
) -> None:
    plant = write_plant(PLANT.format(bus=panel_of_another_make, broker=1))
    done = run_once(plant, "--json")
    assert done.returncode == 0, done.stderr
    points = {(p["meter"], p["point"]): p["value"] for p in json.loads(done.stdout)["points"]}
    assert points == GOOD


def test_once_prints_what_an_electrician_wants_to_know(panel, write_plant) -> None:
    done = run_once(write_plant(PLANT.format(bus=panel, broker=1) + DEAD))
    assert done.returncode == 1, "a meter gave nothing"
    rows = {tuple(line.split()[:2]): line for line in done.stdout.splitlines() if line.strip()}
    assert rows["incomer", "energy"].split()[2:4] == ["123456.789", "kWh"]
    assert rows["incomer", "energy"].endswith("yes")
    assert done.stdout.count("timeout: unit 3 is silent: look at its unit id") == 1
    assert "gone: no value of 2 points" in done.stdout
    assert "bus yard/panel" in done.stdout
    assert "unit 2: function 4 address 52-73, 22 to read" in done.stdout


def test_wrong_use_is_one_line_and_exit_2(write_plant) -> None:
    plant = write_plant(PLANT.format(bus=1, broker=1))
    for options, words in (
        (["--gateway", "yrad"], "no gateway 'yrad'; the plant file names: yard"),
        (["--broker", "http://x"], "write mqtt://host:1883"),
        (["--data", str(plant)], "choose another --data"),
    ):
        command = [sys.executable, str(ROOT / "cleanline.py"), "agent", str(plant), *options]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 2
        assert words in done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def check_chain(port: int, panel: int, *, write_plant, collector_at, start_agent) -> None:
    """Readings arrive as they are, packs are freed, and the agent leaves in good order."""
    collector = collector_at(port)
    plant = write_plant(PLANT.format(bus=panel, broker=port) + DEAD)
    agent = start_agent(plant, "--json")
    collector.wait_for(lambda: len(collector.readings) >= 12)
    assert {(r.meter, r.point): r.value for r in collector.readings} == GOOD
    collector.wait_for(lambda: collector.statuses[-1].meters["gone"].state == "timeout")
    collector.wait_for(lambda: any(s.clock_offset_ms is not None for s in collector.statuses))
    code, out, log = agent.stop()
    assert code == 0, log
    assert json.loads(out)["waiting"] == 0, "all was stored before it left"
    collector.wait_for(lambda: collector.statuses[-1].state == "offline")
    status = collector.statuses[-1]
    assert {name: health.state for name, health in status.meters.items()} == {
        "incomer": "ok",
        "dryer": "ok",
        "gone": "timeout",
    }
    events = [e for _, _, _, pack in collector.packs for e in pack.events]
    assert {(e.meter, e.kind) for e in events} == {
        ("incomer", "ok"), ("dryer", "ok"), ("gone", "timeout")
    }  # fmt: skip
    assert not any(r.meter == "gone" for r in collector.readings)
    assert "Traceback" not in log


@pytest.mark.server("mosquitto")
def test_readings_reach_a_collector_over_mosquitto(
    mosquitto, panel, write_plant, collector_at, start_agent
) -> None:
    check_chain(
        mosquitto.port, panel,
        write_plant=write_plant, collector_at=collector_at, start_agent=start_agent,
    )  # fmt: skip


def test_readings_reach_a_collector_over_the_embedded_broker(
    iotcore_port, panel, write_plant, collector_at, start_agent
) -> None:
    check_chain(
        iotcore_port, panel,
        write_plant=write_plant, collector_at=collector_at, start_agent=start_agent,
    )  # fmt: skip


@pytest.mark.server("mosquitto")
def test_nothing_is_lost_when_the_agent_is_killed_and_nobody_answers(
    mosquitto, panel, write_plant, collector_at, start_agent
) -> None:
    collector = collector_at(mosquitto.port)
    collector.answers = False
    plant = write_plant(PLANT.format(bus=panel, broker=mosquitto.port))
    first = start_agent(plant)
    collector.wait_for(lambda: len(collector.numbers) >= 3)
    first.stop(signal.SIGKILL)
    collector.wait_for(lambda: collector.statuses[-1].state == "offline")  # its last will
    before = collector.numbers
    collector.packs.clear()
    collector.answers = True
    second = start_agent(plant, "--json")
    collector.wait_for(lambda: before <= collector.numbers)
    assert len({outbox for outbox, _ in collector.numbers}) == 1
    _, out, _ = second.stop()
    assert json.loads(out)["waiting"] == 0
    highest = max(seq for _, seq in collector.numbers)
    assert {seq for _, seq in collector.numbers} == set(range(1, highest + 1))


@pytest.mark.server("mosquitto")
def test_nothing_is_lost_when_the_broker_dies_and_forgets_everything(
    mosquitto, panel, write_plant, collector_at, start_agent
) -> None:
    collector = collector_at(mosquitto.port)
    plant = write_plant(PLANT.format(bus=panel, broker=mosquitto.port))
    agent = start_agent(plant, "--json", "--log", "json")
    collector.wait_for(lambda: len(collector.numbers) >= 2)
    mosquitto.kill()
    outage = len(collector.numbers)
    mosquitto.start()
    collector.wait_for(lambda: len(collector.numbers) >= outage + 3)
    _, out, log = agent.stop()
    assert json.loads(out)["waiting"] == 0, log
    highest = max(seq for _, seq in collector.numbers)
    assert {seq for _, seq in collector.numbers} == set(range(1, highest + 1))
    told = [json.loads(line) for line in log.splitlines()]
    assert "no-broker" in {one["event"] for one in told}, "each line is a JSON object"


@pytest.mark.server("mosquitto")
def test_a_second_agent_of_the_same_gateway_is_told_so(
    mosquitto, panel, write_plant, collector_at, start_agent
) -> None:
    collector = collector_at(mosquitto.port)
    plant = write_plant(PLANT.format(bus=panel, broker=mosquitto.port))
    start_agent(plant)
    collector.wait_for(lambda: collector.packs)
    second = start_agent(plant)
    _, log = second.process.communicate(timeout=60)
    assert second.process.returncode == 2
    assert "stop the other agent of this gateway first" in log


@pytest.mark.server("mosquitto")
def test_an_agent_that_runs_is_small(
    mosquitto, panel, write_plant, collector_at, start_agent
) -> None:
    """80 MiB at rest is promised; memory, unlike time, can be asserted."""
    collector = collector_at(mosquitto.port)
    agent = start_agent(write_plant(PLANT.format(bus=panel, broker=mosquitto.port)))
    collector.wait_for(lambda: len(collector.readings) >= 8)
    status = Path(f"/proc/{agent.process.pid}/status").read_text()
    resident_kib = next(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line)
    assert resident_kib < 80 * 1024
