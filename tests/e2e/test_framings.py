"""The agent reads what the simulator serves in every framing, both as commands."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from collector.enrolment.certificates import issue_client, issue_server, open_authority

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
PLANT = """
[plant]
id = "mill"
name = "Mill"
[resources.electricity]
[gateways.g.buses.b]
{bus}
[meters.m]
bus = "g/b"
model = "eastron-sdm630"
resource = "electricity"
"""
PROCESS = """
name = "mill"
sector = "none"
components = ["water"]
[elements.site]
kind = "load"
day_kw = 150
night_kw = 150
[totals]
electricity = { unit = "kWh", of = ["*.electricity"] }
"""
SCENARIO = """
plant = "plant.toml"
process = "process.toml"
seed = 1
origin = 2025-01-01
[meters.m]
measures = "electricity"
start = 1234.5
"""


@contextmanager
def simulator(folder: Path, *options: str) -> Iterator[None]:
    """The mill at ten o'clock of the counters' first day, when 1,500 kWh have flowed."""
    command = [sys.executable, "-m", "cleanline", "simulate", "scenario.toml", *options]
    command += ["--at", "2025-01-01T10:00", "--speed", "0"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert "Ctrl-C ends it" in process.stdout.readline()
        yield
    finally:
        process.terminate()
        process.communicate(timeout=60)


def cleanline(
    folder: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """A command run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "cleanline", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def energy_read(folder: Path, **environment: str) -> object:
    """What `cleanline agent --once` says of the meter's energy."""
    told = cleanline(folder, "agent", "plant.toml", "--once", "--json", **environment)
    lines = json.loads(told.stdout)["points"]
    (energy,) = [line for line in lines if line["point"] == "energy"]
    return energy["value"]


@pytest.fixture
def mill(tmp_path: Path) -> Callable[[str], Path]:
    """Writes the mill with the lines of its bus."""

    def write(bus: str) -> Path:
        (tmp_path / "plant.toml").write_text(PLANT.format(bus=bus))
        (tmp_path / "process.toml").write_text(PROCESS)
        (tmp_path / "scenario.toml").write_text(SCENARIO)
        return tmp_path

    return write


@pytest.mark.parametrize("framer", ["socket", "rtu", "ascii"])
def test_every_framing_over_tcp_is_read(
    mill: Callable[[str], Path], free_port: int, framer: str
) -> None:
    folder = mill(f'tcp = "127.0.0.1:{free_port}"\nframer = "{framer}"')
    with simulator(folder):
        assert energy_read(folder) == 2734.5


@pytest.mark.parametrize("framer", ["rtu", "ascii"])
def test_every_framing_of_a_serial_line_is_read(mill: Callable[[str], Path], framer: str) -> None:
    folder = mill(f'serial = "line"\nframer = "{framer}"\nbaud = 19200\ndata_bits = 8')
    with simulator(folder):
        assert energy_read(folder) == 2734.5


def test_what_a_line_cannot_do_is_said_by_both_ends(mill: Callable[[str], Path]) -> None:
    """A pseudo-terminal has no parity."""
    folder = mill('serial = "line"\nparity = "E"')
    told = cleanline(folder, "simulate", "scenario.toml")
    assert told.returncode == 2
    assert "a pseudo-terminal in its place has 8 bits and no parity" in told.stderr
    even = (folder / "plant.toml").read_text()
    (folder / "plant.toml").write_text(even.replace('parity = "E"', ""))
    with simulator(folder):
        (folder / "plant.toml").write_text(even)
        told = cleanline(folder, "agent", "plant.toml", "--once")
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert "Invalid argument" in told.stdout


def test_a_line_over_tls_is_read_by_those_whom_its_authority_knows(
    mill: Callable[[str], Path], tmp_path: Path, free_port: int
) -> None:
    folder = mill(f'tcp = "127.0.0.1:{free_port}"\nframer = "tls"')
    now = datetime.now(UTC)
    authority = open_authority(tmp_path, now)
    server = issue_server(authority, ["127.0.0.1"], now=now)
    client = issue_client(authority, "gateway", now=now, days=1)
    for name, pair in (("server", server), ("client", client)):
        (tmp_path / f"{name}.pem").write_bytes(pair.certificate)
        (tmp_path / f"{name}.key").write_bytes(pair.key)
    options = ("--tls-cert", "server.pem", "--tls-key", "server.key", "--tls-clients", "ca.pem")
    ours = {"CLEANLINE_MODBUS_CA": "ca.pem"}
    entry = {"CLEANLINE_MODBUS_CERT": "client.pem", "CLEANLINE_MODBUS_KEY": "client.key"}
    with simulator(folder, *options):
        assert energy_read(folder, **ours, **entry) == 2734.5
        assert energy_read(folder, **ours) is None, "without a certificate nobody is let in"
        assert energy_read(folder) is None, "and nobody reads a meter that he does not know"
