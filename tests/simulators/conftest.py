"""Plants to simulate: the shipped one, and a still one whose values are known beforehand."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from plant.models import MeterModel
from simulators.bench import PULSE, START, measured_by
from simulators.clock import SimulatedClock
from simulators.lines import BusServers
from simulators.ports import reserved_ports
from simulators.scenario import Scenario, load_scenario
from simulators.serve import bus_servers

KONTUM = Path(__file__).parents[2] / "config" / "plants" / "kontum-starch" / "scenario.toml"

_PROCESS = """
name = "still"
sector = "none"
components = ["water"]
[elements.site]
kind = "load"
day_kw = 150
night_kw = 150
water_m3_per_h = 60
[elements.acid]
kind = "signal"
mean = 7.25
unit = "pH"
[elements.organic]
kind = "signal"
mean = 96.5
unit = "mg/L"
[elements.warmth]
kind = "signal"
mean = 31.5
unit = "degC"
[totals]
electricity = { unit = "kWh", of = ["*.electricity"] }
water = { unit = "m3", of = ["*.fresh"] }
mass = { unit = "t", of = ["site.waste"] }
"""


@dataclass(frozen=True)
class Installed:
    """A meter to install in the still plant."""

    model: str
    measures: str
    start: float = 0.0
    extra: str = ""  # more lines of its table in the plant file
    also: str = ""  # more lines of its table in the scenario file
    unit_id: int | None = None


@pytest.fixture(scope="session")
def at() -> Callable[..., float]:
    """The instant at which the plants' clocks show a year, month, day, hour, ... [s, UTC]."""
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    return lambda *when: datetime(*when, tzinfo=zone).timestamp()


@pytest.fixture(scope="session")
def kontum_path() -> Path:
    """The shipped scenario file."""
    return KONTUM


@pytest.fixture(scope="session")
def install() -> type[Installed]:
    """Describes a meter for the still plant."""
    return Installed


@pytest.fixture(scope="session")
def on_bench() -> Callable[[MeterModel], Installed]:
    """Describes any model for the still plant."""
    return _on_bench


def _on_bench(model: MeterModel) -> Installed:
    """A model as the still plant has it: whatever it measures, something flows there."""
    quality = model.meter.measures == "quality"
    extra = f'pulse = "{PULSE}"' if model.meter.measures == "pulse" else ""
    start = 0.0 if quality else START
    return Installed(model.id, measured_by(model), start=start, extra=extra)


@pytest.fixture(scope="session")
def kontum() -> Scenario:
    """The shipped tapioca-starch scenario."""
    return load_scenario(KONTUM)


@pytest.fixture
def still(tmp_path: Path, free_port: Callable[[], int]) -> Callable[..., Scenario]:
    """Makes a plant of 150 kW and 60 m3/h on average, without noise, with the meters given.

    `faults` are lines of the scenario file, `bus` the lines of the bus's table.
    """

    def make(*, faults: str = "", bus: str = "", **meters: Installed) -> Scenario:
        plant = '[plant]\nid = "still"\nname = "Still"\n[gateways.g.buses.b]\n'
        plant += bus or f'tcp = "127.0.0.1:{free_port()}"\n'
        scenario = 'plant = "plant.toml"\nprocess = "process.toml"\nseed = 1\n'
        scenario += "origin = 2025-01-01\n"
        for number, (name, meter) in enumerate(meters.items(), start=1):
            unit_id = meter.unit_id or number
            plant += f'[meters.{name}]\nbus = "g/b"\nunit_id = {unit_id}\n'
            plant += f'model = "{meter.model}"\n{meter.extra}\n'
            scenario += f'[meters.{name}]\nmeasures = "{meter.measures}"\n'
            scenario += f"start = {meter.start}\n{meter.also}\n"
        scenario += faults
        (tmp_path / "plant.toml").write_text(plant)
        (tmp_path / "process.toml").write_text(_PROCESS)
        (tmp_path / "scenario.toml").write_text(scenario)
        return load_scenario(tmp_path / "scenario.toml")

    return make


@pytest.fixture
def free_port() -> Iterator[Callable[[], int]]:
    """Finds a port of loopback that nobody listens on; the test's until it ends."""
    with ExitStack() as ours:
        yield lambda: ours.enter_context(reserved_ports(1))[0]


@pytest.fixture(scope="session")
def serving() -> Callable[[Scenario, float], AbstractContextManager[BusServers]]:
    """Serves a scenario's buses in a thread while time stands still at an instant."""
    return _serving


@contextmanager
def _serving(scenario: Scenario, instant_s: float) -> Iterator[BusServers]:
    clock = SimulatedClock(instant_s, 0.0, lambda: 0.0, 0.0)
    servers = bus_servers(scenario, clock, None)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(servers.start(), loop).result(10)
        yield servers
    finally:
        asyncio.run_coroutine_threadsafe(servers.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
