"""The archive: every accepted pack, as it came, in a file for each day of receipt.

``packs/PLANT/2026-03-01.gz`` is only ever added to, one gzip member for each commit, and is on
disk before a gateway is told `stored`. Several collectors may add to one file. When the archive is
full its oldest days go; `docs/decisions/custody.md` tells why, and what it costs.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import groupby
from pathlib import Path

from collector.custody.member import HEAD_BYTES, is_torn, member_bytes, members, pack_member
from collector.custody.record import Record, decode_records
from collector.private_files import sync
from plant.calendar import DAY_MS, from_ms
from plant.errors import EvidenceError, StoreError

_log = logging.getLogger(__name__)
FOLDER = "packs"  # in the data folder
SUFFIX = ".gz"
MEMBER_BYTES = 4 * 2**20  # of records, before they are packed


class Archive:
    """The archive in a data folder; call `append` from one thread."""

    def __init__(self, data: Path, most_bytes: int) -> None:
        self.folder = data / FOLDER
        self._most_bytes = most_bytes
        self._sound: dict[Path, int] = {}  # how much of each file is known to be whole

    def append(self, plant: str, records: Sequence[Record]) -> None:
        """Keep packs; they are durable when this returns, else StoreError."""
        for day, together in groupby(sorted(records, key=_day), key=_day):
            path = self.path(plant, day)
            try:
                self._append(path, b"".join(map(pack_member, _pieces(together))))
            except OSError as error:
                raise StoreError(f"{path}: {error.strerror}; see that the disk has room") from error

    def path(self, plant: str, day: int) -> Path:
        """The file of a day, counted from 1970."""
        name = from_ms(day * DAY_MS).date().isoformat()
        return self.folder / plant / f"{name}{SUFFIX}"

    def surplus(self) -> list[Path]:
        """The oldest days, without which the archive is within its bound; never the newest."""
        files = sorted(self.folder.glob(f"*/*{SUFFIX}"), key=lambda path: path.name)
        over = sum(path.stat().st_size for path in files) - self._most_bytes
        found: list[Path] = []
        for path in files[:-1]:
            if over <= 0:
                break
            over -= path.stat().st_size
            found.append(path)
        return found

    def _append(self, path: Path, content: bytes) -> None:
        is_new = not path.exists()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _locked(path) as file:
            size = self._cut_torn(file, path)
            try:
                _write_all(file, content)
                os.fsync(file)
            except OSError:
                os.ftruncate(file, size)
                raise
            self._sound[path] = size + len(content)
        if is_new:
            sync(path.parent)

    def _cut_torn(self, file: int, path: Path) -> int:
        """Cut off what a death left half written, of which no gateway was told; the size then.

        A file that a disk has damaged in its middle is left so: that shows, and the rest is there.
        """
        sound, size = self._sound.get(path, 0), os.fstat(file).st_size
        while sound < size:
            length = member_bytes(os.pread(file, HEAD_BYTES, sound))
            if length is None or sound + length > size:
                if not is_torn(_read(file, sound, size=size)):
                    _log.error("archive=damaged file=%s byte=%d", path, sound)
                    return size
                os.ftruncate(file, sound)
                break
            sound += length
        return sound


def days(folder: Path) -> dict[date, Path]:
    """The files of a plant's archive, by day of receipt."""
    found = {}
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            found[date.fromisoformat(path.name.removesuffix(SUFFIX))] = path
        except ValueError:
            continue
    return found


def read_day(content: bytes, name: str) -> Iterator[Record]:
    """The packs of a day's file; EvidenceError where it is damaged."""
    try:
        for member in members(content):
            yield from decode_records(member)
    except EvidenceError as error:
        raise EvidenceError(f"{name}: {error}") from error


def _day(record: Record) -> int:
    return record.received_ms // DAY_MS


def _pieces(records: Iterable[Record]) -> Iterator[bytes]:
    """Records joined to pieces of bounded size."""
    piece: list[bytes] = []
    size = 0
    for content in (record.encode() for record in records):
        if piece and size + len(content) > MEMBER_BYTES:
            yield b"".join(piece)
            piece, size = [], 0
        piece.append(content)
        size += len(content)
    yield b"".join(piece)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The file, to which nobody else adds meanwhile."""
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _read(file: int, start: int, *, size: int) -> bytes:
    pieces = range(start, size, MEMBER_BYTES)
    return b"".join(os.pread(file, min(MEMBER_BYTES, size - at), at) for at in pieces)


def _write_all(file: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(file, rest) :]
