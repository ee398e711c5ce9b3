"""The embedded store: one SQLite file, written by the collector, readable by anybody.

    SELECT measurement, tags, time_ms, value FROM points JOIN series ON series.id = points.series

Times are UTC milliseconds; ``tags`` is JSON in the order of ``protocol.TAGS``.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from collector.database import Database
from collector.store.protocol import (
    COUNTER,
    DERIVED,
    GAUGE,
    WITHOUT_VALUE,
    Ints,
    Latest,
    Samples,
    Series,
    Sums,
    differing,
    samples,
    sums_by_reading,
)
from plant.reading import LARGEST

_SCHEMA = """
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    measurement TEXT NOT NULL,
    plant TEXT NOT NULL,
    tags TEXT NOT NULL,
    UNIQUE (plant, measurement, tags)
);
CREATE TABLE points (
    series INTEGER NOT NULL REFERENCES series (id),
    time_ms INTEGER NOT NULL,
    value REAL,
    quality INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (series, time_ms)
) WITHOUT ROWID;
CREATE TABLE qualities (code INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO qualities VALUES
    (0, 'measured'), (1, 'estimated'), (2, 'integrated'), (3, 'missing'), (4, 'withdrawn')
"""
_INSERT = "INSERT INTO points (series, time_ms, value, quality) VALUES "
_OVER = (
    " ON CONFLICT (series, time_ms) DO UPDATE SET"
    " value = excluded.value, quality = excluded.quality"
)
_BESIDE = " ON CONFLICT (series, time_ms) DO NOTHING"
# Python gives up its lock for each statement, and may wait long to have it back.
_ROWS_A_STATEMENT = (1000, 100, 10, 1)
_READ = "SELECT time_ms, value FROM points WHERE series = ? AND time_ms >= ? AND time_ms < ?"
_READ_QUALITY = _READ.replace("value FROM", "value, quality FROM")
_SUM = """
SELECT total(value), count(*), ifnull(max(quality), 0) FROM points
WHERE series = ? AND time_ms >= ? AND time_ms < ? AND abs(value) <= ?
"""
_LATEST = """
SELECT known.id, time_ms, value, quality FROM series AS known JOIN points ON series = known.id
AND time_ms = (SELECT max(time_ms) FROM points WHERE series = known.id AND time_ms < ?)
WHERE plant = ? AND measurement IN (?, ?)
"""
_PAIR = np.dtype([("time", "i8"), ("value", "f8")])
_TRIPLE = np.dtype([("time", "i8"), ("value", "f8"), ("quality", "i1")])
_TRIPLE_OF_SUM = np.dtype([("sum", "f8"), ("count", "i8"), ("quality", "i1")])
_COMPENSATES = (3, 43)  # from here on SQLite's sums are not those of the others to the last digit
_END_OF_TIME = 2**62
_Record = tuple[int, int, float | None, int]  # of a series' key: time, value, quality
_KEY = "SELECT id FROM series WHERE plant = ? AND measurement = ? AND tags = ?"


class SqliteStore:
    """Series in one SQLite file; a store of ``protocol.Store``."""

    def __init__(self, path: Path) -> None:
        self._database = Database(path, (_SCHEMA,), mark=b"ClSt")
        self._keys: dict[Series, int] = {}

    def write(self, rows: Mapping[Series, Samples]) -> None:
        """Commit rows of many series in one transaction."""
        with self._writing_by_key(rows) as (connection, keys):
            _insert(connection, _all_records(keys, rows), _OVER)

    def add(self, rows: Mapping[Series, Samples]) -> dict[Series, Samples]:
        """Commit readings of which none stands yet; returns those that others contradict."""
        contradicted: dict[Series, Samples] = {}
        with self._writing_by_key(rows) as (connection, keys):
            records = _all_records(keys, rows)
            if _insert(connection, records, _BESIDE) == sum(map(len, rows.values())):
                return contradicted
            for series, found in rows.items():
                span = (int(found.times_ms.min()), int(found.times_ms.max()) + 1)
                standing = _rows(connection.execute(_READ, (keys[series], *span)), _PAIR)
                if len(odd := differing(found, standing)):
                    contradicted[series] = odd
        return contradicted

    @contextmanager
    def _writing_by_key(
        self, rows: Iterable[Series]
    ) -> Iterator[tuple[sqlite3.Connection, Mapping[Series, int]]]:
        """One transaction, and the keys of series; new ones are known once it is committed."""
        keys = dict(self._keys)
        with self._database.transaction() as connection:
            for series in rows:
                if series not in keys:
                    keys[series] = _make_key(connection, series)
            yield connection, keys
        self._keys.update(keys)

    def read(self, series: Series, start_ms: int, *, end_ms: int) -> Samples:
        """Rows of one series from ``start_ms`` to before ``end_ms``, in order of time."""
        key = self._key(series)
        if key is None:
            return samples([], [])
        derived = series.measurement in DERIVED
        query, shape = (_READ_QUALITY, _TRIPLE) if derived else (_READ, _PAIR)
        with self._database.reading() as connection:
            return _rows(connection.execute(query, (key, start_ms, end_ms)), shape)

    def sums(self, series: Series, stretches_ms: Ints) -> Sums:
        """What the rows of a derived series come to over stretches (n, 2), ends not included."""
        if sqlite3.sqlite_version_info >= _COMPENSATES:
            return sums_by_reading(self, series, stretches_ms)
        key = self._key(series)
        with self._database.reading() as connection:
            found = [
                connection.execute(_SUM, (key, start_ms, end_ms, LARGEST)).fetchone()
                for start_ms, end_ms in stretches_ms.tolist()
            ]
        rows = np.array(found, dtype=_TRIPLE_OF_SUM)
        return Sums(rows["sum"], rows["count"], rows["quality"])

    def latest(self, plant: str, before_ms: int | None = None) -> dict[Series, Latest]:
        """The newest row of every counter and gauge of a plant, or the newest before a time."""
        end_ms = _END_OF_TIME if before_ms is None else before_ms
        with self._database.reading() as connection:
            found = connection.execute(_LATEST, (end_ms, plant, COUNTER, GAUGE)).fetchall()
        if not {key for key, *_ in found} <= set(self._keys.values()):
            self.series(plant)  # another process wrote the first row of one
        named = {key: series for series, key in self._keys.items()}
        return {named[key]: Latest(*row) for key, *row in found}

    def series(self, plant: str) -> list[Series]:
        """Every series that a plant has, in order."""
        query = "SELECT id, measurement, tags FROM series WHERE plant = ?"
        with self._database.reading() as connection:
            found = connection.execute(query, (plant,)).fetchall()
        keys = {Series(name, plant, tuple(json.loads(tags))): key for key, name, tags in found}
        self._keys.update(keys)
        return sorted(keys)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _key(self, series: Series) -> int | None:
        if series not in self._keys:
            with self._database.reading() as connection:
                found = connection.execute(_KEY, _named(series)).fetchone()
            if found is None:
                return None
            self._keys[series] = int(found[0])
        return self._keys[series]


def _rows(found: sqlite3.Cursor, shape: np.dtype[Any]) -> Samples:
    """Row by row into an array, so that no list of all stands between."""
    rows = np.fromiter(found, dtype=shape)
    parts = {name: np.ascontiguousarray(rows[name]) for name in rows.dtype.names or ()}
    return samples(parts["time"], parts["value"], quality=parts.get("quality"))


def _make_key(connection: sqlite3.Connection, series: Series) -> int:
    row = _named(series)
    connection.execute(
        "INSERT OR IGNORE INTO series (plant, measurement, tags) VALUES (?, ?, ?)", row
    )
    (key,) = connection.execute(_KEY, row).fetchone()
    return int(key)


def _named(series: Series) -> tuple[str, str, str]:
    return series.plant, series.measurement, json.dumps(series.tags, separators=(",", ":"))


def _insert(connection: sqlite3.Connection, records: Iterable[_Record], conflict: str) -> int:
    """Insert rows, many with each statement; how many were."""
    rest = list(records)
    count = 0
    for size in _ROWS_A_STATEMENT:
        whole = len(rest) - len(rest) % size
        statement = f"{_INSERT}{','.join(['(?, ?, ?, ?)'] * size)}{conflict}"
        for start in range(0, whole, size):
            values = list(chain.from_iterable(rest[start : start + size]))
            count += connection.execute(statement, values).rowcount
        rest = rest[whole:]
    return count


def _all_records(keys: Mapping[Series, int], rows: Mapping[Series, Samples]) -> Iterator[_Record]:
    return chain.from_iterable(_records(keys[one], one, found) for one, found in rows.items())


def _records(key: int, series: Series, found: Samples) -> Iterator[_Record]:
    times, values = found.times_ms.tolist(), found.values.tolist()
    if series.measurement not in DERIVED:
        return ((key, time, value, 0) for time, value in zip(times, values, strict=True))
    return _derived_records(key, zip(times, values, found.quality.tolist(), strict=True))


def _derived_records(key: int, rows: Iterable[tuple[int, float, int]]) -> Iterator[_Record]:
    for time, value, quality in rows:
        yield key, time, None if quality in WITHOUT_VALUE else value, quality
