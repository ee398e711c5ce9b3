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

import sqlite3
from collections.abc import Iterable
from pathlib import Path

from agent.outbox_file import CorruptOutboxError, OutboxFile, fault
from agent.room import USUAL, Bounds, Made, make_room
from agent.salvage import SELECT, Row
from agent.spans import Range
from agent.stock import Stock, Stocked
from agent.thinning import Thinner

__all__ = ["Bounds", "CorruptOutboxError", "Outbox", "Stocked"]


class Outbox:
    """One gateway's outbox file; call it from one thread at a time."""

    def __init__(
        self,
        path: Path,
        bounds: Bounds = USUAL,
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
        self._stock = Stock(file)

    def renewed(self) -> Outbox:
        """The same outbox begun again, after its file broke; it must be closed."""
        return Outbox(self.path, self.bounds, thinner=self._thinner, is_broken=True)

    @property
    def depth(self) -> int:
        """Packs that are not known to be stored."""
        return self._stock.count - len(self._freed)

    @property
    def size_bytes(self) -> int:
        """Size of the packs [bytes]."""
        return self._stock.size_bytes

    def append(self, payloads: list[bytes], *, config: str, newest_ms: int) -> list[Stocked]:
        """Keep packs; as they lie there once safe. StoreError when the disk refuses."""
        last, head = self._file.last, self._file.head
        latest_ms = max(self.newest_ms, newest_ms)
        try:
            with self._db:
                self._stock.delete(self._freed)
                packs = [self._stock.insert(p, config, newest_ms=newest_ms) for p in payloads]
                made = make_room(self._stock, self.bounds, self._thinner)
                told = (latest_ms, self._file.head)
                self._db.execute("UPDATE outbox SET newest_ms = ?, head = ?", told)
        except sqlite3.Error as error:
            self._file.last, self._file.head = last, head
            self._stock.recount()
            raise fault(self.path, error) from error
        self._file.remember()
        self.newest_ms = latest_ms
        self._freed.clear()
        self.made += made
        self.appended += len(packs) + len(made.fresh)
        return packs

    def take_note(self) -> Made:
        """What was done to make room since the last time."""
        made, self.made = self.made, Made()
        return made

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
        return self._stock.held.ranges

    def close(self) -> None:
        """Write what was freed, and let go of the file."""
        try:
            with self._db:
                self._stock.delete(self._freed)
            self._freed.clear()
        except sqlite3.Error as error:
            raise fault(self.path, error) from error
        finally:
            self._file.close()
