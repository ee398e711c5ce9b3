"""The thread that commits: it says nothing before the store has it, and tries until it has."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from collector.intake.checks import Message, Roster
from collector.intake.ingest import Answer, Change, Ingest
from collector.intake.worker import Worker
from collector.ledger import Ledger
from collector.stats import Stats
from collector.store import COUNTER, Series
from collector.store.sqlite import SqliteStore
from plant.description import Plant
from plant.reading import Reading
from plant.senml import Pack, encode_pack

WaitUntil = Callable[..., None]
NOW = 1_780_000_000_000
ENERGY = Series(COUNTER, "mill", ("incomer", "energy"))


def pack(seq: int, size: int = 100) -> Message:
    first = NOW - 10_000_000 + seq * 1000 * size
    readings = [Reading("incomer", "energy", first + 1000 * i, float(i)) for i in range(size)]
    payload = encode_pack(Pack("mill", readings), {})
    topic = "cleanline/v1/mill/yard/readings"
    return Message(topic, payload, {"outbox": "box", "seq": str(seq)}, NOW)


class Bench:
    """A worker over real SQLite files."""

    def __init__(self, plant: Plant, folder: Path) -> None:
        self.store = SqliteStore(folder / "s.sqlite")
        self.ledger = Ledger(folder)
        self.stats = Stats()
        self.said: list[Answer] = []
        ingest = Ingest(
            {"mill": Roster.of(plant)},
            self.store,
            ledger=self.ledger,
            stats=self.stats,
            clock=lambda: NOW,
        )
        self.worker = Worker(ingest, self.stats, tell=self._tell)

    def _tell(self, answers: Sequence[Answer], changes: Sequence[Change]) -> None:
        self.said.extend(answers)

    def freed(self) -> set[int]:
        return set().union(*(answer.stored.numbers() for answer in self.said))

    def count(self) -> int:
        return len(self.store.read(ENERGY, 0, end_ms=2**62))


@pytest.fixture
def bench(plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr("collector.intake.worker.RETRY_FIRST_S", 0.01)
    monkeypatch.setattr("collector.intake.worker.SHED_AFTER_S", 0.01)
    made = Bench(plant, tmp_path)
    yield made
    made.store.close()
    made.ledger.close()


def test_what_arrives_together_is_committed_together(bench: Bench) -> None:
    for seq in range(1, 21):
        bench.worker.take(pack(seq))
    bench.worker.start()
    bench.worker.stop()
    assert bench.freed() == set(range(1, 21))
    assert bench.stats.commits == 1
    assert bench.count() == 2000


def test_a_full_disk_is_waited_for_and_nothing_is_said_before_there_is_room(
    bench: Bench, wait_until: WaitUntil
) -> None:
    """SQLite itself refuses pages beyond a limit, just as it does on a full disk."""
    bench.store.write({})
    opened = threading.local()
    limit = ["PRAGMA max_page_count = 20"]
    make = bench.store._database.transaction

    def limited() -> object:
        if getattr(opened, "limit", None) != limit[0]:
            opened.limit = limit[0]
            bench.store._database.connection.execute(limit[0])
        return make()

    bench.store._database.transaction = limited
    for seq in range(1, 61):
        bench.worker.take(pack(seq))
    bench.worker.start()
    wait_until(lambda: bench.stats.retries >= 2, "two refusals")
    assert bench.said == []
    assert bench.ledger.journal.completeness("mill") == []
    limit[0] = "PRAGMA max_page_count = 1000000"
    wait_until(lambda: bench.freed() == set(range(1, 61)), "all stored")
    bench.worker.stop()
    assert bench.count() == 6000


def test_a_worker_that_is_far_behind_lets_packs_go_and_counts_them(bench: Bench) -> None:
    """They are not said to be stored, so their gateways send them again."""
    for seq in range(1, 1003):
        bench.worker.take(pack(seq, size=1))
    assert bench.stats.shed == 2
    bench.worker.start()
    bench.worker.stop()
    assert bench.freed() == set(range(1, 1001))


def test_packs_that_are_large_fill_no_more_memory_than_is_set_aside_for_them(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    packs = [pack(seq) for seq in range(1, 11)]
    monkeypatch.setattr("collector.intake.inbox.MOST_BYTES", 3 * len(packs[0].payload) - 10)
    for one in packs:
        bench.worker.take(one)
    assert bench.stats.shed == 7
    bench.worker.start()
    bench.worker.stop()
    assert bench.freed() == {1, 2, 3}


def test_what_comes_after_the_stop_is_left_to_its_gateway(bench: Bench) -> None:
    bench.worker.start()
    bench.worker.stop()
    bench.worker.take(pack(1))
    assert bench.freed() == set()
    assert bench.count() == 0


def test_a_backlog_is_committed_in_pieces_so_that_what_is_live_does_not_wait(
    plant: Plant, tmp_path: Path, wait_until: WaitUntil, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(plant, tmp_path)
    packs = [pack(seq) for seq in range(1, 13)]
    monkeypatch.setattr("collector.intake.inbox.BATCH_BYTES", 3 * len(packs[0].payload))
    for one in packs:  # all are there before the first commit
        bench.worker.take(one)
    bench.worker.start()
    wait_until(lambda: len(bench.freed()) == len(packs), "all stored")
    bench.worker.stop()
    pieces = [len(answer.stored.numbers()) for answer in bench.said]
    assert sum(pieces) == len(packs)
    assert max(pieces) <= 4, "lengths of packs differ by a few bytes"
    assert bench.count() == 12 * 100
