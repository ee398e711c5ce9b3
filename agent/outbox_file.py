"""The SQLite file of an outbox: opened, brought up to date, and replaced when it is broken.

Beside it stands the highest number that was ever given (`numbers`). A corrupt file is set aside,
and what can be read of it goes on in a new one (`salvage`): under the old id where the highest
number is known, else under a new one.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from agent.numbers import Given, NumberFile
from agent.salvage import SELECT, Row, salvage
from plant.chain import BEGINNING, is_hash
from plant.errors import StoreError

VERSION = 2  # of the file
# ERROR: a schema that lost a bit has other names than we ask for.
_CORRUPT = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
_NO_TEXT = (UnicodeDecodeError, TypeError, OverflowError)  # what damage makes of Python's sqlite3
_ID = re.compile(r"[0-9a-f]{16}")
_FIRST = """
CREATE TABLE IF NOT EXISTS outbox (id TEXT NOT NULL, newest_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS packs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,  -- never reused, even when the highest was freed
    config TEXT NOT NULL,
    payload BLOB NOT NULL
);
"""
# level: how often it was thinned; day: of its newest record.
_SECOND = """
ALTER TABLE packs ADD COLUMN crc INTEGER;
ALTER TABLE packs ADD COLUMN level INTEGER NOT NULL DEFAULT 0;
ALTER TABLE packs ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
CREATE INDEX packs_by_level ON packs (level);
CREATE INDEX packs_by_day ON packs (day);
"""


# prev: the hash of the pack before; head: that of the last one that was given a number.
_THIRD = """
ALTER TABLE packs ADD COLUMN prev TEXT;
ALTER TABLE outbox ADD COLUMN head TEXT NOT NULL DEFAULT '';
"""
_SCRIPTS = (f"{_FIRST} {_SECOND}", _THIRD)  # each brings a file to the next version


class CorruptOutboxError(StoreError):
    """The file can no longer be read; open it again to begin a new one."""


@dataclass(slots=True)
class OutboxFile:
    """An open file, and what became of the one that was there."""

    path: Path
    db: sqlite3.Connection
    numbers: NumberFile
    id: str
    newest_ms: int
    last: int  # the highest number ever given
    head: str  # the hash of its pack; BEGINNING where that is not known
    set_aside: Path | None = None
    carried: int = 0  # packs of the file that was set aside, which go on in this one
    lost: tuple[int, int] | None = None  # numbers that a file which went back has lost

    @staticmethod
    def open(path: Path, *, is_broken: bool = False) -> OutboxFile:
        """Open or begin a file; StoreError when the disk does not allow it.

        A file that broke in use is set aside even if its structure looks sound: the check at
        opening does not compare its indexes with its rows.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            numbers = NumberFile(path.with_name(f"{path.name}-numbers"))
            given = numbers.read()
            aside, carried = None, 0
            _finish(path)
            db = None if is_broken else _connect_unless_broken(path)
            if db is None:
                carried = _prepare(path, given)
                aside = _set_aside(path)
                _finish(path)
                db = _connect(path)
        except sqlite3.Error as error:
            raise fault(path, error) from error
        except OSError as error:
            raise StoreError(f"outbox {path}: {error.strerror}; choose another --data") from error
        name, newest_ms, head = _head(db)
        last = _last_number(db)
        file = OutboxFile(path, db, numbers, name, newest_ms, last, head, aside, carried)
        file._go_on_from(given)
        return file

    def _go_on_from(self, given: Given | None) -> None:
        """Number on from the highest that was ever given, whatever became of the file."""
        if given and given.outbox == self.id and given.last >= self.last:
            is_ahead = given.last > self.last
            if is_ahead and self.set_aside is None:
                self.lost = (self.last + 1, given.last)
            self.last = given.last
            self.head = given.head or (BEGINNING if is_ahead else self.head)
        self.remember()

    def remember(self) -> None:
        """Write the highest number beside the file."""
        with contextlib.suppress(OSError):  # it helps only when the file breaks as well
            self.numbers.write(Given(self.id, self.last, self.head))

    def close(self) -> None:
        """Let go of the file."""
        self.db.close()
        self.numbers.close()


def _connect_unless_broken(path: Path) -> sqlite3.Connection | None:
    try:
        return _connect(path)
    except sqlite3.DatabaseError as error:
        problem = fault(path, error)
        if not isinstance(problem, CorruptOutboxError):
            raise problem from error
    except _NO_TEXT:
        pass
    return None


def _set_aside(path: Path) -> Path:
    aside = path.with_name(f"{path.name}.corrupt-{time.time_ns()}")
    path.rename(aside)
    log = path.with_name(f"{path.name}-wal")
    if log.exists():  # it may hold the newest packs
        log.rename(f"{aside}-wal")
    return aside


def _prepare(path: Path, given: Given | None) -> int:
    """Put what can be read of a broken file into a new one beside it; how many packs.

    The broken one is set aside only when that is done: whoever dies before does it again, and
    whoever dies between finds the new one (`_finish`). Else its packs would be left behind.
    """
    fresh = _beside(path)
    for suffix in ("", "-wal", "-shm"):
        fresh.with_name(f"{fresh.name}{suffix}").unlink(missing_ok=True)
    rows: list[Row] = salvage(path, until=given.last) if given else []
    sql = (
        "INSERT INTO packs (seq, config, payload, crc, prev) "
        "VALUES (?, CAST(? AS TEXT), ?, ?, CAST(? AS TEXT))"
    )
    with contextlib.closing(_connect(fresh, outbox=given.outbox if given else None)) as db, db:
        db.executemany(sql, rows)
    return len(rows)


def _finish(path: Path) -> None:
    """Put a new file in the place of one that was set aside."""
    fresh = _beside(path)
    if fresh.exists() and not path.exists():
        fresh.rename(path)


def _beside(path: Path) -> Path:
    return path.with_name(f"{path.name}-new")


def _connect(path: Path, outbox: str | None = None) -> sqlite3.Connection:
    """The file, sound and of our version; a new one gets that id, or another that nobody has."""
    if not path.exists():
        path.touch(0o600)  # SQLite gives the files beside it the mode of this one
    db = sqlite3.connect(path, check_same_thread=False, timeout=2, isolation_level="IMMEDIATE")
    try:
        db.execute("PRAGMA locking_mode = EXCLUSIVE")  # two agents on one outbox would mix numbers
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        (sound,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            raise _corrupt(sound)
        _migrate(db, path)
        with db:
            if db.execute("SELECT 1 FROM outbox").fetchone() is None:
                name = outbox or secrets.token_hex(8)
                db.execute("INSERT INTO outbox (id, newest_ms) VALUES (?, 0)", (name,))
        _head(db)
    except BaseException:
        db.close()
        raise
    return db


def _migrate(db: sqlite3.Connection, path: Path) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise StoreError(
            f"outbox {path}: written by a newer Cleanline (schema {version}, this one knows "
            f"{VERSION}); install that one, or name another --data"
        )
    if version < VERSION:
        steps = " ".join(_SCRIPTS[version:])
        script = f"BEGIN; {steps} PRAGMA user_version = {VERSION}; COMMIT"
        db.executescript(script)


def _head(db: sqlite3.Connection) -> tuple[str, int, str]:
    """The file's id, the time of its newest reading and the hash of its last pack.

    DatabaseError when the first two are none.
    """
    query = "SELECT CAST(id AS BLOB), newest_ms, CAST(head AS BLOB) FROM outbox"
    name, newest_ms, told = db.execute(query).fetchone()
    text = bytes(name or b"").decode("ascii", errors="replace")
    head = bytes(told or b"").decode("ascii", errors="replace")
    if not _ID.fullmatch(text) or not isinstance(newest_ms, int):
        raise _corrupt("its id or its time is none")
    db.execute(f"{SELECT} LIMIT 1").fetchone()
    return text, newest_ms, head if is_hash(head) else BEGINNING


def _last_number(db: sqlite3.Connection) -> int:
    """The highest number that the file knows of."""
    queries = ("SELECT max(seq) FROM sqlite_sequence", "SELECT max(seq) FROM packs")
    return max(int(db.execute(query).fetchone()[0] or 0) for query in queries)


def _corrupt(text: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(text)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error


def fault(path: Path, error: sqlite3.Error) -> StoreError:
    """What an error of SQLite means, and what to do."""
    text = str(error)
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest says more of the same
    if code in _CORRUPT or _claims_to_be_read_only(path, error):
        return CorruptOutboxError(f"outbox {path} is corrupt: {text}")
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError(f"outbox {path} is in use: stop the other agent of this gateway first")
    if code == sqlite3.SQLITE_FULL:
        return StoreError(f"outbox {path}: the disk is full; make room")
    return StoreError(f"outbox {path}: {text}; look at the disk, or choose another --data")


def _claims_to_be_read_only(path: Path, error: sqlite3.Error) -> bool:
    """Whether it is the file itself that forbids to write it: by one bit in its head, damaged."""
    code = getattr(error, "sqlite_errorcode", 0)  # in full: other reasons lie with the folder
    return code == sqlite3.SQLITE_READONLY and os.access(path, os.W_OK)
