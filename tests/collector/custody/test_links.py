"""The collector knows whether each pack follows the one before, in whatever order they come."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.custody.archive import Archive, days, read_day
from collector.intake.checks import Message, Roster
from collector.intake.ingest import Ingest
from collector.ledger import Ledger, Sender
from collector.stats import Stats
from collector.store.sqlite import SqliteStore
from plant.calendar import DAY_MS
from plant.description import Plant
from plant.errors import StoreError
from plant.reading import Reading
from plant.senml import Pack, encode_pack
from tests.collector.signing import NOW, Sending


def payload(seq: int, value: float = 1.0) -> bytes:
    return encode_pack(Pack("mill", [Reading("incomer", "energy", NOW - 1000 * seq, value)]), {})


class Bench:
    """An ingest with an archive."""

    def __init__(self, plant: Plant, folder: Path, most_bytes: int = 2**30) -> None:
        self.now_ms = NOW
        self.ledger, self.archive = Ledger(folder), Archive(folder, most_bytes)
        self.store = SqliteStore(folder / "s")
        self.ingest = Ingest(
            {"mill": Roster.of(plant)},
            self.store,
            ledger=self.ledger,
            stats=Stats(),
            clock=lambda: self.now_ms,
            archive=self.archive,
        )

    def take(self, *messages: Message) -> list[list[tuple[int, int]]]:
        return [answer.stored.stored for answer in self.ingest.commit(messages)[0]]

    @property
    def told(self) -> list[str]:
        events = [told.event for told in reversed(self.ledger.journal.events("mill"))]
        return [e.text.removesuffix(" (outbox box)") for e in events if e.kind == "chain"]

    @property
    def archived(self) -> list[int]:
        files = days(self.archive.folder / "mill").values()
        return [one.seq for path in files for one in read_day(path.read_bytes(), path.name)]


@pytest.fixture
def bench(plant: Plant, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(plant, tmp_path)
    yield made
    made.store.close()
    made.ledger.close()


@pytest.fixture
def packs() -> list[Message]:
    yard = Sending("yard")
    return [yard.pack(payload(seq)) for seq in range(1, 31)]


@pytest.mark.parametrize("seed", range(5))
def test_packs_in_any_order_and_twice_hang_together_and_are_archived_once(
    bench: Bench, packs: list[Message], seed: int
) -> None:
    chance = random.Random(seed)
    coming = packs + chance.sample(packs, 10)
    chance.shuffle(coming)
    while coming:
        size = chance.randint(1, 6)
        bench.take(*coming[:size])
        del coming[:size]
    assert bench.told == []
    assert sorted(bench.archived) == list(range(1, 31))
    (kept,) = bench.ledger.links.kept("mill")
    assert kept.numbers == [(1, 30)]
    (custody,) = bench.ledger.links.custody("mill")
    assert (custody.packs, custody.signed, custody.breaks) == (30, 0, 0)


def test_packs_that_never_come_break_nothing(bench: Bench, packs: list[Message]) -> None:
    bench.take(*packs[:10], *packs[12:])
    assert bench.told == []
    (box,) = bench.ledger.journal.completeness("mill")
    assert box.never_seen == [(11, 12)]


def test_a_pack_that_was_altered_on_the_way_is_told(bench: Bench, packs: list[Message]) -> None:
    """An unsigned one: nobody can tell which is the true one, and nothing is lost."""
    altered = packs[4]._replace(payload=payload(5, 6.0))
    bench.take(*packs[:4], altered, *packs[5:])
    assert bench.told == ["pack 6 does not follow the pack 5 that came"]
    bench.take(packs[4])
    assert "pack 5 came again with other content" in bench.told
    assert len(bench.archived) == 31, "both are kept"


def test_a_pack_that_was_put_in_between_is_told(bench: Bench, packs: list[Message]) -> None:
    said = {**packs[0].properties, "seq": "31", "prev": packs[5].properties["prev"]}
    bench.take(*packs, Message(packs[0].topic, payload(31), said, NOW))
    assert bench.told == ["pack 31 does not follow the pack 30 that came"]


def test_a_pack_without_its_link_is_told(bench: Bench, packs: list[Message]) -> None:
    said = {name: text for name, text in packs[4].properties.items() if name != "prev"}
    bench.take(*packs[:4], packs[4]._replace(properties=said), *packs[5:])
    assert "pack 5 does not follow the pack 4 that came" in bench.told


def test_an_agent_from_before_chains_works_and_nothing_is_told_of_it(
    bench: Bench, packs: list[Message]
) -> None:
    old = [
        pack._replace(properties={k: v for k, v in pack.properties.items() if k != "prev"})
        for pack in packs
    ]
    assert bench.take(*old) == [[(1, 30)]]
    assert bench.told == []


def test_nothing_is_said_when_the_archive_refuses(
    bench: Bench, packs: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("disk full")

    monkeypatch.setattr(bench.archive, "append", refuse)
    with pytest.raises(StoreError):
        bench.take(*packs)
    assert bench.ledger.journal.completeness("mill") == []
    monkeypatch.undo()
    assert bench.take(*packs) == [[(1, 30)]]
    assert bench.archived == list(range(1, 31))


def test_a_pack_that_was_archived_before_the_ledger_knew_is_archived_again(
    bench: Bench, packs: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The collector died between the two; the reader of an archive knows a pack by its hash."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bench.ledger.journal, "record", die)
    with pytest.raises(KeyboardInterrupt):
        bench.take(packs[0])
    monkeypatch.undo()
    bench.ingest._keeper.settle()  # another process knows nothing of it
    bench.take(packs[0])
    assert bench.archived == [1, 1]


def test_a_ledger_that_refuses_for_long_does_not_fill_the_archive(
    bench: Bench, packs: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("may not be written")

    monkeypatch.setattr(bench.ledger.journal, "record", refuse)
    for count in (1, 1, 2, 2, 3):
        with pytest.raises(StoreError):
            bench.take(*packs[:count])
    monkeypatch.undo()
    bench.take(*packs[:3])
    assert bench.archived == [1, 2, 3]
    kept = bench.ledger.links.known(Sender("mill", "yard", "box"), range(1, 4))
    assert sorted(kept) == [1, 2, 3]


def test_old_links_are_forgotten_and_later_packs_still_follow(
    bench: Bench, packs: list[Message]
) -> None:
    bench.take(*packs[:20], *packs[25:])
    assert len(bench.ledger.links.known(Sender("mill", "yard", "box"), range(1, 31))) == 25
    bench.now_ms += 20 * DAY_MS
    later = Sending("yard", seq=30, prev=packs[-1].properties["prev"])
    bench.ledger.links.prune(bench.now_ms)
    known = bench.ledger.links.known(Sender("mill", "yard", "box"), range(1, 31))
    assert sorted(known) == [1, 20, 26, 30], "the ends of ranges, which others may yet follow"
    bench.take(*packs[20:25])
    assert bench.told == []
    bench.take(later.pack(payload(40))._replace(received_ms=bench.now_ms))
    assert bench.told == ["pack 31 does not follow the pack 30 that came"], "it names the 29th"


def test_when_the_archive_is_full_the_oldest_day_goes_and_its_numbers_are_known(
    plant: Plant, tmp_path: Path, packs: list[Message]
) -> None:
    bench = Bench(plant, tmp_path, most_bytes=1)
    for day in range(3):
        bench.now_ms = NOW + day * DAY_MS
        sent = packs[10 * day : 10 * day + 10]
        bench.take(*(pack._replace(received_ms=bench.now_ms) for pack in sent))
    assert bench.archived == list(range(21, 31))
    assert [kept.numbers for kept in bench.ledger.links.kept("mill")] == [[(21, 30)]]
    gone = bench.ledger.links.kept("mill", let_go=True)
    assert [one.numbers for one in gone] == [[(1, 10)], [(11, 20)]]
    bench.store.close()
    bench.ledger.close()
