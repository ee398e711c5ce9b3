"""`cleanline simulate ... --for --speed --check --junit` beside a running chain, as CI uses it."""

from __future__ import annotations

import xml.etree.ElementTree as Xml
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.placed import place_scenario
from simulators.rig import agents, collecting, embedded_broker, simulated_plant
from simulators.store_file import Store
from simulators.supervisor import Supervisor

pytestmark = [pytest.mark.slow, pytest.mark.proof]


def test_a_run_of_half_a_minute_says_that_the_chain_tells_the_truth(
    supervisor: Supervisor, ports: Iterator[int], tmp_path: Path
) -> None:
    """Half an hour of the plant passes; every meter is read, every newest value is right."""
    broker = embedded_broker(supervisor, next(ports))
    plant = simulated_plant(supervisor, "kontum-starch", folder=tmp_path, ports=ports)
    collector = collecting(
        supervisor, plant, broker=broker, store=Store(tmp_path / "data"), port=next(ports)
    )
    agents(supervisor, plant, broker=broker)
    plant.stop()
    junit = tmp_path / "out.xml"
    part = supervisor.start(
        "ci", "simulate", str(plant.scenario), "--for", "30s", "--speed", "60",
        "--check", collector.url, "--junit", str(junit),
    )  # fmt: skip
    output = part.process.communicate(timeout=120)[0]
    assert part.process.returncode == 0, output + part.last_words()
    suite = Xml.parse(junit).getroot().find("testsuite")
    assert suite is not None
    assert suite.get("failures") == "0"
    names = [case.get("name") for case in suite.findall("testcase")]
    assert sum("is asked" in str(name) for name in names) >= 14
    assert "incomer/energy is what the meter showed" in names
    assert "no event of incomer during the run" not in names, "at this speed they must jump"


def test_a_run_that_nobody_read_fails(
    supervisor: Supervisor, ports: Iterator[int], tmp_path: Path
) -> None:
    place_scenario("kontum-starch", tmp_path, ports=ports)
    part = supervisor.start(
        "ci", "simulate", str(tmp_path / "scenario.toml"), "--for", "1s", "--junit", "out.xml"
    )
    output = part.process.communicate(timeout=60)[0]
    assert part.process.returncode == 1
    assert "incomer: nobody asked unit 1" in output
    assert (tmp_path / "out.xml").exists()
