"""Files of another version are migrated or refused in a sentence, and never misread."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from collector.database import Database
from collector.ledger import Ledger
from collector.ledger.schema import MIGRATIONS
from collector.store import COUNTER, Series
from collector.store.protocol import samples
from collector.store.sqlite import SqliteStore
from plant.errors import StoreError
from plant.reading import Event

SERIES = Series(COUNTER, "mill", ("m", "energy"))


def open_ledger(path: Path) -> Ledger:
    return Ledger(path.parent)


OPENERS: dict[str, Callable[[Path], SqliteStore | Ledger]] = {
    "store.sqlite": SqliteStore,
    "ledger.sqlite": open_ledger,
}
both = pytest.mark.parametrize("name", OPENERS)


def execute(path: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def refusal(path: Path) -> str:
    with pytest.raises(StoreError) as refused:
        OPENERS[path.name](path)
    assert "\n" not in str(refused.value)
    assert str(path) in str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_a_ledger_of_every_older_version_is_brought_up_to_date_with_what_it_holds(
    tmp_path: Path, version: int
) -> None:
    path = tmp_path / "ledger.sqlite"
    Database(path, MIGRATIONS[:version], mark=b"ClLe").close()
    execute(
        path,
        "PRAGMA application_id = 0",  # files had no mark at first
        "INSERT INTO events VALUES ('mill', 5, 'yard', 'm', 'energy', 'gap', 'text')",
    )
    ledger = Ledger(tmp_path)
    assert [one.event for one in ledger.journal.events("mill")] == [
        Event("m", "energy", 5, "gap", "text")
    ]
    assert ledger.revision("mill") == (0, 0, 0), "the tables that came later are there"
    ledger.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)


def test_a_store_from_before_files_had_a_mark_keeps_its_readings(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    store = SqliteStore(path)
    store.write({SERIES: samples([1000], [5.0])})
    store.close()
    execute(path, "PRAGMA application_id = 0")
    store = SqliteStore(path)
    assert store.read(SERIES, 0, end_ms=2000).values.tolist() == [5.0]
    store.close()


@both
def test_a_file_of_a_newer_cleanline_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    OPENERS[name](path).close()
    execute(path, "PRAGMA user_version = 99")
    assert "written by a newer Cleanline (schema 99" in refusal(path)


@both
def test_a_file_under_the_name_of_another_is_refused_and_left_as_it_is(
    tmp_path: Path, name: str
) -> None:
    (other,) = set(OPENERS) - {name}
    OPENERS[other](tmp_path / other).close()
    path = (tmp_path / other).rename(tmp_path / name)
    before = path.read_bytes()
    assert "not Cleanline's file of this name" in refusal(path)
    assert path.read_bytes() == before


@both
def test_what_is_no_database_or_damaged_says_what_to_do(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(os.urandom(8192))
    assert "no database, or damaged; keep it, and `cleanline restore` a backup" in refusal(path)


def test_a_full_disk_is_one_clear_line_and_work_goes_on_when_there_is_room(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.sqlite")
    store.write({SERIES: samples([0], [0.0])})
    connection = store._database.connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    many = samples(range(1, 5000), [1.0] * 4999)
    with pytest.raises(StoreError, match="the disk is full; make room") as refused:
        store.write({SERIES: many})
    assert "\n" not in str(refused.value)
    assert len(store.read(SERIES, 0, end_ms=10_000)) == 1, "nothing of it was kept"
    connection.execute("PRAGMA max_page_count = 1000000")
    store.write({SERIES: many})
    assert len(store.read(SERIES, 0, end_ms=10_000)) == 5000
    store.close()


def test_a_file_is_closed_after_the_statement_that_another_thread_is_at(tmp_path: Path) -> None:
    """SQLite crashed the process: a page was being computed as the collector stopped."""
    database = Database(tmp_path / "some.sqlite", ("CREATE TABLE t (x)",), mark=b"Test")
    begun, may_end = threading.Event(), threading.Event()
    found: list[object] = []

    def read() -> None:
        with database.reading() as connection:
            connection.create_function("wait", 0, lambda: begun.set() or may_end.wait(60))
            found.append(connection.execute("SELECT wait()").fetchone())
        with pytest.raises(StoreError, match="is closed: the program is ending"):
            database.probe()
        found.append("refused")

    def close() -> None:
        closing.set()
        database.close()

    closing = threading.Event()
    reader, closer = threading.Thread(target=read), threading.Thread(target=close)
    reader.start()
    assert begun.wait(60)
    closer.start()
    assert closing.wait(60)
    closer.join(0.05)
    assert closer.is_alive()
    may_end.set()
    closer.join(60)
    reader.join(60)
    assert found == [(1,), "refused"]


@both
def test_a_snapshot_in_a_folder_that_cannot_be_written_is_read(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    OPENERS[name](tmp_path / name).close()
    (tmp_path / f"{name}-wal").mkdir()  # as there, SQLite cannot make this file
    assert "cannot be opened" in refusal(tmp_path / name)
    monkeypatch.setattr("collector.database.os.access", lambda *_: False)
    held = OPENERS[name](tmp_path / name)
    if isinstance(held, Ledger):
        assert held.revision("mill") == (0, 0, 0)
        with pytest.raises(StoreError, match="may not be written"):
            held.probe()
    held.close()


@both
def test_a_file_is_its_owners_alone_whatever_the_umask(tmp_path: Path, name: str) -> None:
    before = os.umask(0)
    try:
        opened = OPENERS[name](tmp_path / "data" / name)
        modes = {path.name: path.stat().st_mode & 0o077 for path in (tmp_path / "data").iterdir()}
        opened.close()
    finally:
        os.umask(before)
    assert modes == dict.fromkeys((name, f"{name}-shm", f"{name}-wal"), 0)
    assert (tmp_path / "data").stat().st_mode & 0o077 == 0
