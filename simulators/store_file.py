"""The collector's SQLite file, as a test reads it or holds it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from simulators.running import WITHIN_S

_SERIES = """
SELECT time_ms, value FROM points JOIN series ON series.id = points.series
WHERE measurement IN ('counter', 'gauge') AND tags = ? ORDER BY time_ms
"""


@dataclass
class Store:
    """What the collector keeps: one SQLite file that anybody may read."""

    folder: Path

    @property
    def path(self) -> Path:
        """The file; it is there once a collector has run."""
        return self.folder / "store.sqlite"

    def readings(self, meter: str, point: str) -> list[tuple[datetime, float]]:
        """Every stored reading of a point, in order of time."""
        if not self.path.exists():
            return []
        tags = json.dumps([meter, point], separators=(",", ":"))  # as the store writes them
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)) as connection:
            found = connection.execute(_SERIES, (tags,)).fetchall()
        return [(datetime.fromtimestamp(at / 1000, UTC), value) for at, value in found]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """While the block runs another program holds the file, and nobody else can write."""
        with closing(sqlite3.connect(self.path, isolation_level=None, timeout=WITHIN_S)) as held:
            held.execute("BEGIN IMMEDIATE")
            yield

    def newest(self, meter: str, point: str) -> tuple[datetime, float] | None:
        """The newest stored reading of a point; None when there is none."""
        return next(reversed(self.readings(meter, point)), None)
