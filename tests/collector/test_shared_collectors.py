"""Two collectors share packs, ledger and InfluxDB: whichever dies, nothing is lost."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from collector.ledger import Ledger
from collector.store import COUNTER, INTERVAL, Series, open_store
from plant.calendar import SLOT_MS
from plant.reading import Reading
from plant.senml import Pack, encode_pack
from tests.collector.fake_gateway import Gateway, run_collector

pytestmark = [
    pytest.mark.slow,
    pytest.mark.server("mosquitto"),
    pytest.mark.server("influxd"),
]
BEGAN_MS = 1_760_400_000_000 // SLOT_MS * SLOT_MS
STEP_MS, SIZE, PACKS = 60_000, 15, 90  # a pack is a slot
ENERGY = Series(COUNTER, "mill", ("incomer", "energy"))
INTERVALS = Series(INTERVAL, "mill", ("incomer", "electricity"))
WaitUntil = Callable[..., None]


def pack(seq: int) -> bytes:
    first = (seq - 1) * SIZE
    readings = [
        Reading("incomer", "energy", BEGAN_MS + STEP_MS * i, float(i))
        for i in range(first, first + SIZE)
    ]
    return encode_pack(Pack("mill", readings), {})


class Pair:
    """Two collectors by name, each with a log, and somebody who sends until all is stored."""

    def __init__(self, folder: Path, plant_file: Path, *, port: int, url: str) -> None:
        self.gateway = Gateway(port)
        self._folder = folder
        self._plant_file = plant_file
        self._port = port
        self._options = ["--share", "--store", url, "--data", str(folder / "data"), "--json"]
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.sent = 0
        self._done = threading.Event()
        self._again = threading.Thread(target=self._send_again, daemon=True)
        self._again.start()

    def log(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text("utf-8")

    def start(self, name: str) -> None:
        with (self._folder / f"{name}.log").open("wb") as log:
            options = self._options
            self.running[name] = run_collector(self._plant_file, self._port, *options, log=log)

    def kill(self, name: str) -> None:
        self.running[name].kill()
        self.running.pop(name).wait()

    def send(self, count: int) -> None:
        for _ in range(count):
            self.sent += 1
            self.gateway.send(self.sent, pack(self.sent))

    def has_all(self) -> bool:
        return self.gateway.freed() >= set(range(1, self.sent + 1))

    def _send_again(self) -> None:
        while not self._done.wait(1.0):
            for seq in set(range(1, self.sent + 1)) - self.gateway.freed():
                self.gateway.send(seq, pack(seq))

    def close(self) -> None:
        self._done.set()
        self._again.join()
        for name in list(self.running):
            self.kill(name)
        self.gateway.close()


@pytest.fixture
def pair(tmp_path: Path, plant_file: Path, mosquitto_port: int, influx_port: int) -> Iterator[Pair]:
    url = f"influxdb://127.0.0.1:{influx_port}/{tmp_path.name}"
    made = Pair(tmp_path, plant_file, port=mosquitto_port, url=url)
    yield made
    made.close()


def test_whichever_of_two_collectors_dies_every_reading_is_stored_and_derived_once(
    pair: Pair, tmp_path: Path, influx_port: int, wait_until: WaitUntil
) -> None:
    def is_at_work(name: str) -> bool:
        return "connected topics" in pair.log(name)

    def derives(name: str) -> bool:
        return "derive=begun" in pair.log(name)

    pair.start("first")
    wait_until(lambda: derives("first") and is_at_work("first"), "the first derives")
    pair.start("second")
    wait_until(lambda: is_at_work("second"), "the second at work")
    pair.send(PACKS // 3)
    wait_until(pair.has_all, "all stored by both")
    assert not derives("second"), "one derives"

    pair.send(PACKS // 3)
    pair.kill("first")
    wait_until(pair.has_all, "all stored by the second", within_s=60)
    wait_until(lambda: derives("second"), "the second derives")

    pair.start("third")
    wait_until(lambda: is_at_work("third"), "the third at work")
    pair.send(PACKS // 3)
    pair.kill("second")
    wait_until(pair.has_all, "all stored by the third", within_s=60)
    wait_until(lambda: derives("third"), "the third derives")

    ledger = Ledger(tmp_path / "data")
    store = open_store(f"influxdb://127.0.0.1:{influx_port}/{tmp_path.name}", tmp_path)
    wait_until(lambda: not ledger.derivation.waiting("mill"), "all derived")
    found = store.read(ENERGY, 0, end_ms=2**62)
    assert found.values.tolist() == [float(i) for i in range(PACKS * SIZE)]
    rows = store.read(INTERVALS, 0, end_ms=2**62)
    assert rows.values.tolist() == [float(SIZE)] * (PACKS - 1), "the last slot is not over"
    (box,) = ledger.journal.completeness("mill")
    assert (box.never_seen, box.last) == ([], PACKS)
    assert ledger.journal.quarantine("mill") == []
    ledger.close()
    store.close()


def test_both_take_packs(pair: Pair, wait_until: WaitUntil) -> None:
    for name in ("one", "other"):
        pair.start(name)
        wait_until(lambda name=name: "connected topics" in pair.log(name), f"{name} at work")
    pair.send(PACKS)
    wait_until(pair.has_all, "all stored")
    for name, process in pair.running.items():
        process.terminate()
        assert process.wait(60) == 0
        assert '"packs": 0' not in pair.log(name)
