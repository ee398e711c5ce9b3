"""What one gateway can make the ledger remember is bounded, and nothing is lost by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.intake.checks import Message, Roster
from collector.intake.ingest import Ingest
from collector.ledger import Ledger
from collector.stats import Stats
from collector.store import COUNTER, Series
from collector.store.sqlite import SqliteStore
from plant.description import Plant
from plant.reading import Reading
from plant.senml import Pack, encode_pack
from plant.thinned import Thinned

NOW = 1_780_000_000_000
DAY_MS = 86_400_000


class Bench:
    """An ingest over real files."""

    def __init__(self, plant: Plant, folder: Path) -> None:
        self.store, self.ledger, self.stats = SqliteStore(folder / "s"), Ledger(folder), Stats()
        self.now_ms = NOW
        self.ingest = Ingest(
            {"mill": Roster.of(plant)},
            self.store,
            ledger=self.ledger,
            stats=self.stats,
            clock=lambda: self.now_ms,
        )

    def send(self, outbox: str, *numbers: int, gateway: str = "yard") -> set[int]:
        """Send packs; returns the numbers that were answered."""
        readings = [Reading("incomer", "energy", NOW - 1000 * n, 1.0) for n in numbers]
        packs = [
            Message(
                f"cleanline/v1/mill/{gateway}/readings",
                encode_pack(Pack("mill", [reading]), {}),
                {"outbox": outbox, "seq": str(number)},
                self.now_ms,
            )
            for number, reading in zip(numbers, readings, strict=True)
        ]
        answers, _ = self.ingest.commit(packs)
        return set().union(*(answer.stored.numbers() for answer in answers))

    def thinned(self, seq: int, *numbers: int) -> set[int]:
        """Send a pack that stands in for others; returns the numbers that were answered."""
        spans = [(number, number) for number in numbers]
        event = Thinned(spans, "0" * 64, 1).event(NOW)
        topic = "cleanline/v1/mill/yard/readings"
        pack = encode_pack(Pack("mill", [], [event]), {})
        answers, _ = self.ingest.commit(
            [Message(topic, pack, {"outbox": "box", "seq": str(seq)}, self.now_ms)]
        )
        return set().union(*(answer.stored.numbers() for answer in answers))

    def count(self) -> int:
        return len(self.store.read(Series(COUNTER, "mill", ("incomer", "energy")), 0, end_ms=2**62))


@pytest.fixture
def bench(plant: Plant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr("collector.intake.admission.MOST_NEW", 3)
    monkeypatch.setattr("collector.intake.admission.MOST_RANGES", 3)
    made = Bench(plant, tmp_path)
    yield made
    made.store.close()
    made.ledger.close()


def test_invented_outboxes_wait_at_their_gateway_until_tomorrow(bench: Bench) -> None:
    for number in range(3):
        assert bench.send(f"box{number}", 1) == {1}
    for number in range(3, 20):
        assert bench.send(f"box{number}", 1) == set(), "not answered: the gateway keeps it"
    assert bench.send("box0", 2) == {2}, "a known one goes on"
    assert len(bench.ledger.journal.completeness("mill")) == 3
    assert bench.stats.aside["outboxes"] == 17
    (told,) = bench.ledger.journal.events("mill")
    assert told.event.text.startswith("not taken in: 3 new outboxes today")
    bench.now_ms += DAY_MS
    assert bench.send("box9", 1) == {1}


def test_what_was_begun_today_is_known_after_a_restart(
    bench: Bench, plant: Plant, tmp_path: Path
) -> None:
    for number in range(3):
        bench.send(f"box{number}", 1)
    again = Bench(plant, tmp_path)
    assert again.send("box0", 2) == {2}
    assert again.send("box7", 1) == set()
    again.store.close()
    again.ledger.close()


def test_gateways_that_no_plant_file_names_share_one_bound(bench: Bench) -> None:
    answered = [bench.send("box", 1, gateway=f"g{number}") for number in range(9)]
    assert answered == [{1}] * 3 + [set()] * 6
    assert bench.send("box", 1) == {1}, "the plant's own gateway is not held up by strangers"
    assert bench.ledger.journal.events("mill") == []


def test_numbers_with_ever_more_gaps_wait_until_gaps_are_filled(bench: Bench) -> None:
    assert bench.send("box", 1, 5) == {1, 5}
    assert bench.send("box", 10) == {10}
    assert bench.send("box", 20) == set()
    assert bench.count() == 3, "it is not stored either: nothing of it is remembered"
    assert bench.send("box", 2, 3, 4) == {2, 3, 4}
    assert bench.send("box", 20) == {20}


def test_so_do_packs_that_stand_in_for_numbers_with_gaps(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bench.thinned(10, 2, 4) == {10}
    assert bench.thinned(11, 6, 8) == set()
    monkeypatch.setattr("collector.intake.checks.MOST_REPLACED", 1)
    bench.thinned(12, 6, 8)
    (aside,) = bench.ledger.journal.quarantine("mill")
    assert aside.reason == "it replaces 2 ranges of packs"
