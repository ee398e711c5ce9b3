"""The collector as a process behind a real broker: killed at any moment, it loses nothing."""

from __future__ import annotations

import contextlib
import random
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from collector.ledger import Ledger
from collector.options import now_ms
from collector.service import Collector
from collector.store import COUNTER, Series, open_store
from plant.broker import parse_broker
from plant.description import Plant
from plant.reading import Reading
from plant.senml import Pack, encode_pack
from plant.wire import Status
from tests.collector.fake_gateway import TOPIC, Gateway, run_collector

WaitUntil = Callable[..., None]
ENERGY = Series(COUNTER, "mill", ("incomer", "energy"))


@pytest.fixture
def gateway(mosquitto_port: int) -> Iterator[Gateway]:
    opened = Gateway(mosquitto_port)
    yield opened
    opened.close()


def pack(seq: int, began_ms: int, size: int = 20) -> bytes:
    first = (seq - 1) * size
    readings = [
        Reading("incomer", "energy", began_ms + 10 * i, float(i))
        for i in range(first, first + size)
    ]
    return encode_pack(Pack("mill", readings), {})


@pytest.mark.server("mosquitto")
@pytest.mark.slow
def test_killed_again_and_again_under_load_it_stores_every_reading_once(
    plant_file: Path, mosquitto_port: int, gateway: Gateway, wait_until: WaitUntil, tmp_path: Path
) -> None:
    """What `stored` was said of is never sent again, so it must be there."""
    packs, began_ms, chance = 400, now_ms() - 3_600_000, random.Random(7)
    data = tmp_path / "data"
    options = ("--data", str(data))
    process = run_collector(plant_file, mosquitto_port, *options)
    said: set[int] = set()

    def waiting() -> list[int]:
        return sorted(set(range(1, packs + 1)) - gateway.freed())

    def some_freed(before: int) -> bool:
        """Whether more were than before, a second after what is not was sent again."""
        for seq in waiting()[:60]:
            gateway.send(seq, pack(seq, began_ms))
        with contextlib.suppress(AssertionError):
            wait_until(lambda: len(gateway.freed()) > before, "stored", within_s=1)
        return len(gateway.freed()) > before

    for _ in range(4):  # kill it at a random moment after it has stored something
        wait_until(partial(some_freed, len(gateway.freed())), "a pack stored")
        threading.Event().wait(chance.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.wait()
        said = gateway.freed()
        process = run_collector(plant_file, mosquitto_port, *options)
    assert said

    def all_freed() -> bool:
        for seq in waiting():
            gateway.send(seq, pack(seq, began_ms))
        threading.Event().wait(0.2)
        return not waiting()

    wait_until(all_freed, "every pack freed")
    process.terminate()
    assert process.wait(60) == 0
    store, ledger = open_store(None, data), Ledger(data)
    found = store.read(ENERGY, 0, end_ms=2**62)
    assert np.array_equal(found.values, np.arange(packs * 20.0))
    assert np.array_equal(found.times_ms, began_ms + 10 * np.arange(packs * 20))
    (told,) = ledger.journal.completeness("mill")
    assert (told.last, told.never_seen) == (packs, [])
    store.close()
    ledger.close()


@pytest.fixture
def collector(
    plant: Plant, mosquitto_port: int, wait_until: WaitUntil, tmp_path: Path
) -> Iterator[Collector]:
    data = tmp_path / "in-process"
    made = Collector(
        {"mill": plant},
        open_store(None, data),
        ledger=Ledger(data),
        broker=parse_broker(f"mqtt://127.0.0.1:{mosquitto_port}"),
    )
    made.start()
    wait_until(lambda: made.connected, "collector connected")
    yield made
    made.stop()


@pytest.mark.server("mosquitto")
def test_listeners_hear_of_a_commit_and_of_a_status(
    collector: Collector, gateway: Gateway, wait_until: WaitUntil
) -> None:
    changes = []
    end = collector.subscribe(changes.append)
    now = now_ms()
    gateway.send(1, pack(1, now - 1000))
    status = Status("online", boot="b", time_ms=now).encode()
    gateway.client.publish(TOPIC + "status", status, qos=1, retain=True)
    wait_until(lambda: len(changes) >= 2 and 1 in gateway.freed(), "two changes")
    assert any(c.latest[ENERGY].value == 19.0 for c in changes if c.latest)
    assert any(c.status_of == "yard" for c in changes)
    end()
    gateway.send(2, pack(2, now - 1000))
    wait_until(lambda: 2 in gateway.freed(), "stored")
    assert len([c for c in changes if c.latest]) == 1


@pytest.mark.server("mosquitto")
def test_it_goes_on_after_packs_that_are_none(
    collector: Collector, gateway: Gateway, wait_until: WaitUntil
) -> None:
    for seq, payload in enumerate((b"", b"\x00", b"[" * 100_000, b'[{"n":1}]', b"null"), start=1):
        gateway.send(seq, payload)
    gateway.send(6, pack(6, now_ms() - 1000))
    wait_until(lambda: gateway.freed() == {1, 2, 3, 4, 5, 6}, "all answered")
    assert collector.counts()["aside"] == {"malformed": 5}
    assert collector.counts()["stored_packs"] == 1


@pytest.mark.server("mosquitto")
def test_an_absent_broker_is_waited_for(
    plant: Plant,
    free_port: int,
    start_mosquitto: Callable[[int], object],
    wait_until: WaitUntil,
    tmp_path: Path,
) -> None:
    made = Collector(
        {"mill": plant},
        open_store(None, tmp_path),
        ledger=Ledger(tmp_path),
        broker=parse_broker(f"mqtt://127.0.0.1:{free_port}"),
    )
    made.start()
    assert not made.connected
    start_mosquitto(free_port)
    wait_until(lambda: made.connected, "connected")
    made.stop()


@pytest.mark.server("mosquitto")
def test_what_comes_in_is_derived_in_the_background(
    collector: Collector, gateway: Gateway, wait_until: WaitUntil
) -> None:
    derived = []
    collector.subscribe(lambda change: derived.append(change) if change.derived else None)
    began_ms = (now_ms() // 900_000 - 4) * 900_000
    for seq in range(1, 11):
        readings = [
            Reading("incomer", "energy", began_ms + 10_000 * i, float(i))
            for i in range(20 * (seq - 1), 20 * seq)
        ]
        gateway.send(seq, encode_pack(Pack("mill", readings), {}))
    rows = Series("interval", "mill", ("incomer", "electricity"))
    wait_until(lambda: len(collector.store.read(rows, 0, end_ms=2**62)) == 2, "two slots")
    assert collector.store.read(rows, 0, end_ms=2**62).values.tolist() == [90.0, 90.0]
    wait_until(lambda: bool(derived), "told")


@pytest.mark.server("mosquitto")
@pytest.mark.slow
def test_it_stops_within_seconds_though_its_store_is_locked_and_it_was_just_paused(
    plant_file: Path, mosquitto_port: int, gateway: Gateway, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """A paused process is told to stop as a service manager does it; another holds the store."""
    data = tmp_path / "data"
    with (tmp_path / "log").open("wb") as log:
        running = run_collector(plant_file, mosquitto_port, "--data", str(data), log=log)
    try:
        wait_until(lambda: b"connected topics" in (tmp_path / "log").read_bytes(), "at work")
        gateway.send(1, pack(1, now_ms()))
        wait_until(lambda: gateway.freed() == {1}, "stored")
        holder = sqlite3.connect(data / "store.sqlite", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        for seq in range(2, 30):
            gateway.send(seq, pack(seq, now_ms()))
        running.send_signal(signal.SIGSTOP)
        running.send_signal(signal.SIGCONT)
        running.terminate()
        assert running.wait(60) == 0
        holder.close()
        assert gateway.freed() == {1}, "nothing is said to be stored that is not"
    finally:
        running.kill()
        running.wait()
