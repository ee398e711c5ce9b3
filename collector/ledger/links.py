"""How the packs of each outbox hang together: whether each follows the one before, in any order."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from collector.database import Database
from collector.ledger.outboxes import outbox_id
from collector.ledger.ranges import ASIDE, KEPT, LET_GO, Range, RangeKey, add_range, all_ranges
from collector.ledger.senders import Sender
from plant.calendar import DAY_MS
from plant.wire import ranges

KEEP_DAYS = 14  # longer than any pack is sent again; the ends of ranges stay
PRUNED_AT_ONCE = 2000
_KNOWN = "SELECT seq, hash, prev FROM links WHERE outbox = ? AND seq BETWEEN ? AND ?"
_COUNT = """
INSERT INTO custody (outbox, day, packs, signed, breaks) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (outbox, day) DO UPDATE SET
    packs = packs + excluded.packs, signed = signed + excluded.signed,
    breaks = breaks + excluded.breaks
"""
_PRUNE = """
DELETE FROM links WHERE id IN (
    SELECT id FROM links AS one WHERE day < ?
    AND EXISTS (SELECT 1 FROM links WHERE outbox = one.outbox AND seq = one.seq - 1)
    AND EXISTS (SELECT 1 FROM links WHERE outbox = one.outbox AND seq = one.seq + 1)
    ORDER BY id LIMIT ?)
"""


class Link(NamedTuple):
    """A pack that was accepted, as a link of its outbox's chain."""

    seq: int
    hash: bytes
    prev: bytes  # hash of the pack before; empty where the gateway knew none
    is_signed: bool
    received_ms: int

    @property
    def day(self) -> int:
        """The day of receipt, counted from 1970 in UTC."""
        return self.received_ms // DAY_MS


class Break(NamedTuple):
    """A pack that does not hang together with the others, and how."""

    seq: int
    text: str


class Custody(NamedTuple):
    """What came from one outbox on one day of receipt, each pack counted once."""

    gateway: str
    outbox: str
    day: int
    packs: int
    signed: int
    breaks: int


class Kept(NamedTuple):
    """Numbers of an outbox that lie in one day's file of the archive, or lay there."""

    gateway: str
    outbox: str
    day: int
    numbers: list[Range]


class Links:
    """The ledger's tables of the chains."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, sender: Sender, numbers: Iterable[int]) -> dict[int, bytes]:
        """The hashes of those packs that came before, as far back as they are kept."""
        wanted = list(numbers)
        query = (
            "SELECT seq, hash FROM links WHERE outbox = "  # noqa: S608 - only places
            "(SELECT id FROM outboxes WHERE plant = ? AND gateway = ? AND outbox = ?) "
            f"AND seq IN ({','.join('?' * len(wanted))})"
        )
        with self._database.reading() as connection:
            return dict(connection.execute(query, (*sender, *wanted)).fetchall())

    def custody(self, plant: str) -> list[Custody]:
        """What came from each outbox, day by day."""
        query = (
            "SELECT o.gateway, o.outbox, day, packs, signed, breaks FROM custody "
            "JOIN outboxes AS o ON o.id = custody.outbox WHERE plant = ? ORDER BY 1, 2, 3"
        )
        with self._database.reading() as connection:
            return [Custody(*row) for row in connection.execute(query, (plant,))]

    def kept(self, plant: str, *, let_go: bool = False) -> list[Kept]:
        """What lies in the archive, or what lay there until it was full."""
        with self._database.reading() as connection:
            found = all_ranges(connection, LET_GO if let_go else KEPT, plant=plant)
        return [
            Kept(gateway, *_parted(part), numbers)
            for (gateway, part), numbers in sorted(found.items())
        ]

    def head(self, plant: str, gateway: str, *, outbox: str) -> tuple[int, str] | None:
        """The highest number of an outbox and the hash of its pack."""
        query = (
            "SELECT seq, lower(hex(hash)) FROM links JOIN outboxes AS o ON o.id = links.outbox "
            "WHERE o.plant = ? AND o.gateway = ? AND o.outbox = ? ORDER BY seq DESC LIMIT 1"
        )
        with self._database.reading() as connection:
            row = connection.execute(query, (plant, gateway, outbox)).fetchone()
        return None if row is None else (int(row[0]), str(row[1]))

    def set_aside(self, plant: str) -> dict[tuple[str, str], list[Range]]:
        """(gateway, outbox) -> numbers of packs that were ever set aside."""
        with self._database.reading() as connection:
            return all_ranges(connection, ASIDE, plant=plant)

    def let_go(self, plant: str, day: int) -> None:
        """The archive was full, and a day's file goes."""
        query = (
            "UPDATE OR REPLACE ranges SET kind = ? "
            "WHERE kind = ? AND plant = ? AND part LIKE '%/' || ?"
        )
        with self._database.transaction() as connection:
            connection.execute(query, (LET_GO, KEPT, plant, str(day)))

    def prune(self, now_ms: int) -> bool:
        """Forget some links that hang together and are old; whether there may be more."""
        with self._database.transaction() as connection:
            oldest = now_ms // DAY_MS - KEEP_DAYS
            gone = connection.execute(_PRUNE, (oldest, PRUNED_AT_ONCE)).rowcount
        return gone == PRUNED_AT_ONCE


def add_links(
    connection: sqlite3.Connection, sender: Sender, links: Sequence[Link], *, kept: bool
) -> list[Break]:
    """Add packs to a chain; returns where it does not hold. `kept`: they lie in the archive."""
    outbox = outbox_id(connection, sender)
    breaks: list[Break] = []
    counts: dict[int, list[int]] = {}
    numbers: dict[int, list[int]] = {}
    for link in sorted(links):
        near = {row[0]: row[1:] for row in connection.execute(_KNOWN, _around(outbox, link.seq))}
        numbers.setdefault(link.day, []).append(link.seq)
        told = compare(link, near)
        breaks += told
        if link.seq in near:
            continue
        row = (outbox, link.seq, link.hash, link.prev, link.day)
        connection.execute(
            "INSERT INTO links (outbox, seq, hash, prev, day) VALUES (?,?,?,?,?)", row
        )
        count = counts.setdefault(link.day, [0, 0, 0])
        for place, more in enumerate((1, int(link.is_signed), len(told))):
            count[place] += more
    connection.executemany(_COUNT, [(outbox, day, *count) for day, count in counts.items()])
    if kept:
        for day, found in numbers.items():
            key = RangeKey(KEPT, sender.plant, sender.gateway, f"{sender.outbox}/{day}")
            for added in ranges(found):
                add_range(connection, key, added)
    return breaks


def _around(outbox: int, seq: int) -> tuple[int, int, int]:
    return outbox, seq - 1, seq + 1


def compare(link: Link, near: Mapping[int, tuple[bytes, bytes]]) -> list[Break]:
    """How a pack fits itself if it came before, and its neighbours: number -> (hash, prev).

    An agent from before chains names none; a chained pack before or after one that does tells.
    """
    seq = link.seq
    if seq in near:
        same = near[seq][0] == link.hash
        return [] if same else [Break(seq, f"pack {seq} came again with other content")]
    found = []
    before, after = near.get(seq - 1), near.get(seq + 1)
    if before is not None and before[0] != link.prev and (link.prev or before[1]):
        found.append(Break(seq, f"pack {seq} does not follow the pack {seq - 1} that came"))
    if after is not None and after[1] != link.hash and (after[1] or link.prev):
        found.append(Break(seq + 1, f"pack {seq + 1} does not follow the pack {seq} that came"))
    return found


def _parted(part: str) -> tuple[str, int]:
    outbox, _, day = part.rpartition("/")
    return outbox, int(day)
