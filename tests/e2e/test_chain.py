"""The whole chain through real servers: simulator, Mosquitto, agent, collector, InfluxDB."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from plant.check import load_plant
from simulators.demo_plant import write_demo

ROOT = Path(__file__).parents[2]
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
AGENT = ("agent", "plant.toml", "--gateway", "yard", "--json")


class Parts:
    """Commands as a user types them, ended by the test that started them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[str]] = []

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT)}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        with (self.folder / f"{arguments[0]}.log").open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "cleanline", *arguments],
                cwd=self.folder,
                env=self.environment(),
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.running.append(process)
        return process

    def run(self, *arguments: str) -> str:
        process = self.start(*arguments)
        output = process.communicate(timeout=120)[0]
        log = (self.folder / f"{arguments[0]}.log").read_text(encoding="utf-8")
        assert process.returncode in (0, 1), log
        return output

    def end(self, process: subprocess.Popen[str]) -> dict[str, Any]:
        process.send_signal(signal.SIGTERM)
        output = process.communicate(timeout=60)[0]
        return json.loads(output)

    def kill_all(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    parts = Parts(tmp_path)
    yield parts
    parts.kill_all()


def ask(url: str) -> Any:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return json.load(answer)
    except OSError:
        return None


@pytest.fixture(params=["sqlite", pytest.param("influx", marks=pytest.mark.server("influxd"))])
def store(request: pytest.FixtureRequest) -> list[str]:
    """The store option, for both real stores."""
    if request.param == "sqlite":
        return []
    port = request.getfixturevalue("influx_port")
    subprocess.run(
        ["influx", "-host", "127.0.0.1", "-port", str(port), "-execute", "CREATE DATABASE chain"],
        check=True,
    )
    return ["--store", f"influxdb://127.0.0.1:{port}/chain"]


@pytest.mark.slow
@pytest.mark.server("mosquitto")
def test_readings_go_from_register_to_page_and_store(
    parts: Parts,
    tmp_path: Path,
    store: list[str],
    mosquitto_port: int,
    wait_until: Callable[..., None],
    free_ports: Callable[[int], list[int]],
) -> None:
    panel, field, pages = free_ports(3)
    today = datetime.now(HANOI).date()
    broker = f"mqtt://127.0.0.1:{mosquitto_port}"
    write_demo(tmp_path, today, broker=broker, addresses=[f"127.0.0.1:{p}" for p in (panel, field)])
    plant = load_plant(tmp_path / "plant.toml")
    parts.start("simulate", "scenario.toml")
    collector = parts.start("collector", "plant.toml", *store, "--port", str(pages), "--json")
    now = f"http://127.0.0.1:{pages}/api/v1/plants/{plant.id}/now"
    wait_until(lambda: ask(now) is not None, "the page")

    week_ago = (today - timedelta(days=7)).isoformat()
    sent = json.loads(parts.run("simulate", "history", "scenario.toml", "--from", week_ago))
    assert sent["stored"] == sent["packs"] > 0
    assert sent["aside"] == []

    agent = parts.start(*AGENT)

    def live() -> bool:
        page = ask(now)
        values = [v for meter in page["meters"] for v in meter["values"]] if page else []
        return bool(values) and all(value["value"] is not None for value in values)

    wait_until(live, "a value of every point on the page", within_s=60)
    read, log = [parts.end(agent)], tmp_path / "agent.log"
    while read[-1]["waiting"]:  # a slow disk stored its last readings after it had left
        agent = parts.start(*AGENT)
        wait_until(lambda: "connected" in log.read_text(encoding="utf-8"), "the agent back")
        read.append(parts.end(agent))
    counts = parts.end(collector)
    taken = sum(one["readings"] for one in read)
    assert counts["readings"] == sent["readings"] + taken, "each once, none lost"
    assert counts["aside"] == {}

    if store:
        assert influx_count(store[1]) == counts["readings"]


def influx_count(url: str) -> int:
    """Readings as InfluxDB's own client counts them."""
    host_port, database = url.removeprefix("influxdb://").split("/")
    done = subprocess.run(
        ["influx", "-host", "127.0.0.1", "-port", host_port.split(":")[1], "-database", database,
         "-format", "json", "-execute", "SELECT count(value) FROM counter, gauge"],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    results = json.loads(done.stdout)["results"]
    return sum(row["values"][0][1] for result in results for row in result["series"])
