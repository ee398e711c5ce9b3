"""The short forms of `make chaos`: the real chain, a few faults, and every reading counted."""

from __future__ import annotations

import random
import sqlite3
import sys
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from collector.store import COUNTER, Series
from collector.store.protocol import samples
from collector.store.sqlite import SqliteStore
from tests.chaos.disk import SmallDisk
from tests.chaos.meters import ENERGY, Said
from tests.chaos.run import Outcome, Run
from tests.chaos.stack import PLANT, StoreKind
from tests.chaos.truth import Excuses, Stocked, compare

SEED = 20
FAULTS, SHORT_SEED = 12, 6  # kill -9 of agent and collector, broker wiped, disks full among them


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


@pytest.mark.slow
@pytest.mark.server("mosquitto")
def test_twelve_faults_lose_double_and_alter_nothing(tmp_path: Path) -> None:
    """The form that runs with every other test; and what is lost afterwards is found."""
    run = Run(tmp_path, "sqlite", seed=SHORT_SEED, say=say)
    outcome = run.go(FAULTS, gap_s=0.4, lasts_s=0.8, calm_s=2.0)
    say(outcome.table())
    assert (outcome.faults.total(), len(outcome.faults)) == (FAULTS, FAULTS), "of different kinds"
    assert counted(outcome) == ([], 0, 0, 0)
    assert outcome.verdict.stored > 100, "there was something to lose"

    lost = drop_one(run, tmp_path / "data" / "store.sqlite")
    assert run.compare().missing == [lost], "dropped behind the chain's back"


@pytest.mark.chaos
@pytest.mark.server("mosquitto")
@pytest.mark.parametrize(
    "store", ["sqlite", pytest.param("influx", marks=pytest.mark.server("influxd"))]
)
def test_whatever_dies_every_reading_is_in_the_store_once(tmp_path: Path, store: StoreKind) -> None:
    outcome = Run(tmp_path, store, seed=SEED, say=say).go(16, gap_s=0.5, lasts_s=1.0)
    say(outcome.table())
    assert counted(outcome) == ([], 0, 0, 0)
    assert outcome.is_sound
    assert outcome.verdict.stored > 100, "there was something to lose"


def counted(outcome: Outcome) -> tuple[list[Said], int, int, int]:
    """What is missing, how much is doubled or altered, and how many packs still wait."""
    verdict = outcome.verdict
    return verdict.missing, verdict.duplicated, verdict.altered, outcome.waiting


def drop_one(run: Run, path: Path) -> Said:
    """Take one reading out of the store that an agent had received, and nothing excuses."""
    record = [one for one in run.record("east") if one.point == "energy"]
    lost = next(
        one
        for one, after in pairwise(record)
        if one.connection == after.connection
        and run.excuses["east"].why((one.unit, one.point, one.number)) is None
    )
    query = (
        "DELETE FROM points WHERE value = ? AND series ="
        " (SELECT id FROM series WHERE measurement = ? AND tags = ?)"
    )
    with closing(sqlite3.connect(path)) as store, store:
        tags = f'["east-{lost.unit}","energy"]'
        assert store.execute(query, (lost.number / 1000, COUNTER, tags)).rowcount == 1
    return lost


def said(*numbers: int) -> list[Said]:
    return [Said("c", 1, ENERGY, n, 1_000_000 + 500 * n) for n in numbers]


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    """What meter 1 of the gateway said as 1 to 5."""
    made = SqliteStore(tmp_path / "store.sqlite")
    write(made, [(one.time_ms, one.number) for one in said(1, 2, 3, 4, 5)])
    return made


def write(store: SqliteStore, rows: list[tuple[int, float]]) -> None:
    series = Series(COUNTER, PLANT, ("east-1", "energy"))
    times, numbers = zip(*rows, strict=True)
    store.write({series: samples(times, [number / 1000 for number in numbers])})


def test_the_count_finds_what_is_missing_doubled_or_altered(store: SqliteStore) -> None:
    """A count that cannot fail would prove nothing."""
    assert compare("east", said(1, 2, 3, 4, 5), store, excuses=Excuses()).is_sound
    more = compare("east", said(1, 2, 3, 4, 5, 6, 7), store, excuses=Excuses())
    assert [one.number for one in more.missing] == [6]
    assert more.excused == {"answer never received": 1}, "the last of its connection"
    write(store, [(1_005_000, 5), (1_004_000, 77)])
    found = compare("east", said(1, 2, 3, 4, 5), store, excuses=Excuses())
    assert (found.duplicated, found.altered) == (1, 2), "5 twice, once at a wrong time; 77 unsaid"


def test_only_what_came_after_the_newest_on_disk_is_excused_by_a_kill() -> None:
    excuses = Excuses()
    disk = Stocked(frozenset({(1, "energy", 3)}), 1)
    excuses.killed(said(1, 2, 3, 4, 5), disk, since_ms=0, now_ms=1_003_000, full=False)
    assert excuses.in_memory == {(1, "energy", 4): 1.0, (1, "energy", 5): 0.5}


def test_the_same_seed_gives_the_same_faults() -> None:
    from tests.chaos.run import _shuffled  # noqa: PLC0415

    first, second = (_shuffled(random.Random(3)) for _ in range(2))
    assert first == second


def test_a_small_disk_is_full_to_the_last_page_and_gone_at_the_end_with_its_files_kept(
    tmp_path: Path,
) -> None:
    disk = SmallDisk(tmp_path / "disk", 2)
    if not disk.is_real:
        pytest.skip("only root may mount a disk")
    (disk.folder / "data").write_bytes(b"kept")
    disk.fill()
    assert disk.is_full()
    with pytest.raises(OSError, match="No space left"):
        (disk.folder / "more").write_bytes(bytes(8192))
    disk.make_room()
    assert not disk.is_full()
    disk.close()
    assert not (tmp_path / "disk").is_mount()
    assert (tmp_path / "disk" / "data").read_bytes() == b"kept"


def test_a_stepped_clock_excuses_only_the_times_that_it_gave() -> None:
    excuses = Excuses()
    assert excuses.ahead_ms(50_000) == {0}
    excuses.stepped(100_000, 7000)
    excuses.stepped(200_000, 0)
    assert excuses.ahead_ms(50_000) == {0, 7000}, "it may have been held until then"
    assert excuses.ahead_ms(150_000) == {0, 7000}
    assert excuses.ahead_ms(300_000) == {0}
