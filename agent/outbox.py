"""The packs that wait on disk until the collector says that it has stored them.

SQLite in WAL mode with ``synchronous=FULL``: a pack that was given a number survives a power cut.
The file has a random id; numbers count within it and are never used twice. A corrupt file is set
aside and a new one, with a new id, is begun.
"""

from __future__ import annotations

import contextlib
import secrets
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from plant.errors import StoreError

DEFAULT_MAX_BYTES = 512 * 2**20
_CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (id TEXT NOT NULL, newest_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS packs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,  -- never reused, even when the highest was freed
    config TEXT NOT NULL,
    payload BLOB NOT NULL
);
"""


class CorruptOutboxError(StoreError):
    """The file can no longer be read; open it again to begin a new one."""


class Stocked(NamedTuple):
    """A pack as it lies in the outbox."""

    seq: int
    config: str  # the hash of the plant file that it was made with
    payload: bytes


class Outbox:
    """One gateway's outbox file; call it from one thread at a time."""

    def __init__(self, path: Path, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        """Open or begin a file; StoreError when the disk does not allow it."""
        self.path = path
        self.set_aside: Path | None = None
        self.dropped: list[int] = []  # numbers given up because the outbox was full
        self.appended = 0  # packs since the start
        self._max_bytes = max_bytes
        self._freed: set[int] = set()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = self._open()
        except OSError as error:
            raise StoreError(f"outbox {path}: {error.strerror}; choose another --data") from error
        row = self._db.execute("SELECT id, newest_ms FROM outbox").fetchone()
        self.id: str = row[0]
        self.newest_ms: int = row[1]
        self._count = self._bytes = 0
        self._recount()

    def _open(self) -> sqlite3.Connection:
        try:
            return _connect(self.path)
        except sqlite3.DatabaseError as error:
            fault = _fault(self.path, error)
            if not isinstance(fault, CorruptOutboxError):
                raise fault from error
        self.set_aside = self.path.with_name(f"{self.path.name}.corrupt-{time.time_ns()}")
        self.path.rename(self.set_aside)
        log = self.path.with_name(f"{self.path.name}-wal")
        if log.exists():  # it may hold the newest packs
            log.rename(f"{self.set_aside}-wal")
        return _connect(self.path)

    @property
    def depth(self) -> int:
        """Packs that are not known to be stored."""
        return self._count - len(self._freed)

    @property
    def size_bytes(self) -> int:
        """Size of the packs [bytes]."""
        return self._bytes

    def append(self, payloads: list[bytes], *, config: str, newest_ms: int) -> list[int]:
        """Keep packs; their numbers, once they are safe. StoreError when the disk refuses."""
        try:
            with self._db:
                self._delete(self._freed)
                numbers = [self._insert(payload, config) for payload in payloads]
                self.newest_ms = max(self.newest_ms, newest_ms)
                self._db.execute("UPDATE outbox SET newest_ms = ?", (self.newest_ms,))
                dropped = self._make_room()
        except sqlite3.Error as error:
            self._recount()
            raise _fault(self.path, error) from error
        self._freed.clear()
        self.dropped += dropped
        self.appended += len(numbers)
        return numbers

    def _insert(self, payload: bytes, config: str) -> int:
        sql = "INSERT INTO packs (config, payload) VALUES (?, ?)"
        number = self._db.execute(sql, (config, payload)).lastrowid
        assert number is not None  # noqa: S101 - an INSERT has one
        self._count += 1
        self._bytes += len(payload)
        return number

    def _make_room(self) -> list[int]:
        """Give up the oldest packs when the file is full; a later step may thin them instead."""
        given_up: list[int] = []
        if self._bytes <= self._max_bytes:
            return given_up
        sql = "SELECT seq, length(payload) FROM packs ORDER BY seq"
        surplus = self._bytes - self._max_bytes * 95 // 100
        for seq, size in self._db.execute(sql):
            if surplus <= 0:
                break
            given_up.append(seq)
            surplus -= size
        self._delete(given_up)
        return given_up

    def _delete(self, numbers: Iterable[int]) -> None:
        sql = "DELETE FROM packs WHERE seq = ? RETURNING length(payload)"
        for number in numbers:
            for (size,) in self._db.execute(sql, (number,)).fetchall():
                self._count -= 1
                self._bytes -= size

    def _recount(self) -> None:
        sql = "SELECT count(*), coalesce(sum(length(payload)), 0) FROM packs"
        with contextlib.suppress(sqlite3.Error):  # the disk is worse off than our count
            self._count, self._bytes = self._db.execute(sql).fetchone()

    def free(self, numbers: Iterable[int]) -> None:
        """Forget packs that the collector has; written to disk with the next append.

        A crash before that costs only that they are sent once more.
        """
        held = [n for n in numbers if n not in self._freed and self.get(n) is not None]
        self._freed.update(held)

    def get(self, number: int) -> Stocked | None:
        """One pack; None when it is gone."""
        if number in self._freed:
            return None
        sql = "SELECT seq, config, payload FROM packs WHERE seq = ?"
        try:
            row = self._db.execute(sql, (number,)).fetchone()
        except sqlite3.Error as error:
            raise _fault(self.path, error) from error
        return Stocked(*row) if row else None

    def span(self) -> tuple[int, int] | None:
        """The lowest and the highest number that is kept; None when the outbox is empty."""
        try:
            low, high = self._db.execute("SELECT min(seq), max(seq) FROM packs").fetchone()
        except sqlite3.Error as error:
            raise _fault(self.path, error) from error
        return None if low is None else (low, high)

    def close(self) -> None:
        """Write what was freed, and let go of the file."""
        try:
            with self._db:
                self._delete(self._freed)
            self._freed.clear()
        except sqlite3.Error as error:
            raise _fault(self.path, error) from error
        finally:
            self._db.close()


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, check_same_thread=False, timeout=2, isolation_level="IMMEDIATE")
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")  # two agents on one outbox would mix numbers
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        (sound,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            error = sqlite3.DatabaseError(sound)
            error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise error
        db.executescript(_SCHEMA)
        with db:
            if db.execute("SELECT 1 FROM outbox").fetchone() is None:
                db.execute("INSERT INTO outbox VALUES (?, 0)", (secrets.token_hex(8),))
    except BaseException:
        db.close()
        raise
    return db


def _fault(path: Path, error: sqlite3.Error) -> StoreError:
    text = str(error)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest says more of the same
    if code in _CORRUPT:
        return CorruptOutboxError(f"outbox {path} is corrupt: {text}")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError(f"outbox {path} is in use: stop the other agent of this gateway first")
    if code == sqlite3.SQLITE_FULL:
        return StoreError(f"outbox {path}: the disk is full; make room, readings wait in memory")
    return StoreError(f"outbox {path}: {text}; look at the disk, or choose another --data")
