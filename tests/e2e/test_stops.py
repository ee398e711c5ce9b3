"""SIGTERM ends each part within five seconds, in the middle of its work, and nothing is lost."""

from __future__ import annotations

import json
import os
import re
import threading
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from collector.store import COUNTER, Series, open_store
from plant.reading import Reading
from plant.senml import Pack, encode_pack
from simulators.demo_plant import write_demo
from tests.chaos.parts import Part, cleanline
from tests.collector.fake_gateway import Gateway

pytestmark = [pytest.mark.slow, pytest.mark.server("mosquitto")]
WITHIN_S, FAIR_LOAD = 5.0, 1.0  # per processor; with more, time says nothing of a part
PACKS, SIZE, BEGAN_MS = 3000, 100, 1_750_000_000_000
PLANT, WEIGHED = "kontum-starch", Series(COUNTER, "kontum-starch", ("incomer", "energy"))


class Stopped(Part):
    """A part that must be gone in time."""

    def stop_in_time(self) -> dict[str, Any]:
        """SIGTERM; what it printed as JSON."""
        printed = self.stop(WITHIN_S + 10)
        assert self.process is not None
        assert self.process.returncode == 0, self.log.read_text(encoding="utf-8")[-2000:]
        if is_fair_load():
            assert self.stop_s < WITHIN_S, f"{self.name} took {self.stop_s:.1f} s"
        found: dict[str, Any] = json.loads(printed) if printed.startswith("{") else {}
        return found


def is_fair_load() -> bool:
    """Whether others leave enough of the computer for seconds to be counted."""
    return os.getloadavg()[0] / (os.cpu_count() or 1) < FAIR_LOAD


def flood(seq: int) -> bytes:
    """A pack of the past."""
    first = (seq - 1) * SIZE
    readings = [
        Reading("incomer", "energy", BEGAN_MS + 1000 * n, float(n))
        for n in range(first, first + SIZE)
    ]
    return encode_pack(Pack(PLANT, readings), {})


@pytest.fixture
def parts(
    tmp_path: Path, mosquitto_port: int, free_ports: Callable[[int], list[int]]
) -> Iterator[dict[str, Stopped]]:
    """The demonstration's plant, every meter read twice a second, under way."""
    *buses, page = free_ports(3)
    url = f"mqtt://127.0.0.1:{mosquitto_port}"
    addresses = [f"127.0.0.1:{port}" for port in buses]
    write_demo(tmp_path, datetime.now(UTC).date(), broker=url, addresses=addresses)
    plant = tmp_path / "plant.toml"
    text = re.sub(r"^every = .*\n", "", plant.read_text(encoding="utf-8"), flags=re.MULTILINE)
    plant.write_text(re.sub(r"(?m)^(unit_id = .*)$", r'\1\nevery = "0.5s"', text), encoding="utf-8")
    made = {
        "simulator": Stopped(
            "simulator", cleanline("simulate", "scenario.toml"), tmp_path, port=buses[0]
        ),
        "collector": Stopped(
            "collector",
            cleanline("collector", "plant.toml", "--port", str(page), "--json"),
            tmp_path,
            port=page,
        ),
        "agent": Stopped(
            "agent", cleanline("agent", "plant.toml", "--gateway", "yard", "--json"), tmp_path
        ),
    }
    for part in made.values():
        part.start()
    yield made
    for part in made.values():
        part.kill()


def test_each_part_is_gone_within_five_seconds_of_sigterm_in_the_middle_of_its_work(
    parts: dict[str, Stopped],
    mosquitto_port: int,
    tmp_path: Path,
    wait_until: Callable[..., None],
) -> None:
    simulator, collector, agent = parts["simulator"], parts["collector"], parts["agent"]
    packs = [flood(seq) for seq in range(1, PACKS + 1)]
    wait_until(lambda: agent.has_said("connected"), "the agent at work")
    wait_until(lambda: collector.has_said("connected topics"), "the collector at work")
    stream = urllib.request.urlopen(  # a page that stays open
        f"http://127.0.0.1:{collector.port}/api/v1/events?plant={PLANT}", timeout=60
    )
    gateway = Gateway(mosquitto_port, f"cleanline/v1/{PLANT}/yard/")

    def send() -> None:
        for seq, payload in enumerate(packs, 1):
            gateway.send(seq, payload, "flood")

    sender = threading.Thread(target=send)
    sender.start()
    wait_until(lambda: len(gateway.freed("flood")) > 5, "packs stored")
    counted = collector.stop_in_time()
    sender.join()
    stream.close()
    freed = gateway.freed("flood")
    gateway.close()
    assert len(freed) < PACKS, "it was in the middle of its work"
    if counted or is_fair_load():  # else it was cut short, and what was said to be stored tells
        assert counted["stored_packs"] >= len(freed)

    simulator.stop_in_time()
    left = agent.stop_in_time()
    assert left["waiting"] > 0, "nobody stored them any more, so they lie in the outbox"

    store = open_store(None, tmp_path / "data")
    numbers = set(store.read(WEIGHED, 0, end_ms=BEGAN_MS + 10**9).values.tolist())
    store.close()
    told = {float(n) for seq in freed for n in range((seq - 1) * SIZE, seq * SIZE)}
    assert told <= numbers, "what was said to be stored is"
