"""Store, ledger and archive of different ages come together again when the collector starts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.custody.archive import Archive, days, read_day
from collector.intake.checks import Message, Roster
from collector.intake.ingest import Ingest
from collector.intake.refill import Refill
from collector.ledger import Ledger
from collector.stats import Stats
from collector.store import COUNTER, Series
from collector.store.sqlite import SqliteStore
from plant.calendar import DAY_MS
from plant.description import Plant
from plant.reading import Reading
from plant.senml import Pack, encode_pack
from tests.collector.signing import NOW, Sending

ENERGY = Series(COUNTER, "mill", ("incomer", "energy"))


class Bench:
    """A collector's data in a folder, opened as at its start."""

    def __init__(self, plant: Plant, folder: Path) -> None:
        self.store, self.ledger = SqliteStore(folder / "store.sqlite"), Ledger(folder)
        self.archive = Archive(folder, 2**30)
        rosters = {"mill": Roster.of(plant)}
        shared = {"ledger": self.ledger, "archive": self.archive}
        self.ingest = Ingest(rosters, self.store, stats=Stats(), clock=lambda: NOW, **shared)
        self.refill = Refill(rosters, self.store, ingest=self.ingest, **shared)

    @property
    def values(self) -> list[float]:
        return self.store.read(ENERGY, 0, end_ms=2**62).values.tolist()

    @property
    def archived(self) -> list[int]:
        files = days(self.archive.folder / "mill").values()
        return [one.seq for path in files for one in read_day(path.read_bytes(), path.name)]

    def close(self) -> None:
        self.store.close()
        self.ledger.close()


@pytest.fixture
def packs() -> list[Message]:
    """Twelve packs of one reading, received over three days."""
    yard = Sending("yard")
    made = []
    for seq in range(1, 13):
        at_ms = NOW - DAY_MS * ((12 - seq) // 4)
        reading = Reading("incomer", "energy", at_ms - 60_000 + 1000 * seq, float(seq))
        pack = yard.pack(encode_pack(Pack("mill", [reading]), {}))
        made.append(pack._replace(received_ms=at_ms))
    return made


@pytest.fixture
def aged(plant: Plant, tmp_path: Path, packs: list[Message]) -> Iterator[Path]:
    """A folder after twelve packs, with `store.old` and `ledger.old` after the first six."""
    for part, name in ((packs[:6], "old"), (packs[6:], "new")):
        bench = Bench(plant, tmp_path)
        for pack in part:
            bench.ingest.commit([pack])
        bench.close()
        for file in ("store", "ledger"):
            shutil.copy(tmp_path / f"{file}.sqlite", tmp_path / f"{file}.{name}")
    return tmp_path


def test_a_store_that_is_older_gets_from_the_archive_what_the_gateways_have_freed(
    plant: Plant, aged: Path
) -> None:
    shutil.copy(aged / "store.old", aged / "store.sqlite")
    bench = Bench(plant, aged)
    assert bench.values == [1, 2, 3, 4, 5, 6]
    assert bench.refill.run() == 6
    assert bench.values == list(range(1, 13))
    assert bench.archived == list(range(1, 13)), "nothing lies there twice"
    assert "incomer" in bench.ledger.derivation.take("mill"), "and it is derived"
    assert bench.refill.run() == 0
    bench.close()


def test_a_ledger_that_is_older_learns_which_numbers_came(plant: Plant, aged: Path) -> None:
    shutil.copy(aged / "ledger.old", aged / "ledger.sqlite")
    bench = Bench(plant, aged)
    assert bench.refill.run() == 6
    (box,) = bench.ledger.journal.completeness("mill")
    assert (box.latest, box.never_seen) == ((1, 12), [])
    assert bench.values == list(range(1, 13))
    assert bench.archived == list(range(1, 13))
    bench.close()


def test_where_nothing_was_lost_the_end_of_the_archive_alone_is_looked_at(
    plant: Plant, aged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(plant, aged)
    looked: list[int] = []
    seen = bench.ledger.outboxes.has_seen
    monkeypatch.setattr(
        bench.ledger.outboxes, "has_seen", lambda *which: looked.append(which[1]) or seen(*which)
    )
    assert bench.refill.run() == 0
    assert looked == [12]
    bench.close()


def test_a_death_before_the_last_commit_was_told_costs_a_few_looks(
    plant: Plant, aged: Path, packs: list[Message], monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(plant, aged)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bench.ledger.journal, "record", die)
    late = Sending("yard", seq=12, prev=packs[-1].properties["prev"])
    reading = Reading("incomer", "energy", NOW + 1000, 13.0)
    with pytest.raises(KeyboardInterrupt):
        bench.ingest.commit([late.pack(encode_pack(Pack("mill", [reading]), {}))])
    bench.close()
    monkeypatch.undo()
    bench = Bench(plant, aged)
    assert bench.refill.run() == 1
    assert bench.archived == list(range(1, 14))
    assert bench.refill.run() == 0
    bench.close()


def test_a_damaged_archive_stops_nothing(plant: Plant, aged: Path) -> None:
    shutil.copy(aged / "store.old", aged / "store.sqlite")
    bench = Bench(plant, aged)
    newest = max(days(bench.archive.folder / "mill").items())[1]
    newest.write_bytes(newest.read_bytes()[:-5] + b"rot..")
    assert bench.refill.run() == 0
    bench.close()
