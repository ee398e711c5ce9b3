"""Each pack names the hash of the one before it, whatever becomes of the file between them."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from agent.outbox import Bounds, Outbox, Stocked
from agent.thinning import Thinner
from plant.chain import BEGINNING, Head
from plant.check import load_plant
from plant.errors import StoreError
from plant.reading import Reading
from plant.senml import Pack, encode_pack


def put(outbox: Outbox, *payloads: bytes, newest_ms: int = 1) -> list[Stocked]:
    return outbox.append(list(payloads), config="c0ffee", newest_ms=newest_ms)


def hash_of(outbox: Outbox, pack: Stocked) -> str:
    return Head(outbox.id, pack.seq, pack.config, pack.prev).hash_of(pack.payload)


def held(outbox: Outbox, newest: int = 0) -> list[Stocked]:
    """All that it holds, or so many of the newest."""
    numbers = [n for first, last in outbox.numbers() for n in range(first, last + 1)]
    return [pack for pack in map(outbox.get, numbers[-newest:]) if pack is not None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite"


def test_the_hash_of_a_pack_is_over_all_that_it_says() -> None:
    head = Head("box", 7, "c0ffee", "0" * 64)
    others = [
        head._replace(outbox="xob"),
        head._replace(seq=8),
        head._replace(config="coffee"),
        head._replace(prev="1" * 64),
    ]
    hashes = {head.hash_of(b"x"), head.hash_of(b"y"), *(other.hash_of(b"x") for other in others)}
    assert len(hashes) == 6


def test_each_pack_names_the_one_before_it_across_commits_and_restarts(path: Path) -> None:
    outbox = Outbox(path)
    first, second = put(outbox, b"one", b"two")
    (third,) = put(outbox, b"three")
    assert first.prev == BEGINNING
    assert second.prev == hash_of(outbox, first)
    assert third.prev == hash_of(outbox, second)
    outbox.free([1, 2, 3])
    outbox.close()
    again = Outbox(path)
    (fourth,) = put(again, b"four")
    assert fourth.prev == hash_of(again, third), "though the third is gone"
    assert held(again) == [fourth], "as it was given"


def test_a_commit_that_failed_leaves_no_link(path: Path) -> None:
    outbox = Outbox(path)
    (first,) = put(outbox, b"one")
    outbox._db.execute(
        "CREATE TRIGGER full BEFORE INSERT ON packs BEGIN SELECT RAISE(ABORT, ''); END"
    )
    with pytest.raises(StoreError):
        put(outbox, b"refused")
    outbox._db.execute("DROP TRIGGER full")
    outbox.close()
    again = Outbox(path)
    (second,) = put(again, b"two")
    assert (second.seq, second.prev) == (2, hash_of(again, first))


def test_a_file_that_went_back_goes_on_from_the_last_pack_that_it_ever_gave(
    path: Path, tmp_path: Path
) -> None:
    outbox = Outbox(path)
    put(outbox, b"one")
    outbox.close()
    shutil.copyfile(path, tmp_path / "old")
    outbox = Outbox(path)
    (lost,) = put(outbox, b"two")
    outbox.close()
    shutil.copyfile(tmp_path / "old", path)
    again = Outbox(path)
    assert put(again, b"three")[0].prev == hash_of(outbox, lost)


def test_what_is_carried_over_from_a_broken_file_keeps_its_links(path: Path) -> None:
    outbox = Outbox(path)
    packs = put(outbox, *(os.urandom(3000) for _ in range(40)))
    outbox.close()
    path.write_bytes(path.read_bytes()[:90_000])
    again = Outbox(path)
    assert again.carried > 10
    assert set(held(again)) <= set(packs)
    assert put(again, b"goes on")[0].prev == hash_of(again, packs[-1])


def test_a_link_that_the_disk_changed_is_told_by_the_checksum(path: Path) -> None:
    outbox = Outbox(path)
    first, _ = put(outbox, b"one", b"two")
    outbox.close()
    with sqlite3.connect(path) as db:
        db.execute("UPDATE packs SET prev = ? WHERE seq = 2", ("0" * 64,))
    db.close()
    assert held(Outbox(path)) == [first]


def test_a_file_from_before_links_begins_a_chain(path: Path) -> None:
    Outbox(path).close()
    with sqlite3.connect(path) as db:
        db.executescript(
            "ALTER TABLE packs DROP COLUMN prev; ALTER TABLE outbox DROP COLUMN head;"
            "INSERT INTO packs (config, payload) VALUES ('c', 'old'); PRAGMA user_version = 1"
        )
    db.close()
    outbox = Outbox(path)
    (old,) = held(outbox)
    assert (old.prev, old.payload) == (BEGINNING, b"old")
    new, newer = put(outbox, b"new", b"newer")
    assert (new.prev, newer.prev) == (BEGINNING, hash_of(outbox, new))


@pytest.mark.slow
def test_thinned_packs_are_links_like_others(path: Path, write_plant) -> None:
    meter = (
        '[gateways.yard.buses.panel]\ntcp = "127.0.0.1:502"\n[meters.m]\nbus = "yard/panel"\n'
        'model = "eastron-sdm630"\nresource = "electricity"\npoints = ["energy", "power"]\n'
    )
    plant = load_plant(write_plant(meter))
    outbox = Outbox(path, Bounds(max_bytes=60_000), thinner=Thinner(plant))
    packs: dict[int, Stocked] = {}

    def said(at_ms: int) -> bytes:
        shown = [Reading("m", "energy", at_ms, at_ms / 1e6), Reading("m", "power", at_ms, 6.0)]
        return encode_pack(Pack(plant.id, shown), {})

    for first in range(0, 2000, 10):
        at_ms = [1_790_000_000_000 + 60_000 * minute for minute in range(first, first + 10)]
        made = put(outbox, *map(said, at_ms), newest_ms=at_ms[-1])
        packs |= {pack.seq: pack for pack in (*made, *held(outbox, 40))}
    outbox.close()
    packs |= {pack.seq: pack for pack in held(Outbox(path))}
    links = {seq: hash_of(outbox, pack) for seq, pack in packs.items()}
    followers = [pack for seq, pack in packs.items() if seq - 1 in links]
    assert all(pack.prev == links[pack.seq - 1] for pack in followers)
    assert len(followers) > 1900
    assert sorted(packs)[-1] > 2000, "packs were thinned"
