"""An outbox that a disk has damaged: no number twice, no pack altered, what can be read kept."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from agent import outbox_file
from agent.numbers import Given, NumberFile
from agent.outbox import CorruptOutboxError, Outbox
from agent.salvage import Row
from plant.errors import StoreError

PACKS = 40


def put(outbox: Outbox, *payloads: bytes) -> list[int]:
    return [pack.seq for pack in outbox.append(list(payloads), config="c0ffee", newest_ms=1)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "outbox.sqlite"


@pytest.fixture
def filled(path: Path) -> dict[int, bytes]:
    """An outbox of 40 packs, closed."""
    outbox = Outbox(path)
    payloads = [os.urandom(3000) for _ in range(PACKS)]
    numbers = put(outbox, *payloads)
    outbox.close()
    return dict(zip(numbers, payloads, strict=True))


def held(outbox: Outbox) -> dict[int, bytes]:
    numbers = [n for first, last in outbox.numbers() for n in range(first, last + 1)]
    packs = [outbox.get(number) for number in numbers]
    return {pack.seq: pack.payload for pack in packs if pack is not None}


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_what_can_be_read_of_a_truncated_file_goes_on_under_its_numbers(
    path: Path, filled: dict[int, bytes], keep: float
) -> None:
    begun = Outbox(path)
    begun.close()
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    again = Outbox(path)
    assert again.id == begun.id
    assert again.set_aside is not None
    found = held(again)
    assert found.items() <= filled.items()
    assert again.carried == len(found) >= PACKS * keep / 2
    assert put(again, b"goes on") == [PACKS + 1]


@pytest.mark.parametrize("dies_at", ["_connect", "_set_aside", "_finish"])
def test_whoever_dies_while_a_broken_file_is_replaced_leaves_no_pack_behind(
    path: Path, filled: dict[int, bytes], dies_at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that refuses just then, or a kill -9: the next start finds all that could be read."""
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * 0.9)])
    finish = outbox_file._finish

    def die(*_arguments: object, **_named: object) -> None:
        if dies_at != "_finish" or not path.exists():
            raise OSError(errno.ENOSPC, "No space left on device")
        finish(path)

    with monkeypatch.context() as patch:
        if dies_at == "_connect":
            patch.setattr(outbox_file, "_connect_unless_broken", lambda _path: None)
        patch.setattr(outbox_file, dies_at, die)
        with pytest.raises(StoreError, match="No space left"):
            Outbox(path)
    again = Outbox(path)
    found = held(again)
    assert found.items() <= filled.items()
    assert len(found) > PACKS / 2
    assert put(again, b"goes on") == [PACKS + 1]


def test_a_bit_that_makes_the_file_forbid_writing_is_damage_too(
    path: Path, filled: dict[int, bytes]
) -> None:
    """By the byte at 18 of its head a file says that only newer programs may write it."""
    data = bytearray(path.read_bytes())
    data[18] ^= 1 << 4
    path.write_bytes(data)
    broken = Outbox(path)
    with pytest.raises(CorruptOutboxError, match="readonly"):
        put(broken, b"refused")
    broken.close()
    again = broken.renewed()
    assert held(again) == filled
    assert put(again, b"goes on") == [PACKS + 1]


def test_a_file_that_went_back_gives_no_number_twice_and_says_what_it_lost(
    path: Path, tmp_path: Path
) -> None:
    """An answer for the first use of a number would free the second, which was never stored."""
    outbox = Outbox(path)
    put(outbox, b"one", b"two")
    outbox.close()
    shutil.copyfile(path, tmp_path / "old")
    outbox = Outbox(path)
    put(outbox, b"three", b"four")
    outbox.close()
    shutil.copyfile(tmp_path / "old", path)
    again = Outbox(path)
    assert again.lost == (3, 4)
    assert put(again, b"five") == [5]
    again.close()
    assert Outbox(path).lost is None, "said once"


def test_a_log_that_lost_its_end_gives_no_number_twice(path: Path) -> None:
    outbox = Outbox(path)
    put(outbox, b"one")
    outbox._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    put(outbox, b"two")
    log = path.with_name(f"{path.name}-wal")
    outbox._db.execute("PRAGMA wal_autocheckpoint = 0")
    copies = {part: part.read_bytes() for part in (path, log)}
    outbox.close()
    path.write_bytes(copies[path])
    log.write_bytes(copies[log][:-1000])
    again = Outbox(path)
    assert held(again) == {1: b"one"}
    assert again.lost == (2, 2)
    assert put(again, b"three") == [3]


def test_a_pack_that_the_disk_has_changed_is_not_sent_and_is_named(path: Path) -> None:
    """A digit that turned is still JSON: nobody after the outbox could notice."""
    outbox = Outbox(path)
    put(outbox, b"[1000]", b"[2000]", b"[3000]")
    outbox.close()
    path.write_bytes(path.read_bytes().replace(b"[2000]", b"[2001]"))
    again = Outbox(path)
    assert again.get(2) is None
    assert again.take_note().spoilt == [2]
    assert held(again) == {1: b"[1000]", 3: b"[3000]"}


@pytest.mark.parametrize("crc", [None, 7])
def test_a_row_that_lost_a_column_is_not_sound(crc: int | None) -> None:
    """One bit of a row's head says which type a column has; NULL is one of them."""
    assert not Row(1, b"config", None, crc).is_sound  # type: ignore[arg-type]
    assert not Row(1, None, b"[1000]", crc).is_sound  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100))
def test_bits_that_turned_never_alter_a_pack_nor_stop_the_agent(
    path: Path, filled: dict[int, bytes], seed: int
) -> None:
    chance = random.Random(seed)
    content = bytearray(path.read_bytes())
    for _ in range(chance.choice([1, 8, 64, 512])):
        content[chance.randrange(96, len(content))] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    again = Outbox(path)
    try:
        assert held(again).items() <= filled.items()
        numbers = put(again, b"goes on")
    except CorruptOutboxError:  # what opening did not find
        with contextlib.suppress(StoreError):
            again.close()
        again = again.renewed()
        assert held(again).items() <= filled.items()
        numbers = put(again, b"goes on")
    assert numbers == [PACKS + 1]


def test_a_file_from_before_checksums_is_taken_over(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.executescript(
            "CREATE TABLE outbox (id TEXT NOT NULL, newest_ms INTEGER NOT NULL);"
            "CREATE TABLE packs (seq INTEGER PRIMARY KEY AUTOINCREMENT, config TEXT NOT NULL,"
            " payload BLOB NOT NULL);"
            "INSERT INTO outbox VALUES ('0123456789abcdef', 77);"
            "INSERT INTO packs (config, payload) VALUES ('c', 'old')"
        )
    db.close()
    outbox = Outbox(path)
    assert (outbox.id, outbox.newest_ms) == ("0123456789abcdef", 77)
    assert held(outbox) == {1: b"old"}
    assert put(outbox, b"new") == [2]


def test_a_file_of_a_newer_cleanline_is_refused_in_a_sentence(path: Path) -> None:
    Outbox(path).close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(StoreError, match="newer Cleanline"):
        Outbox(path)


def test_the_number_file_says_nothing_rather_than_something_wrong(tmp_path: Path) -> None:
    file = NumberFile(tmp_path / "n")
    assert file.read() is None
    file.write(Given("0123456789abcdef", 41))
    assert file.read() == Given("0123456789abcdef", 41)
    content = (tmp_path / "n").read_bytes()
    (tmp_path / "n").write_bytes(content.replace(b"41", b"49"))
    assert file.read() is None
    (tmp_path / "n").write_bytes(content[:20])
    assert file.read() is None
