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

    @property
    def is_sound(self) -> bool:
        """Whether it is as it was written."""
        return self.crc is None or self.crc == checksum(self.seq, self.config, self.payload)


# As bytes: a damaged text need not be one.
SELECT = "SELECT seq, CAST(config AS BLOB), CAST(payload AS BLOB), crc FROM packs"


def checksum(seq: int, config: bytes, payload: bytes) -> int:
    """A pack's checksum, over its number too."""
    return zlib.crc32(payload, zlib.crc32(b"%d %s " % (seq, config)))


def salvage(path: Path, *, until: int) -> list[Row]:
    """Sound packs up to a number, read from both ends; the file is only read.

    Packs without a checksum are left: nobody could tell whether they are as they were.
    """
    found: dict[int, Row] = {}
    for order in ("ASC", "DESC"):
        for row in _rows(path, order):
            if row.seq <= until and row.crc is not None and row.is_sound:
                found[row.seq] = row
    return [found[seq] for seq in sorted(found)]


def _rows(path: Path, order: str) -> Iterator[Row]:
    """Rows until the file breaks off."""
    with (
        contextlib.suppress(sqlite3.Error, TypeError, OverflowError),
        contextlib.closing(sqlite3.connect(path)) as db,
    ):
        db.execute("PRAGMA writable_schema = ON")  # or SQLite refuses whatever was cut short
        for row in db.execute(f"{SELECT} ORDER BY seq {order}"):
            yield Row(*row)
