"""A copy of store, ledger and archived packs while the collector writes, and the way back.

The ledger is copied first: every pack that the copied ledger calls seen was committed to store and
archive before, so it is in their copies too.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from collector.custody.archive import FOLDER
from collector.custody.copies import copy_archive
from collector.lease import COLLECTOR_LOCK, Lease
from collector.ledger.book import LEDGER_FILE, Ledger
from collector.private_files import sync, write_private
from collector.store.address import STORE_FILE
from collector.store.sqlite import SqliteStore
from plant.errors import StoreError, UsageError

MANIFEST = "backup.json"
FORMAT = 2  # 1: without packs
_FILES = (LEDGER_FILE, STORE_FILE)  # in the order of copying
_PACKS_OF_A_DAY = re.compile(rf"{FOLDER}/[A-Za-z0-9][A-Za-z0-9_.-]*/\d{{4}}-\d\d-\d\d\.gz")
_STAGE = "restoring"


class Copied(NamedTuple):
    """One file of a backup."""

    name: str
    size_bytes: int
    sha256: str


def backup(data: Path, target: Path, *, made_ms: int, packs: bool = True) -> list[Copied]:
    """Copy what a data folder holds into a new folder; the collector may run meanwhile."""
    found = [name for name in _FILES if (data / name).exists()]
    if LEDGER_FILE not in found:
        raise UsageError(f"backup: {data} holds no ledger; name the folder with --data")
    if target.exists() and any(target.iterdir()):
        raise UsageError(f"backup: {target} is not empty; name a new folder")
    with _saying("backup", target):
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        copied = [_copy_live(data / name, target / name) for name in found]
        if packs:
            names = copy_archive(data, target, ledger=target / LEDGER_FILE, now_ms=made_ms)
            copied += [_copied(target, name) for name in names]
        body = {"format": FORMAT, "made_ms": made_ms, "files": [file._asdict() for file in copied]}
        write_private(target / MANIFEST, json.dumps(body, indent=1).encode())
    return copied


def restore(source: Path, data: Path, *, replace: bool, now_ms: int) -> Path | None:
    """Put a backup in place; where what was there lies now. Nothing is touched unless all fits."""
    copied = check(source)
    # A backup without packs leaves those that are there.
    wanted = [*_FILES, FOLDER] if any("/" in file.name for file in copied) else _FILES
    present = [name for name in wanted if (data / name).exists()]
    if present and not replace:
        raise UsageError(
            f"restore: {data} holds {' and '.join(present)} already; name another --data, or give "
            "--replace to have them moved aside"
        )
    with _saying("restore", data), _alone(data):
        for name in present:
            if name != FOLDER:
                _refuse_if_used(data / name)
        stage = data / _STAGE
        shutil.rmtree(stage, ignore_errors=True)  # of one that was cut short
        for file in copied:
            _put(source / file.name, stage / file.name)
        _refuse_unknown(stage)
        _hand_over(stage, data)
        aside = _move_aside(data, present, now_ms) if present else None
        for path in sorted(stage.iterdir()):
            path.rename(data / path.name)
        stage.rmdir()
        sync(data)
    return aside


def _put(source: Path, target: Path) -> None:
    """Copy a file for its owner alone, durably."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o600)
    sync(target)
    sync(target.parent)


def _refuse_unknown(stage: Path) -> None:
    """StoreError for files that this Cleanline cannot read, such as a newer one's."""
    try:
        Ledger(stage).close()
        if (stage / STORE_FILE).exists():
            SqliteStore(stage / STORE_FILE).close()
    except StoreError:
        shutil.rmtree(stage)
        raise


def _hand_over(stage: Path, data: Path) -> None:
    """Give what root puts back to the user whose folder it is: the collector runs as that one."""
    if os.geteuid() == 0:
        owner = data.stat()
        for path in (stage, *stage.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)


def check(source: Path) -> list[Copied]:
    """The files of a backup, each as it was written; UsageError when one is not."""
    try:
        body: dict[str, Any] = json.loads((source / MANIFEST).read_bytes())
        if body["format"] > FORMAT:
            raise UsageError(f"backup {source}: of a newer Cleanline; install that one")
        copied = [Copied(**file) for file in body["files"]]
        for file in copied:
            if file.name not in _FILES and not _PACKS_OF_A_DAY.fullmatch(file.name):
                raise UsageError(
                    f"backup {source}: {file.name} is not a file that Cleanline backs up"
                )
        if [file.name for file in copied].count(LEDGER_FILE) != 1:
            raise UsageError(f"backup {source}: no whole backup: it has no {LEDGER_FILE}, or two")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"backup {source}: no whole backup, {MANIFEST}: {error}") from error
    for file in copied:
        path = source / file.name
        if not path.exists() or _sha256(path) != file.sha256:
            raise UsageError(
                f"backup {source}: {file.name} is missing or was changed; take another"
            )
    return copied


def _copy_live(source: Path, target: Path) -> Copied:
    """A consistent copy of a SQLite file that others write."""
    write_private(target, b"")
    with (
        contextlib.closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as live,
        contextlib.closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)  # in one step: one snapshot, and no writer waits
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
        (sound,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    if sound != "ok":
        raise StoreError(f"backup: {source} is damaged: {sound}; keep it, restore an older backup")
    sync(target)
    return _copied(target.parent, target.name)


def _copied(folder: Path, name: str) -> Copied:
    return Copied(name, (folder / name).stat().st_size, _sha256(folder / name))


@contextlib.contextmanager
def _alone(data: Path) -> Iterator[None]:
    """No collector of this folder runs, nor starts meanwhile."""
    lease = Lease(data / COLLECTOR_LOCK)
    if not lease.take():
        raise UsageError(f"restore: {data} is in use ({lease.holder()}); stop the collector first")
    try:
        yield
    finally:
        lease.release()


def _refuse_if_used(path: Path) -> None:
    """UsageError while another process has the file open."""
    with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as holder:
        holder.execute("PRAGMA locking_mode = EXCLUSIVE")
        try:
            holder.execute("BEGIN EXCLUSIVE")
            holder.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            raise UsageError(f"restore: {path} is in use; stop the collector first") from error


def _move_aside(data: Path, names: Sequence[str], now_ms: int) -> Path:
    aside = data / f"before-restore-{now_ms}"
    aside.mkdir(mode=0o700)
    for name in names:
        for suffix in ("", "-wal", "-shm"):
            part = data / f"{name}{suffix}"
            if part.exists():
                part.rename(aside / part.name)
    return aside


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def _saying(what: str, where: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{what} {where}: {error}; see that the disk has room") from error
