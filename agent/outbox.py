"""The packs that wait on disk until the collector says that it has stored them.

SQLite in WAL mode with ``synchronous=FULL``: a pack that was given a number survives a power cut.
The file has a random id; numbers count within it and are never used twice (`outbox_file`). Each
is kept with the hash of the one before it (`plant.chain`). A pack that the disk has changed is told
by its checksum, and not sent.

It is bounded in bytes and in days. When it is full the oldest packs are thinned, step by step
(`thinning`): a pack that has a number is never rewritten, but replaced by a new one that says so.
Only when all is thinned are the oldest given up.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from agent.outbox_file import CorruptOutboxError, OutboxFile, fault
from agent.salvage import SELECT, Row, checksum
from agent.spans import Range, Spans
from agent.thinning import LAST_STEP, Numbered, Thinner, Thinning
from plant.calendar import DAY_MS
from plant.chain import Head
from plant.errors import WireError

__all__ = ["Bounds", "CorruptOutboxError", "Outbox", "Stocked"]

BATCH_BYTES = 4 * 2**20  # thinned at one time
SPARED_BATCHES = 2  # of the newest, which are left as they are
ROOM = 100  # a share of one in this is made free when packs are given up


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept: payloads [bytes], and days of which there are records."""

    max_bytes: int = 512 * 2**20
    max_days: int = 400

    @property
    def batch_bytes(self) -> int:
        """How much is thinned at one time [bytes]."""
        return min(BATCH_BYTES, self.max_bytes // 16)


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


@dataclass(slots=True)
class Made:
    """What was done to make room, and what was found on the way."""

    thinned: list[Thinning] = field(default_factory=list)
    fresh: list[int] = field(default_factory=list)  # numbers of the packs that replace others
    given_up: list[int] = field(default_factory=list)  # numbers
    spoilt: list[int] = field(default_factory=list)  # whose packs are no longer what was written


class Outbox:
    """One gateway's outbox file; call it from one thread at a time."""

    def __init__(
        self,
        path: Path,
        bounds: Bounds = Bounds(),
        *,
        thinner: Thinner | None = None,
        is_broken: bool = False,
    ) -> None:
        """Open or begin a file; StoreError when the disk does not allow it."""
        self.path = path
        self.bounds = bounds
        self.made = Made()  # until somebody takes note
        self.appended = 0  # packs since the start
        self._thinner = thinner
        self._freed: set[int] = set()
        file = self._file = OutboxFile.open(path, is_broken=is_broken)
        self.id, self.newest_ms = file.id, file.newest_ms
        self.set_aside, self.carried, self.lost = file.set_aside, file.carried, file.lost
        self._db = file.db
        self._count = 0
        self._held = Spans()
        self._bytes: Counter[int] = Counter()  # by level
        self._days: set[int] = set()
        self._recount()

    def renewed(self) -> Outbox:
        """The same outbox begun again, after its file broke; it must be closed."""
        return Outbox(self.path, self.bounds, thinner=self._thinner, is_broken=True)

    @property
    def depth(self) -> int:
        """Packs that are not known to be stored."""
        return self._count - len(self._freed)

    @property
    def size_bytes(self) -> int:
        """Size of the packs [bytes]."""
        return self._bytes.total()

    def append(self, payloads: list[bytes], *, config: str, newest_ms: int) -> list[Stocked]:
        """Keep packs; as they lie there once safe. StoreError when the disk refuses."""
        made, last, head = Made(), self._file.last, self._file.head
        latest_ms = max(self.newest_ms, newest_ms)
        try:
            with self._db:
                self._delete(self._freed)
                packs = [self._insert(p, config, newest_ms=newest_ms) for p in payloads]
                self._make_room(made)
                told = (latest_ms, self._file.head)
                self._db.execute("UPDATE outbox SET newest_ms = ?, head = ?", told)
        except sqlite3.Error as error:
            self._file.last, self._file.head = last, head
            self._recount()
            raise fault(self.path, error) from error
        self._file.remember()
        self.newest_ms = latest_ms
        self._freed.clear()
        self.made.thinned += made.thinned
        self.made.fresh += made.fresh
        self.made.given_up += made.given_up
        self.made.spoilt += made.spoilt
        self.appended += len(packs) + len(made.fresh)
        return packs

    def take_note(self) -> Made:
        """What was done to make room since the last time."""
        made, self.made = self.made, Made()
        return made

    def _insert(self, payload: bytes, config: str, *, newest_ms: int, level: int = 0) -> Stocked:
        number, prev = self._file.last + 1, self._file.head
        day = newest_ms // DAY_MS
        crc = checksum(number, config.encode(), payload, prev.encode())
        self._db.execute(
            "INSERT INTO packs (seq, config, payload, crc, prev, level, day) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            (number, config, payload, crc, prev, level, day),
        )
        self._file.last = number
        self._file.head = Head(self.id, number, config, prev).hash_of(payload)
        self._count += 1
        self._held.add(number, number)
        self._bytes[level] += len(payload)
        self._days.add(day)
        return Stocked(number, config, payload, prev)

    def _delete(self, numbers: Iterable[int]) -> None:
        sql = "DELETE FROM packs WHERE seq = ? RETURNING level, coalesce(length(payload), 0)"
        for number in numbers:
            for level, size in self._db.execute(sql, (number,)).fetchall():
                self._count -= 1
                self._held.remove(number)
                self._bytes[level] -= size

    def _recount(self) -> None:
        sql = "SELECT level, count(*), coalesce(sum(length(payload)), 0) FROM packs GROUP BY level"
        with contextlib.suppress(sqlite3.Error):  # the disk is worse off than our count
            rows = self._db.execute(sql).fetchall()
            self._days = {day for (day,) in self._db.execute("SELECT DISTINCT day FROM packs")}
            held = Spans((n, n) for (n,) in self._db.execute("SELECT seq FROM packs ORDER BY seq"))
            self._held = held
            self._count = sum(count for _, count, _ in rows)
            self._bytes = Counter({level: size for level, _, size in rows})

    # --- to make room

    def _make_room(self, made: Made) -> None:
        """Thin the oldest, gauges before counters; give up what is too old, or still too much."""
        if len(self._days) > self.bounds.max_days:
            self._age_out(made)
        for step in range(1, LAST_STEP + 1):
            while self.size_bytes > self.bounds.max_bytes and self._thin(step, made):
                pass
        surplus = self.size_bytes - self.bounds.max_bytes
        if surplus > 0:
            self._give_up(surplus + self.bounds.max_bytes // ROOM, made)

    def _thin(self, step: int, made: Made) -> bool:
        """Thin the oldest batch that has not had this step; False when none is left."""
        spared = SPARED_BATCHES * self.bounds.batch_bytes if step == 1 else 0
        if self._thinner is None or self._bytes[step - 1] <= spared:
            return False
        batch = self._oldest(step - 1, made)
        if not batch:
            return self._bytes[step - 1] > spared
        try:
            packs = [Numbered(pack.seq, pack.payload) for pack in batch]
            thinning = self._thinner.thin(packs, step)
        except WireError:  # not one of ours: the collector will say so
            self._raise([pack.seq for pack in batch], step)
            return True
        numbers = [pack.seq for pack in thinning.replaced]
        if not thinning.payloads:
            self._raise(numbers, step)
            return True
        self._delete(numbers)
        made.fresh += [
            self._insert(payload, batch[0].config, newest_ms=thinning.newest_ms, level=step).seq
            for payload in thinning.payloads
        ]
        made.thinned.append(thinning)
        return True

    def _oldest(self, level: int, made: Made) -> list[Stocked]:
        """The first packs of a level that were made with one plant file, about a batch."""
        batch: list[Stocked] = []
        spoilt: list[int] = []
        size = 0
        for found in self._db.execute(f"{SELECT} WHERE level = ? ORDER BY seq", (level,)):
            row = Row(*found)
            if not row.is_sound:
                spoilt.append(row.seq)
                continue
            pack = Stocked.of(row)
            if batch and (size >= self.bounds.batch_bytes or pack.config != batch[0].config):
                break
            batch.append(pack)
            size += len(pack.payload)
        self._delete(spoilt)
        made.spoilt += spoilt
        return batch

    def _raise(self, numbers: list[int], level: int) -> None:
        """Count packs as thinned that are left as they are."""
        sql = "UPDATE packs SET level = ? WHERE seq = ? RETURNING length(payload)"
        for number in numbers:
            for (size,) in self._db.execute(sql, (level, number)).fetchall():
                self._bytes[level - 1] -= size
                self._bytes[level] += size

    def _age_out(self, made: Made) -> None:
        """Give up the oldest days. Days with records count, so a clock that jumped costs one."""
        rows = self._db.execute("SELECT day FROM packs GROUP BY day ORDER BY day DESC").fetchall()
        days = [day for (day,) in rows]
        self._days = set(days[: self.bounds.max_days])
        for day in days[self.bounds.max_days :]:
            found = self._db.execute("SELECT seq FROM packs WHERE day IS ?", (day,)).fetchall()
            numbers = [number for (number,) in found]
            self._delete(numbers)
            made.given_up += numbers

    def _give_up(self, surplus: int, made: Made) -> None:
        """Give up the oldest of what has been thinned most, until so many bytes are free."""
        sql = "SELECT seq, coalesce(length(payload), 0) FROM packs ORDER BY level DESC, seq"
        given_up: list[int] = []
        for number, size in self._db.execute(sql):
            if surplus <= 0:
                break
            given_up.append(number)
            surplus -= size
        self._delete(given_up)
        made.given_up += given_up

    # --- to send

    def free(self, numbers: Iterable[int]) -> None:
        """Forget packs that the collector has; written to disk with the next append.

        A crash before that costs only that they are sent once more.
        """
        self._freed.update(n for n in numbers if n not in self._freed and self._has(n))

    def _has(self, number: int) -> bool:
        try:
            row = self._db.execute("SELECT 1 FROM packs WHERE seq = ?", (number,)).fetchone()
        except sqlite3.Error:  # the next write meets it too, and says it
            return False
        return row is not None

    def get(self, number: int) -> Stocked | None:
        """One pack; None when it is gone, or no longer what was written."""
        if number in self._freed:
            return None
        try:
            found = self._db.execute(f"{SELECT} WHERE seq = ?", (number,)).fetchone()
        except sqlite3.Error as error:
            raise fault(self.path, error) from error
        if found is None:
            return None
        row = Row(*found)
        if not row.is_sound:
            self.made.spoilt.append(number)
            self._freed.add(number)
            return None
        return Stocked.of(row)

    def numbers(self) -> list[Range]:
        """The numbers of the packs that are kept."""
        return self._held.ranges

    def close(self) -> None:
        """Write what was freed, and let go of the file."""
        try:
            with self._db:
                self._delete(self._freed)
            self._freed.clear()
        except sqlite3.Error as error:
            raise fault(self.path, error) from error
        finally:
            self._file.close()
