"""The highest number that an outbox ever gave, and its pack's hash, in a small file beside it.

A disk that loses the end of the outbox, or an old copy put in its place, makes the outbox go back:
it would give numbers a second time, and an answer for the first use would free the second. The
number is written after the commit and before the pack is sent, in place, so that it needs no room.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import NamedTuple

from plant.chain import BEGINNING

LENGTH = 128


class Given(NamedTuple):
    """Which outbox, and the highest number that it gave."""

    outbox: str
    last: int
    head: str = BEGINNING  # the hash of that pack


class NumberFile:
    """Remembers the highest number of one outbox."""

    def __init__(self, path: Path) -> None:
        """Open or begin the file; OSError when the disk does not allow it."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def read(self) -> Given | None:
        """What was written last; None when there is nothing or it is damaged."""
        *words, told = os.pread(self._file, LENGTH, 0).split() or [b""]
        if len(words) not in (2, 3) or told != _sum(b" ".join(words)):
            return None
        outbox, last, *head = [word.decode("ascii") for word in words]
        return Given(outbox, int(last), head[0] if head else BEGINNING)

    def write(self, given: Given) -> None:
        """Remember a number; OSError when the disk refuses."""
        text = f"{given.outbox} {given.last} {given.head}".strip().encode("ascii")
        os.pwrite(self._file, (text + b" " + _sum(text)).ljust(LENGTH - 1) + b"\n", 0)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def _sum(text: bytes) -> bytes:
    return b"%08x" % zlib.crc32(text)
