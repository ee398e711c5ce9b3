"""Broker gone, broker wiped, disk full, store locked: on the whole chain nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from simulators.ports import reserved_ports
from simulators.rig import (
    Broker,
    SimulatedPlant,
    agents,
    collecting,
    simulated_plant,
)
from simulators.running import Running, wait_for
from simulators.store_file import Store
from simulators.supervisor import Supervisor, answers

pytestmark = [pytest.mark.slow, pytest.mark.proof]


@pytest.fixture
def ports() -> Iterator[Iterator[int]]:
    with reserved_ports(12) as found:
        yield iter(found)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path)
    yield supervisor
    supervisor.stop_all()


@pytest.fixture
def struck(
    supervisor: Supervisor, ports: Iterator[int], tmp_path: Path
) -> tuple[SimulatedPlant, Broker]:
    """A simulator that runs the broker itself, so that faults can strike it."""
    plant = simulated_plant(supervisor, "kontum-starch", folder=tmp_path, ports=ports)
    plant.stop()
    port = next(ports)
    arguments = (*plant.process.arguments, "--broker-port", str(port))
    running = Running(
        supervisor, "simulator", arguments, lambda _: answers(port) and answers(plant.control)
    )
    running.start()
    return SimulatedPlant(running, tmp_path, plant.sites, plant.control), Broker(running, port)


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
