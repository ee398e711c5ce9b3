"""One SQLite file: a connection for each thread, durable commits, a schema with a version."""

from __future__ import annotations

import errno
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from plant.errors import StoreError

BUSY_S = 30.0
_MEANING = {
    sqlite3.SQLITE_FULL: "the disk is full; make room, nothing is said to be stored before",
    sqlite3.SQLITE_BUSY: "another process holds it; see what that is, or wait for its end",
    sqlite3.SQLITE_READONLY: "may not be written; look at the owner of the file and its folder",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; see that the folder is writable and has room",
    sqlite3.SQLITE_CORRUPT: "is damaged; keep it, and `cleanline restore` the last backup",
    sqlite3.SQLITE_NOTADB: "is no database, or damaged; keep it, and `cleanline restore` a backup",
}


class _Held(NamedTuple):
    """A thread's connection, and the lock that it holds while it uses it."""

    connection: sqlite3.Connection
    using: threading.RLock


class Database:
    """A SQLite file in WAL mode; other processes may read it, and write it in turn."""

    def __init__(self, path: Path, migrations: tuple[str, ...], *, mark: bytes) -> None:
        """migrations: a script for each version; mark: four letters by which its files are known.

        StoreError in a sentence for a file that is another's, of a newer Cleanline, or damaged.
        """
        self.path = path
        self._mark = int.from_bytes(mark, "big")
        self._local = threading.local()
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._opened: list[_Held] = []
        self._is_closed = False
        with self._refusing():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite gives the files beside it (WAL, shared memory) the mode of this one.
            if not path.exists():
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            self._migrate(migrations)

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self.path}: {_meaning(error)}") from error

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        return self._held().connection

    def _held(self) -> _Held:
        if self._is_closed:
            raise StoreError(f"{self.path}: is closed: the program is ending; start it again")
        held: _Held | None = getattr(self._local, "held", None)
        return held or self._open()

    def _open(self) -> _Held:
        connection = self._connect()
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
        except sqlite3.OperationalError:
            connection.close()
            if os.access(self.path.parent, os.W_OK):
                raise
            connection = self._connect(f"?{self._way_to_read()}")
        held = self._local.held = _Held(connection, threading.RLock())
        with self._lock:
            self._opened.append(held)
        return held

    def _connect(self, how: str = "") -> sqlite3.Connection:
        return sqlite3.connect(
            f"{self.path.absolute().as_uri()}{how}",
            uri=True,
            timeout=BUSY_S,
            isolation_level=None,
            check_same_thread=False,
        )

    def _way_to_read(self) -> str:
        """How a file is opened in a folder that cannot be written, such as a snapshot's.

        SQLite looks for no file beside one that nobody changes; it needs both beside one in use.
        """
        beside = (self.path.with_name(f"{self.path.name}{end}") for end in ("-wal", "-shm"))
        in_use = any(path.is_file() and path.stat().st_size for path in beside)
        return "mode=ro" if in_use else "immutable=1"

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """A write that is durable when the block ends, or never was; StoreError if refused."""
        with self._alone(), self.reading() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """No other thread of this process writes: SQLite would sleep and look, up to 0.1 s late."""
        if not self._writing.acquire(timeout=BUSY_S):
            raise StoreError(f"{self.path}: {_MEANING[sqlite3.SQLITE_BUSY]}")
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection for reading; StoreError if refused."""
        with self._refusing(), (held := self._held()).using:
            yield held.connection

    def probe(self) -> None:
        """Commit a write that changes nothing; StoreError if refused."""
        with self.transaction() as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute(f"PRAGMA user_version = {version}")

    def _migrate(self, migrations: tuple[str, ...]) -> None:
        """Bring the schema to its version: each script once, in order."""
        (version,) = self.connection.execute("PRAGMA user_version").fetchone()
        (mark,) = self.connection.execute("PRAGMA application_id").fetchone()
        if mark not in (0, self._mark):  # 0: made before files had one
            raise StoreError(f"{self.path}: is not Cleanline's file of this name; move it away")
        if version > len(migrations):
            raise StoreError(
                f"{self.path}: written by a newer Cleanline (schema {version}, this one knows "
                f"{len(migrations)}); install that one"
            )
        if version == len(migrations) and mark:
            return
        with self.transaction() as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            for number in range(version, len(migrations)):
                for statement in migrations[number].split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute(f"PRAGMA application_id = {self._mark}")

    def close(self) -> None:
        """Close every thread's connection, each once it is not in use.

        SQLite crashes the process when a connection is closed under a running statement.
        """
        self._is_closed = True
        with self._lock:
            opened = self._opened.copy()
            self._opened.clear()
        for connection, using in opened:
            if using.acquire(timeout=BUSY_S):
                connection.close()
                using.release()


def _meaning(error: Exception) -> str:
    """What went wrong, and what to do."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest says more of the same
    said = _MEANING.get(code)
    if said is None and isinstance(error, OSError) and error.errno == errno.ENOSPC:
        said = _MEANING[sqlite3.SQLITE_FULL]
    return said or f"{error}; see that the disk has room and the file is writable"
