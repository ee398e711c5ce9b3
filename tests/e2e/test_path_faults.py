"""Broker, database, disk or store fail: on the whole chain nothing is lost."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from simulators.rig import (
    Broker,
    SimulatedPlant,
    agents,
    collecting,
    embedded_broker,
    simulated_plant,
)
from simulators.running import Running, wait_for
from simulators.store_file import Store
from simulators.supervisor import Supervisor, answers

pytestmark = [pytest.mark.slow, pytest.mark.proof]


@pytest.fixture
def struck(
    supervisor: Supervisor, ports: Iterator[int], tmp_path: Path
) -> tuple[SimulatedPlant, Broker]:
    """A simulator that runs the broker itself, so that faults can strike it."""
    port = next(ports)
    plant = standing_between(supervisor, ports, tmp_path, options=("--broker-port", str(port)))
    wait_for(lambda: answers(port) or None, "the broker")
    return plant, Broker(plant.process, port)


def standing_between(
    supervisor: Supervisor, ports: Iterator[int], folder: Path, *, options: tuple[str, ...]
) -> SimulatedPlant:
    """A plant whose simulator stands between other parts too."""
    plant = simulated_plant(supervisor, "kontum-starch", folder=folder, ports=ports)
    plant.stop()
    arguments = (*plant.process.arguments, *options)
    running = Running(supervisor, "simulator", arguments, lambda _: answers(plant.control))
    running.start()
    return SimulatedPlant(running, folder, plant.sites, plant.control)


def test_nothing_is_lost_whatever_strikes_the_path(
    struck: tuple[SimulatedPlant, Broker],
    supervisor: Supervisor,
    ports: Iterator[int],
    tmp_path: Path,
) -> None:
    plant, broker = struck
    store = Store(tmp_path / "data")
    collector = collecting(supervisor, plant, broker=broker, store=store, port=next(ports))
    agent = agents(supervisor, plant, broker=broker)
    collector.value("incomer", "energy")
    with plant.fault("broker-gone"):
        wait_for(lambda: None if answers(broker.port) else True, "the broker gone")
    collector.value("incomer", "energy", since=datetime.now(UTC))
    plant.begin_fault("broker-wiped")
    with store.locked():
        held = store.readings("incomer", "energy")
    with agent.full_disk():
        pass
    collector.value("incomer", "energy", since=max(datetime.now(UTC), held[-1][0]))
    agent.stop()
    collector.stop()
    assert agent.waiting == 0
    assert collector.process.counts["readings"] == agent.readings > 0


@pytest.mark.server("influxd")
def test_nothing_is_lost_while_the_database_is_gone(
    supervisor: Supervisor, ports: Iterator[int], tmp_path: Path, influx_port: int
) -> None:
    """Readings wait with the gateway until a real InfluxDB is back, and are in it once each."""
    influx, port = f"http://127.0.0.1:{influx_port}", next(ports)
    ask(influx, "CREATE DATABASE struck")
    before = ("--database-port", str(port), "--database", f"127.0.0.1:{influx_port}")
    plant = standing_between(supervisor, ports, tmp_path, options=before)
    wait_for(lambda: answers(port) or None, "the way to the database")
    broker = embedded_broker(supervisor, next(ports))
    collector = collecting(
        supervisor, plant, broker=broker, store=Store(tmp_path / "data"), port=next(ports),
        options=("--store", f"influxdb://127.0.0.1:{port}/struck"),
    )  # fmt: skip
    agent = agents(supervisor, plant, broker=broker)
    wait_for(lambda: stored(influx) or None, "readings in the database")
    with plant.fault("database-gone"):
        wait_for(lambda: None if answers(port) else True, "the database gone")
        wait_for(lambda: "commit=refused" in collector.log or None, "a commit refused")
        held = stored(influx)
    wait_for(lambda: stored(influx) > held or None, "readings again")
    agent.stop()
    collector.stop()
    assert agent.waiting == 0
    assert collector.process.counts["readings"] == agent.readings == stored(influx) > held


def ask(influx: str, query: str) -> dict[str, Any]:
    """What InfluxDB itself says, past the simulator."""
    asked = urllib.parse.urlencode({"db": "struck", "q": query}).encode()
    with urllib.request.urlopen(f"{influx}/query", asked, timeout=60) as answer:
        told: dict[str, Any] = json.load(answer)
        return told


def stored(influx: str) -> int:
    """How many readings the database holds."""
    (result,) = ask(influx, "SELECT count(value) FROM counter, gauge")["results"]
    return sum(int(row["values"][0][1]) for row in result.get("series", ()))
