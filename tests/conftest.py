"""Real servers for any test, and what to do where their program is missing.

A test marked ``server("mosquitto")`` is skipped by name where Mosquitto is not installed, and
fails where CI promises it. Each server has a free port and a folder of its own, and is stopped by
the process that started it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from benchmarks.servers import influx_settings
from tests.ports import free_port, free_ports

# `make test` draws the same examples each time, so that it refuses no change by chance, nor because
# a machine is slow; `make fuzz` draws others. Fixtures of one test serve all of its examples.
_calm = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("same", _calm, derandomize=True)
settings.register_profile("quick", settings.get_profile("same"), max_examples=20)
settings.register_profile("search", _calm, max_examples=1000, print_blob=True)
settings.load_profile("same")
PATH = os.environ.get("PATH", "") + ":/usr/sbin"  # where Debian puts Mosquitto
STARTS_WITHIN_S = 60.0  # also on a machine that has much else to do


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Look for the program before the test's fixtures start it."""
    for mark in item.iter_markers("server"):
        for program in mark.args:
            if shutil.which(program, path=PATH) is None:
                reason = f"{program} is not installed; `make servers` installs it"
                if os.environ.get("CI") == "true":
                    pytest.fail(reason, pytrace=False)
                pytest.skip(reason)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(happened: Callable[[], bool], what: str, within_s: float = STARTS_WITHIN_S) -> None:
    """Poll a condition of another process; fail with its name when it does not come."""
    deadline = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline, f"{what} did not happen within {within_s} s"
        time.sleep(0.01)


def start(command: list[str], port: int, log: Path) -> subprocess.Popen[bytes]:
    program = shutil.which(command[0], path=PATH)
    assert program is not None
    with log.open("wb") as output:
        process = subprocess.Popen([program, *command[1:]], stdout=output, stderr=output)
    wait_until(lambda: process.poll() is not None or _listens(port), f"{command[0]} listening")
    assert process.poll() is None, log.read_text(encoding="utf-8")
    return process


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(autouse=True)
def _same_signals() -> Iterator[None]:
    """A command that ran within a test leaves its signals to no other: children inherit them."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        if signal.getsignal(number) is not handler:
            signal.signal(number, handler)


@pytest.fixture(scope="session")
def influx_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A real InfluxDB 1.6 that lives as long as the tests."""
    folder = tmp_path_factory.mktemp("influx")
    port, rpc_port = free_ports(2)
    config = folder / "influxdb.conf"
    config.write_text(influx_settings(folder, port, rpc_port), encoding="utf-8")
    process = start(["influxd", "-config", str(config)], port, folder / "log")
    yield port
    stop(process)


@pytest.fixture(name="wait_until")
def wait_until_fixture() -> Callable[..., None]:
    """`wait_until(condition, what, within_s=...)` for what another process does."""
    return wait_until


@pytest.fixture(name="free_port")
def free_port_fixture() -> int:
    """A port that nobody listens on."""
    return free_port()


@pytest.fixture(name="free_ports")
def free_ports_fixture() -> Callable[[int], list[int]]:
    """`free_ports(n)` gives n different ports that nobody listens on."""
    return free_ports


@pytest.fixture
def start_mosquitto(tmp_path: Path) -> Iterator[Callable[[int], subprocess.Popen[bytes]]]:
    """`start_mosquitto(port)` gives a running Mosquitto, which ends with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start_one(port: int) -> subprocess.Popen[bytes]:
        config = tmp_path / f"mosquitto-{port}.conf"
        config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n", encoding="utf-8")
        started.append(start(["mosquitto", "-c", str(config)], port, tmp_path / f"{port}.log"))
        return started[-1]

    yield start_one
    for process in started:
        stop(process)


@pytest.fixture
def mosquitto_port(
    free_port: int, start_mosquitto: Callable[[int], subprocess.Popen[bytes]]
) -> int:
    """A real Mosquitto for one test."""
    start_mosquitto(free_port)
    return free_port
