"""Secrets come from files or the environment, and go nowhere else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cleanline import COMMANDS
from plant.broker import parse_broker
from plant.check import load_plant
from plant.errors import CleanlineError

ROOT = Path(__file__).parent.parent
SECRET = "correct-horse-battery"
PLANT = """
[plant]
id = "mill"
name = "Mill"
[broker]
url = "mqtt://127.0.0.1:1"
[resources.electricity]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:1"
[meters.incomer]
bus = "yard/panel"
model = "schneider-pm5560"
resource = "electricity"
"""
ENVIRONMENT = {
    "CLEANLINE_MQTT_USERNAME": "yard",
    "CLEANLINE_MQTT_PASSWORD": SECRET,
    "CLEANLINE_INFLUX_TOKEN": SECRET,
}


def _run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cleanline", *words],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        timeout=60,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_no_option_takes_a_secret_itself(command: str) -> None:
    """An argument stands in the list of processes, where everybody reads it."""
    helped = _run(command, "--help").stdout
    assert "usage" in helped
    options = set(re.findall(r"(--[a-z][a-z-]*) [A-Z]", helped))  # those that take something
    secret = {o for o in options if re.search("password|passwd|token|secret|key", o)}
    assert secret <= {"--password-file", "--tls-key"}, secret  # names of files


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(CleanlineError) as refused:
        parse_broker(f"mqtt://yard:{SECRET}@broker.example")
    assert SECRET not in str(refused.value)


def test_an_address_never_shows_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    address = parse_broker("mqtts://broker.example")
    assert address.password == SECRET
    assert SECRET not in f"{address} {address!r}"


def test_a_secret_changes_no_hash_of_the_plant_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "plant.toml"
    file.write_text(PLANT)
    before = load_plant(file)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    after = load_plant(file)
    assert before.config == after.config
    assert SECRET not in after.model_dump_json()


@pytest.mark.slow
def test_a_collector_that_cannot_reach_anything_tells_no_secret(
    tmp_path: Path, wait_until: Callable[..., None], free_port: int
) -> None:
    (tmp_path / "plant.toml").write_text(PLANT)
    log = tmp_path / "log"
    with log.open("wb") as output:
        words = [str(tmp_path / "plant.toml"), "--port", str(free_port), "--log", "json"]
        process = subprocess.Popen(
            [sys.executable, "-m", "cleanline", "collector", *words],
            stdout=output,
            stderr=output,
            env={**os.environ, "PYTHONPATH": str(ROOT), **ENVIRONMENT},
        )
    try:
        for word in (b"unreachable", b'"served"'):
            wait_until(lambda said=word: said in log.read_bytes(), "the collector says it")
    finally:
        process.terminate()
        process.wait(60)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"time", "level", "logger", "message"} <= set(lines[0])
    assert any(line.get("pages") == "served" for line in lines)
    assert SECRET not in log.read_text()
    data = tmp_path / "data"
    modes = {file.name: file.stat().st_mode & 0o777 for file in data.rglob("*") if file.is_file()}
    assert "ledger.sqlite" in modes
    assert {mode & 0o077 for mode in modes.values()} == {0}, modes
    assert data.stat().st_mode & 0o077 == 0
    held = b"".join(file.read_bytes() for file in data.rglob("*") if file.is_file())
    assert SECRET.encode() not in held


@pytest.mark.slow
def test_a_database_that_does_not_answer_is_said_without_its_token(tmp_path: Path) -> None:
    (tmp_path / "plant.toml").write_text(PLANT)
    words = ("--store", "influxdb://127.0.0.1:1/mill")
    told = _run("collector", str(tmp_path / "plant.toml"), *words, **ENVIRONMENT)
    assert told.returncode == 2
    assert told.stderr.count("\n") == 1
    assert SECRET not in told.stdout + told.stderr
