"""A backup of a collector that runs under load, and a restore that a running one forbids."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collector.custody.archive import days, read_day
from collector.custody.record import Record
from collector.ledger import Ledger
from collector.store import COUNTER, Series, open_store
from plant.reading import Reading
from plant.senml import Pack, encode_pack
from tests.collector.fake_gateway import Gateway, run_collector

pytestmark = [pytest.mark.slow, pytest.mark.server("mosquitto")]
ROOT = Path(__file__).parents[3]
BEGAN_MS, SIZE = 1_760_400_000_000, 20
ENERGY = Series(COUNTER, "mill", ("incomer", "energy"))
WaitUntil = Callable[..., None]


def pack(seq: int) -> bytes:
    numbers = range((seq - 1) * SIZE, seq * SIZE)
    readings = [Reading("incomer", "energy", BEGAN_MS + 1000 * n, float(n)) for n in numbers]
    return encode_pack(Pack("mill", readings), {})


def cleanline(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cleanline", *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def packs_in(path: Path) -> Iterator[Record]:
    return read_day(path.read_bytes(), path.name)


def seen_and_stored(data: Path) -> tuple[set[int], set[float]]:
    """Packs that the ledger calls seen, and the readings in the store."""
    ledger, store = Ledger(data), open_store(None, data)
    try:
        (box,) = ledger.journal.completeness("mill")
        gaps = {n for first, last in box.never_seen for n in range(first, last + 1)}
        values = store.read(ENERGY, 0, end_ms=2**62).values
        return set(range(1, box.last + 1)) - gaps, set(values.tolist())
    finally:
        store.close()
        ledger.close()


def test_a_backup_under_load_holds_all_that_it_calls_seen_and_comes_back(
    plant_file: Path, mosquitto_port: int, tmp_path: Path, wait_until: WaitUntil
) -> None:
    data, copy = tmp_path / "data", tmp_path / "backup"
    gateway = Gateway(mosquitto_port)
    with (tmp_path / "log").open("wb") as log:
        running = run_collector(plant_file, mosquitto_port, "--data", str(data), log=log)
    wait_until(lambda: b"connected topics" in (tmp_path / "log").read_bytes(), "at work")
    sent: list[int] = []
    ends = threading.Event()

    def send() -> None:
        while not ends.wait(0.005):
            sent.append(len(sent) + 1)
            gateway.send(sent[-1], pack(sent[-1]))

    sender = threading.Thread(target=send)
    sender.start()
    try:
        wait_until(lambda: len(gateway.freed()) > 20, "packs stored")
        made = cleanline("backup", str(plant_file), str(copy), "--data", str(data))
        assert made.returncode == 0, made.stderr
        forbidden = cleanline(
            "restore", str(plant_file), str(copy), "--data", str(data), "--replace"
        )
        assert forbidden.returncode == 2
        assert "stop the collector first" in forbidden.stderr
        ends.set()
        sender.join()
        wait_until(lambda: gateway.freed() == set(sent), "all stored: nobody was disturbed")
    finally:
        ends.set()
        sender.join()
        running.terminate()
        assert running.wait(60) == 0

    shutil.copytree(copy, tmp_path / "look")  # to open a database is to change its file
    seen, stored = seen_and_stored(tmp_path / "look")
    assert 20 < len(seen) < len(sent)
    assert {float(n) for seq in seen for n in range((seq - 1) * SIZE, seq * SIZE)} <= stored
    packs = [p.seq for path in days(copy / "packs" / "mill").values() for p in packs_in(path)]
    assert set(packs) == seen, "the packs as they came: those, and no other"

    back = cleanline("restore", str(plant_file), str(copy), "--data", str(data), "--replace")
    assert back.returncode == 0, back.stderr
    assert seen_and_stored(data) == (seen, stored)
    gateway.heard.clear()
    with (tmp_path / "log").open("wb") as log:
        running = run_collector(plant_file, mosquitto_port, "--data", str(data), log=log)
    try:
        wait_until(lambda: b"connected topics" in (tmp_path / "log").read_bytes(), "at work again")
        for seq in sent:
            gateway.send(seq, pack(seq))
        wait_until(lambda: gateway.freed() >= set(sent), "what came since is taken again")
    finally:
        running.terminate()
        running.wait(60)
        gateway.close()
    whole = {float(n) for n in range(len(sent) * SIZE)}
    assert seen_and_stored(data) == (set(sent), whole)
