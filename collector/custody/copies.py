"""A copy of the archive that fits a copy of the ledger, while packs come in.

Packs are in the archive a moment before the ledger knows of them. A copy of the ledger was made
first, so the archive holds all that it knows, and perhaps more: that would look added to whoever
checks it, and it comes again from its gateway. So commits that the ledger does not know are left
out.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from collector.custody.archive import FOLDER, SUFFIX
from collector.custody.member import members, raw_members
from collector.custody.record import Record, decode_records
from collector.ledger.ranges import KEPT, Range, all_ranges
from collector.private_files import sync
from plant.calendar import DAY_MS, HOUR_MS
from plant.errors import EvidenceError

SETTLED_MS = HOUR_MS  # a file that nobody has added to for so long is copied as it is
_AT_ONCE = 2**20
Knows = Callable[[Record], bool]


def copy_archive(data: Path, target: Path, *, ledger: Path, now_ms: int) -> Iterator[str]:
    """Copy a data folder's archive; gives the name of each file below both, `packs/mill/DAY.gz`.

    ledger: the copy of the ledger that the copy of the archive must fit.
    """
    for folder in sorted((data / FOLDER).glob("*/")):
        knows = _known(ledger, folder.name)
        for source in sorted(folder.glob(f"*{SUFFIX}")):
            name = f"{FOLDER}/{folder.name}/{source.name}"
            (target / name).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            is_settled = source.stat().st_mtime * 1000 < now_ms - SETTLED_MS
            _copy(source, target / name, None if is_settled else knows)
            yield name


def _known(ledger: Path, plant: str) -> Knows:
    """Whether a ledger that nobody writes says that a pack of a plant lies in the archive."""
    with contextlib.closing(sqlite3.connect(f"file:{ledger}?immutable=1", uri=True)) as connection:
        kept: Mapping[tuple[str, str], Sequence[Range]] = all_ranges(connection, KEPT, plant=plant)

    def knows(record: Record) -> bool:
        part = f"{record.outbox}/{record.received_ms // DAY_MS}"
        ranges = kept.get((record.gateway, part), ())
        place = bisect_right(ranges, (record.seq, 2**62))
        return place > 0 and record.seq <= ranges[place - 1][1]

    return knows


def _copy(source: Path, target: Path, knows: Knows | None) -> None:
    with source.open("rb") as file, _new(target) as copy:
        fcntl.flock(file, fcntl.LOCK_SH)  # nobody is in the middle of a commit
        size = os.fstat(file.fileno()).st_size
        fcntl.flock(file, fcntl.LOCK_UN)
        if knows is None:
            while left := size - copy.tell():
                copy.write(file.read(min(left, _AT_ONCE)))
        else:
            copy.writelines(m for m in raw_members(file, size) if _is_known(m, knows))
    sync(target)


def _is_known(member: bytes, knows: Knows) -> bool:
    """A commit is known as a whole; one that cannot be read is copied for `check` to find it."""
    try:
        return all(knows(one) for content in members(member) for one in decode_records(content))
    except EvidenceError:
        return True


def _new(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
