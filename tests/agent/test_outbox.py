"""A numbered pack survives; numbers are never used twice; a broken file is set aside."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from agent.outbox import Bounds, CorruptOutboxError, Outbox
from agent.thinning import Thinner
from plant.calendar import DAY_MS, SLOT_MS
from plant.check import load_plant
from plant.errors import StoreError
from plant.reading import Reading
from plant.senml import Pack, decode_pack, encode_pack

DAY_ONE_MS = 20_000 * DAY_MS
METERS = """
[gateways.yard.buses.panel]
tcp = "127.0.0.1:502"
[meters.m]
bus = "yard/panel"
model = "eastron-sdm630"
resource = "electricity"
points = ["energy", "power"]
every = "1min"
"""


def put(outbox: Outbox, *payloads: bytes, newest_ms: int = 0) -> list[int]:
    packs = outbox.append(list(payloads), config="c0ffee", newest_ms=newest_ms)
    return [pack.seq for pack in packs]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "outbox.sqlite"


def test_packs_come_back_as_they_were_put_in(path: Path) -> None:
    outbox = Outbox(path)
    assert put(outbox, b"one", b"two") == [1, 2]
    outbox.close()
    again = Outbox(path)
    pack = again.get(2)
    assert pack is not None
    assert (pack.seq, pack.config, pack.payload) == (2, "c0ffee", b"two")
    assert again.numbers() == [(1, 2)]
    assert again.depth == 2
    assert again.size_bytes == 6


def test_what_a_plant_consumes_is_read_by_the_agents_user_alone(
    path: Path, request: pytest.FixtureRequest
) -> None:
    before = os.umask(0)
    request.addfinalizer(lambda: os.umask(before))
    outbox = Outbox(path)
    put(outbox, b"one")
    held = list(path.parent.iterdir())
    assert path in held
    assert len(held) > 1
    assert {file.stat().st_mode & 0o077 for file in [path.parent, *held]} == {0}


def test_the_file_keeps_its_id_and_the_newest_time(path: Path) -> None:
    outbox = Outbox(path)
    put(outbox, b"x", newest_ms=77)
    name = outbox.id
    outbox.close()
    again = Outbox(path)
    assert again.id == name
    assert again.newest_ms == 77


def test_freed_packs_are_gone_and_their_numbers_are_not_used_again(path: Path) -> None:
    outbox = Outbox(path)
    numbers = put(outbox, b"one", b"two")
    outbox.free(numbers)
    assert outbox.depth == 0
    assert outbox.get(1) is None
    outbox.close()
    again = Outbox(path)
    assert again.depth == 0
    assert put(again, b"three") == [3]


def test_what_was_never_there_can_be_freed(path: Path) -> None:
    outbox = Outbox(path)
    put(outbox, b"one")
    outbox.free([5, 6])
    outbox.free([1, 1])
    assert outbox.depth == 0


def test_another_file_has_another_id(tmp_path: Path) -> None:
    assert Outbox(tmp_path / "a").id != Outbox(tmp_path / "b").id


def test_a_pack_with_a_number_survives_kill_9(path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from agent.outbox import Outbox\n"
        f"o = Outbox(Path({str(path)!r}))\n"
        "o.append([b'kept'], config='c', newest_ms=1)\n"
        "o.free([99])\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=False)
    outbox = Outbox(path)
    pack = outbox.get(1)
    assert pack is not None
    assert pack.payload == b"kept"


def test_every_commit_waits_for_the_disk(path: Path) -> None:
    outbox = Outbox(path)
    assert outbox._db.execute("PRAGMA synchronous").fetchone() == (2,), "FULL"
    assert outbox._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def damage_file(path: Path, damage: str) -> bytes:
    content = bytearray(path.read_bytes())
    if damage == "not a database":
        content = bytearray(b"hello")
    elif damage == "a page of noise":
        content[4096:8192] = os.urandom(4096)
    else:
        content = content[: len(content) // 2]
    path.write_bytes(content)
    return bytes(content)


DAMAGES = ["not a database", "a page of noise", "cut short"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_corrupt_file_is_set_aside_and_a_new_one_with_a_new_id_begun(
    path: Path, damage: str
) -> None:
    """Where nobody knows the highest number, no number of the old id may be used."""
    outbox = Outbox(path)
    put(outbox, *[os.urandom(3000) for _ in range(40)])
    name = outbox.id
    outbox.close()
    path.with_name(f"{path.name}-numbers").unlink()
    content = damage_file(path, damage)
    again = Outbox(path)
    assert again.set_aside is not None
    assert again.set_aside.read_bytes() == content, "kept for who wants to look at it"
    assert again.id != name
    assert again.depth == 0
    assert put(again, b"goes on") == [1]


def test_a_file_that_breaks_while_it_is_open_is_told_apart_from_a_full_disk(path: Path) -> None:
    outbox = Outbox(path)
    put(outbox, *[os.urandom(3000) for _ in range(40)])
    outbox._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
    outbox._db.execute("PRAGMA shrink_memory")
    with pytest.raises(CorruptOutboxError):
        put(outbox, *(outbox.get(number).payload for number in range(1, 41)))


def test_a_full_disk_is_told_and_the_packs_that_were_there_stay(path: Path) -> None:
    outbox = Outbox(path)
    put(outbox, b"one")
    pages = outbox._db.execute("PRAGMA page_count").fetchone()[0]
    outbox._db.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError, match="disk is full") as told:
        put(outbox, os.urandom(100_000))
    assert not isinstance(told.value, CorruptOutboxError)
    assert outbox.depth == 1
    outbox._db.execute("PRAGMA max_page_count = 1000000")
    assert put(outbox, b"two") == [2]


@pytest.mark.slow
def test_two_agents_cannot_use_one_outbox(path: Path) -> None:
    first = Outbox(path)
    put(first, b"mine")
    with pytest.raises(StoreError, match="stop the other agent"):
        Outbox(path)
    assert first.get(1) is not None


def test_the_oldest_are_given_up_when_the_outbox_is_full_and_it_says_which(path: Path) -> None:
    outbox = Outbox(path, Bounds(max_bytes=10_000))
    for _ in range(30):
        put(outbox, os.urandom(1000))
    assert outbox.size_bytes <= 10_000
    ((first, last),) = outbox.numbers()
    given_up = outbox.take_note().given_up
    assert given_up == list(range(1, first))
    assert last == 30
    assert outbox.depth + len(given_up) == 30


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file, no folder")
    with pytest.raises(StoreError, match="choose another --data"):
        Outbox(tmp_path / "data" / "outbox.sqlite")


def test_sqlite_is_new_enough() -> None:
    """RETURNING came with 3.35."""
    assert sqlite3.sqlite_version_info >= (3, 35)


# --- making room


@pytest.fixture
def thinner(write_plant) -> Thinner:
    return Thinner(load_plant(write_plant(METERS)))


def fill(outbox: Outbox, *, minutes: int, first: int = 0) -> None:
    """A pack a minute, of one counter and one gauge; as many as twenty are put in together."""
    for start in range(first, first + minutes, 20):
        payloads = []
        for n in range(start, min(start + 20, first + minutes)):
            at_ms = DAY_ONE_MS + n * 60_000
            pair = [Reading("m", "energy", at_ms, n / 10), Reading("m", "power", at_ms, 6000.0)]
            payloads.append(encode_pack(Pack("works", pair), {}))
        put(outbox, *payloads, newest_ms=at_ms)


def held_readings(outbox: Outbox, point: str) -> list[Reading]:
    spans = outbox.numbers()
    packs = [outbox.get(n) for first, last in spans for n in range(first, last + 1)]
    found = [r for p in packs if p is not None for r in decode_pack(p.payload).readings]
    return sorted((r for r in found if r.point == point), key=lambda r: r.time_ms)


def test_gauges_are_thinned_before_counters_and_nothing_is_given_up(path: Path, thinner) -> None:
    outbox = Outbox(path, Bounds(max_bytes=150_000), thinner=thinner)
    fill(outbox, minutes=1800)
    made = outbox.take_note()
    assert made.thinned
    assert made.given_up == []
    assert len(held_readings(outbox, "energy")) == 1800, "the first step is enough"
    assert len(held_readings(outbox, "power")) < 1500
    fill(outbox, minutes=1800, first=1800)
    assert outbox.take_note().given_up == []
    energy = held_readings(outbox, "energy")
    assert len(energy) < 3600
    edges = {r.time_ms // SLOT_MS for r in energy}
    assert len(edges) == 3600 / 15
    assert outbox.size_bytes <= 150_000


@pytest.mark.slow
def test_the_oldest_are_given_up_when_all_is_thinned(path: Path, thinner) -> None:
    outbox = Outbox(path, Bounds(max_bytes=20_000), thinner=thinner)
    fill(outbox, minutes=6000)
    made = outbox.take_note()
    assert made.given_up
    assert outbox.size_bytes <= 20_000
    energy = held_readings(outbox, "energy")
    last_ms = DAY_ONE_MS + 5999 * 60_000
    assert energy[-1].time_ms == last_ms
    kept_slots = {r.time_ms // SLOT_MS for r in energy}
    assert kept_slots == set(range(min(kept_slots), max(kept_slots) + 1)), "only the oldest"


def test_every_number_is_held_replaced_or_told_as_given_up(path: Path, thinner) -> None:
    outbox = Outbox(path, Bounds(max_bytes=20_000), thinner=thinner)
    fill(outbox, minutes=2000)
    made = outbox.take_note()
    replaced = {pack.seq for thinning in made.thinned for pack in thinning.replaced}
    held = {n for first, last in outbox.numbers() for n in range(first, last + 1)}
    everything = set(range(1, max(held) + 1))
    assert replaced | held | set(made.given_up) == everything
    assert not held & replaced
    assert not held & set(made.given_up)


def test_days_are_bounded_too_and_a_clock_that_jumped_costs_one(path: Path) -> None:
    outbox = Outbox(path, Bounds(max_days=3))
    for day in (1, 2, 30_000, 3):
        put(outbox, b"%d" % day, newest_ms=day * DAY_MS)
    assert outbox.take_note().given_up == [1]
    assert outbox.numbers() == [(2, 4)]
    outbox.close()
    again = Outbox(path, Bounds(max_days=3))
    put(again, b"4", newest_ms=4 * DAY_MS)
    assert again.take_note().given_up == [2]


def test_thinning_and_the_pack_that_asked_for_it_are_on_disk_together_or_not_at_all(
    path: Path, thinner
) -> None:
    outbox = Outbox(path, Bounds(max_bytes=100_000), thinner=thinner)
    fill(outbox, minutes=600)
    outbox.bounds = Bounds(max_bytes=20_000)
    before = outbox.numbers(), outbox.size_bytes, outbox.depth
    pages = outbox._db.execute("PRAGMA page_count").fetchone()[0]
    outbox._db.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="disk is full"):
        put(outbox, encode_pack(Pack("works", big_pack()), {}), newest_ms=DAY_ONE_MS)
    assert (outbox.numbers(), outbox.size_bytes, outbox.depth) == before
    assert outbox.take_note().thinned == []
    outbox._db.execute("PRAGMA max_page_count = 1000000")
    fill(outbox, minutes=1, first=600)
    assert outbox.numbers()[-1][1] > 601, "thinned now"


def big_pack() -> list[Reading]:
    return [Reading("m", "energy", DAY_ONE_MS + n, 1.0) for n in range(5000)]


def test_packs_that_cannot_be_read_are_left_as_they_are_until_there_is_no_room(
    path: Path, thinner
) -> None:
    outbox = Outbox(path, Bounds(max_bytes=20_000), thinner=thinner)
    for _ in range(30):
        put(outbox, os.urandom(1000))
    assert outbox.size_bytes <= 20_000
    assert outbox.take_note().given_up
