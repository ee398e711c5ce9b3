"""Packs are kept as they came, each commit on disk before anybody is told."""

from __future__ import annotations

import errno
import gzip
import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.custody import archive as module
from collector.custody.archive import Archive, days, read_day
from collector.custody.member import MOST_BYTES, members, pack_member
from collector.custody.record import Record, decode_records
from plant.calendar import DAY_MS
from plant.errors import EvidenceError, StoreError

NOON = 20_000 * DAY_MS + DAY_MS // 2


def record(seq: int = 1, payload: bytes = b"[]", received_ms: int = NOON) -> Record:
    return Record(received_ms, "yard", "box", seq, "c0ffee", "0" * 64, None, payload)


def held(path: Path) -> list[Record]:
    return list(read_day(path.read_bytes(), path.name))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path, 2**30)


def test_packs_lie_in_the_file_of_the_day_on_which_they_came(archive: Archive) -> None:
    archive.append("mill", [record(1), record(2, received_ms=NOON + DAY_MS)])
    archive.append("mill", [record(3)])
    found = days(archive.folder / "mill")
    assert [str(day) for day in found] == ["2024-10-04", "2024-10-05"]
    assert [[one.seq for one in held(path)] for path in found.values()] == [[1, 3], [2]]


def test_a_file_is_read_by_zcat_and_by_its_owner_alone(archive: Archive) -> None:
    archive.append("mill", [record(1, b'[{"n":"x"}]')])
    archive.append("mill", [record(2)])
    path = archive.path("mill", 20_000)
    text = gzip.decompress(path.read_bytes()).decode()
    head, payload, *_ = text.splitlines()
    assert head.startswith(f'[{NOON},"yard","box",1,"c0ffee"')
    assert payload == '[{"n":"x"}]'
    assert path.stat().st_mode & 0o077 == path.parent.stat().st_mode & 0o077 == 0


@pytest.mark.slow
@given(
    st.lists(
        st.builds(
            Record,
            received_ms=st.integers(0, 2**45),
            gateway=st.text(max_size=9),
            outbox=st.text(max_size=9),
            seq=st.integers(1, 2**53),
            config=st.text(max_size=9),
            prev=st.text(max_size=64),
            signature=st.none() | st.text(max_size=88),
            payload=st.binary(max_size=200),
        )
    )
)
def test_records_come_back_as_they_were(records: list[Record]) -> None:
    content = b"".join(one.encode() for one in records)
    assert list(decode_records(content)) == records
    assert b"".join(members(pack_member(content))) == content


def test_each_commit_is_on_disk_before_append_returns(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(
        module.os,
        "fsync",
        lambda file: synced.append(os.fstat(file).st_size),  # type: ignore[attr-defined]
    )
    archive.append("mill", [record(1)])
    path = archive.path("mill", 20_000)
    assert path.stat().st_size in synced
    archive.append("mill", [record(2)])
    assert path.stat().st_size == synced[-1]


@pytest.mark.parametrize("torn", [1, 10, 40, -1])
def test_what_a_death_left_half_written_is_cut_off_and_the_rest_stands(
    archive: Archive, tmp_path: Path, torn: int
) -> None:
    archive.append("mill", [record(1)])
    path = archive.path("mill", 20_000)
    with path.open("ab") as file:
        file.write(pack_member(record(2).encode())[:torn])
    Archive(tmp_path, 2**30).append("mill", [record(3)])
    assert [one.seq for one in held(path)] == [1, 3]


def test_two_collectors_add_to_one_file(archive: Archive, tmp_path: Path) -> None:
    other = Archive(tmp_path, 2**30)
    for seq in range(1, 21):
        (archive if seq % 3 else other).append("mill", [record(seq)])
    assert [one.seq for one in held(archive.path("mill", 20_000))] == list(range(1, 21))


def test_a_full_disk_leaves_the_file_as_it_was_and_says_so(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.append("mill", [record(1)])
    whole = os.write

    def half(file: int, content: memoryview) -> int:
        if len(content) < 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(file, content[: len(content) // 2])

    monkeypatch.setattr(module.os, "write", half)  # type: ignore[attr-defined]
    with pytest.raises(StoreError, match="see that the disk has room"):
        archive.append("mill", [record(2)])
    monkeypatch.undo()
    archive.append("mill", [record(3)])
    assert [one.seq for one in held(archive.path("mill", 20_000))] == [1, 3]


def test_when_it_is_full_the_oldest_days_are_too_much_and_the_newest_never(tmp_path: Path) -> None:
    archive = Archive(tmp_path, 2500)
    for day in range(4):
        payload = random.Random(day).randbytes(1000)
        archive.append("mill", [record(1, payload, NOON + day * DAY_MS)])
    assert [path.name for path in archive.surplus()] == ["2024-10-04.gz", "2024-10-05.gz"]
    assert Archive(tmp_path, 1).surplus()[-1].name == "2024-10-06.gz"


@given(st.binary(max_size=300))
def test_a_file_that_is_none_is_refused(content: bytes) -> None:
    whole = pack_member(record(1).encode())
    assert list(read_day(whole, "day")) == [record(1)]
    if content:
        with pytest.raises(EvidenceError, match=r"day: damaged at byte"):
            list(read_day(whole + content, "day"))
    with pytest.raises(EvidenceError, match="no pack where one should begin"):
        list(read_day(pack_member(b"x" + content), "day"))


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_byte_that_turned_is_found(at: int, flip: int) -> None:
    whole = bytearray(pack_member(record(1, bytes(range(256))).encode()) * 2)
    whole[at % len(whole)] ^= flip
    try:
        found = list(read_day(bytes(whole), "day"))
    except EvidenceError:
        return
    assert found == [record(1, bytes(range(256)))] * 2, "no bit of a pack"


def test_a_member_that_unpacks_to_too_much_is_refused() -> None:
    bomb = pack_member(bytes(MOST_BYTES + 1))
    assert len(bomb) < MOST_BYTES / 500
    with pytest.raises(EvidenceError):
        list(members(bomb))


def test_damage_in_the_middle_of_a_file_costs_no_pack_that_came_after_it(archive: Archive) -> None:
    """To cut there, as at a torn end, would throw away all that follows for one bit."""
    for seq in range(1, 6):
        archive.append("mill", [record(seq)])
    path = archive.path("mill", 20_000)
    content = bytearray(path.read_bytes())
    second = content.index(bytes(content[:16]), 1)
    content[second] ^= 1
    path.write_bytes(content)
    Archive(archive.folder.parent, 2**30).append("mill", [record(6)])
    assert path.read_bytes()[: len(content)] == content, "nothing is cut"
    assert len(path.read_bytes()) > len(content), "and it goes on"
    with pytest.raises(EvidenceError, match="damaged at byte"):
        held(path)
