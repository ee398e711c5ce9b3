"""What can still be read of a broken outbox: each pack whose checksum fits."""

from __future__ import annotations

import contextlib
import sqlite3
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """A pack as it lies in the table."""

    seq: int
    config: bytes
    payload: bytes
    crc: int | None  # None: written before packs had one
    prev: bytes | None = None  # None: written before packs were chained

    @property
    def is_sound(self) -> bool:
        """Whether it is as it was written."""
        if not (isinstance(self.payload, bytes) and isinstance(self.config, bytes)):
            return False  # a bit of a row's head makes a column NULL
        return self.crc is None or self.crc == checksum(*self[:3], self.prev)


# As bytes: a damaged text need not be one.
_UNCHAINED = "SELECT seq, CAST(config AS BLOB), CAST(payload AS BLOB), crc FROM packs"
SELECT = _UNCHAINED.replace("crc FROM", "crc, CAST(prev AS BLOB) FROM")


def checksum(seq: int, config: bytes, payload: bytes, prev: bytes | None = None) -> int:
    """A pack's checksum, over its number and the hash of the one before it too."""
    whole = zlib.crc32(payload, zlib.crc32(b"%d %s " % (seq, config)))
    return whole if prev is None else zlib.crc32(prev, whole)


def salvage(path: Path, *, until: int) -> list[Row]:
    """Sound packs up to a number, read from both ends; the file is only read.

    Packs without a checksum are left: nobody could tell whether they are as they were.
    """
    found: dict[int, Row] = {}
    for select in (SELECT, _UNCHAINED):
        for order in ("ASC", "DESC"):
            for row in _rows(path, f"{select} ORDER BY seq {order}"):
                if row.seq <= until and row.crc is not None and row.is_sound:
                    found[row.seq] = row
    return [found[seq] for seq in sorted(found)]


def _rows(path: Path, query: str) -> Iterator[Row]:
    """Rows until the file breaks off."""
    with (
        contextlib.suppress(sqlite3.Error, TypeError, OverflowError),
        contextlib.closing(sqlite3.connect(path)) as db,
    ):
        db.execute("PRAGMA writable_schema = ON")  # or SQLite refuses whatever was cut short
        for row in db.execute(query):
            yield Row(*row)
