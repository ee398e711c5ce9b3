"""The packs in an outbox's file, counted by level and by day.

A level is how often a pack was thinned. Whoever changes them holds the transaction.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from agent.outbox_file import OutboxFile
from agent.salvage import SELECT, Row, checksum
from agent.spans import Spans
from plant.calendar import DAY_MS
from plant.chain import Head


class Stocked(NamedTuple):
    """A pack as it lies in the outbox."""

    seq: int
    config: str  # the hash of the plant file that it was made with
    payload: bytes
    prev: str  # the hash of the pack before it

    def hash_in(self, outbox: str) -> str:
        """The hash of the pack, which the next one names."""
        return Head(outbox, self.seq, self.config, self.prev).hash_of(self.payload)

    @staticmethod
    def of(row: Row) -> Stocked:
        """The pack in a row."""
        texts = (part.decode(errors="replace") for part in (row.config, row.prev or b""))
        config, prev = texts
        return Stocked(row.seq, config, row.payload, prev)


class Stock:
    """The table of packs, and what it holds."""

    def __init__(self, file: OutboxFile) -> None:
        self._file = file
        self._db = file.db
        self.count = 0
        self.held = Spans()
        self.bytes: Counter[int] = Counter()  # by level
        self.days: set[int] = set()
        self.recount()

    @property
    def size_bytes(self) -> int:
        """Size of the packs [bytes]."""
        return self.bytes.total()

    def recount(self) -> None:
        """Count again, after a transaction that failed."""
        sql = "SELECT level, count(*), coalesce(sum(length(payload)), 0) FROM packs GROUP BY level"
        with contextlib.suppress(sqlite3.Error):  # the disk is worse off than our count
            rows = self._db.execute(sql).fetchall()
            self.days = {day for (day,) in self._db.execute("SELECT DISTINCT day FROM packs")}
            held = Spans((n, n) for (n,) in self._db.execute("SELECT seq FROM packs ORDER BY seq"))
            self.held = held
            self.count = sum(count for _, count, _ in rows)
            self.bytes = Counter({level: size for level, _, size in rows})

    def insert(self, payload: bytes, config: str, *, newest_ms: int, level: int = 0) -> Stocked:
        """Give a pack the next number, and keep it."""
        number, prev = self._file.last + 1, self._file.head
        day = newest_ms // DAY_MS
        crc = checksum(number, config.encode(), payload, prev.encode())
        self._db.execute(
            "INSERT INTO packs (seq, config, payload, crc, prev, level, day) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (number, config, payload, crc, prev, level, day),
        )
        self._file.last = number
        self._file.head = Head(self._file.id, number, config, prev).hash_of(payload)
        self.count += 1
        self.held.add(number, number)
        self.bytes[level] += len(payload)
        self.days.add(day)
        return Stocked(number, config, payload, prev)

    def delete(self, numbers: Iterable[int]) -> None:
        """Let go of packs; of one that is gone already, nothing."""
        sql = "DELETE FROM packs WHERE seq = ? RETURNING level, coalesce(length(payload), 0)"
        for number in numbers:
            for level, size in self._db.execute(sql, (number,)).fetchall():
                self.count -= 1
                self.held.remove(number)
                self.bytes[level] -= size

    def lift(self, numbers: Iterable[int], level: int) -> None:
        """Count packs as thinned that are left as they are."""
        sql = "UPDATE packs SET level = ? WHERE seq = ? RETURNING length(payload)"
        for number in numbers:
            for (size,) in self._db.execute(sql, (level, number)).fetchall():
                self.bytes[level - 1] -= size
                self.bytes[level] += size

    def oldest(self, level: int, batch_bytes: int) -> tuple[list[Stocked], list[int]]:
        """The first packs of a level that were made with one plant file, about a batch.

        And the numbers of those before them that are no longer what was written.
        """
        batch: list[Stocked] = []
        spoilt: list[int] = []
        size = 0
        for found in self._db.execute(f"{SELECT} WHERE level = ? ORDER BY seq", (level,)):
            row = Row(*found)
            if not row.is_sound:
                spoilt.append(row.seq)
                continue
            pack = Stocked.of(row)
            if batch and (size >= batch_bytes or pack.config != batch[0].config):
                break
            batch.append(pack)
            size += len(pack.payload)
        return batch, spoilt

    def beyond(self, max_days: int) -> list[int]:
        """The numbers of all packs but those of the newest days that have any."""
        rows = self._db.execute("SELECT day FROM packs GROUP BY day ORDER BY day DESC").fetchall()
        days = [day for (day,) in rows]
        self.days = set(days[:max_days])
        sql = "SELECT seq FROM packs WHERE day IS ?"
        found = (self._db.execute(sql, (day,)).fetchall() for day in days[max_days:])
        return [number for rows in found for (number,) in rows]

    def least(self, size: int) -> list[int]:
        """The oldest of what has been thinned most, of so many bytes."""
        sql = "SELECT seq, coalesce(length(payload), 0) FROM packs ORDER BY level DESC, seq"
        found: list[int] = []
        for number, length in self._db.execute(sql):
            if size <= 0:
                break
            found.append(number)
            size -= length
        return found
