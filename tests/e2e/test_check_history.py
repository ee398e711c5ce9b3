"""`cleanline simulate check` of a running collector: what it lacks is said, and nothing else."""

from __future__ import annotations

import json
import sqlite3
import xml.etree.ElementTree as Xml
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from simulators.ports import reserved_ports
from simulators.rig import Collector, collecting, embedded_broker, simulated_plant
from simulators.running import wait_for
from simulators.store_file import Store
from simulators.supervisor import Supervisor

pytestmark = [pytest.mark.slow, pytest.mark.proof]


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[Collector]:
    """A collector that holds March 2025 of a plant whose incomer was exchanged in it."""
    supervisor = Supervisor(tmp_path)
    try:
        with reserved_ports(12) as found:
            ports = iter(found)
            plant = simulated_plant(supervisor, "meter-swap", folder=tmp_path, ports=ports)
            broker = embedded_broker(supervisor, next(ports))
            store = Store(tmp_path / "data")
            made = collecting(supervisor, plant, broker=broker, store=store, port=next(ports))
            plant.send_history(broker, "2025-03-01", "2025-04-01")
            yield made
    finally:
        supervisor.stop_all()


def about_readings(collector: Collector) -> list[str] | None:
    """What differs beside claims, which a month alone cannot settle; None while months derive."""
    found = [one for one in collector.differences() if not one.startswith("claim ")]
    return None if any("not known" in one for one in found) else found


def compared_at_the_end_of_a_run(collector: Collector) -> set[str]:
    """What `simulate SCENARIO --check URL` compared and found right."""
    plant = collector.plant
    plant.stop()
    junit = plant.folder / "out.xml"
    part = plant.process.supervisor.start(
        "run", "simulate", str(plant.scenario), "--for", "1s", "--check", collector.url,
        "--junit", str(junit),
    )  # fmt: skip
    part.process.communicate(timeout=120)
    cases = Xml.parse(junit).getroot().iter("testcase")
    return {str(case.get("name")) for case in cases if case.find("failure") is None}


def test_a_month_is_compared_with_its_events_and_readings(collector: Collector) -> None:
    assert wait_for(lambda: about_readings(collector), "March derived") == []
    assert compared_at_the_end_of_a_run(collector) >= {
        "readings of well-1 in 2025-03", "event swap of incomer at 2025-03-02 08:00",
        "no event of well-1 during the run", "electricity 2025-03",
    }  # fmt: skip
    with closing(sqlite3.connect(collector.store.path)) as store, store:
        ((key,),) = store.execute(
            "SELECT id FROM series WHERE measurement = 'counter' AND tags = ?",
            (json.dumps(["well-1", "volume"], separators=(",", ":")),),
        )
        store.execute("DELETE FROM points WHERE series = ? AND time_ms % 900000 = 0 "
                      "AND time_ms / 86400000 % 10 = 0", (key,))  # fmt: skip
    lost = wait_for(lambda: about_readings(collector) or None, "what is lost")
    (line,) = lost
    assert line.startswith("readings of well-1 in 2025-03: in 2,")
    assert line.endswith(" quarter hours of 2,976")
    early = collector.differences("2025-02-01", "2025-04-01")
    assert "readings of incomer in 2025-02: in 0 quarter hours of 2,688" in early
