"""Packs that were set aside: kept with the reason, as many as there is room for."""

from __future__ import annotations

import logging
import sqlite3
from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from typing import NamedTuple

COLUMNS = "plant, gateway, outbox, seq, received_ms, kind, reason, payload, said"
MOST_PACKS = 10_000
MOST_BYTES = 64 * 2**20
_KEEP = f"INSERT OR IGNORE INTO quarantine ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - a constant
_EVICTED = """
INSERT INTO evicted VALUES (?, 1) ON CONFLICT (plant) DO UPDATE SET packs = packs + 1
"""
_log = logging.getLogger(__name__)


class Aside(NamedTuple):
    """A pack that was not stored, kept with the reason."""

    plant: str
    gateway: str
    outbox: str | None
    seq: int | None
    received_ms: int
    kind: str
    reason: str
    payload: bytes
    said: str = "{}"  # its user properties, as JSON


class _Lying(NamedTuple):
    """A pack in quarantine."""

    key: int
    plant: str
    gateway: str
    size: int


def set_aside(connection: sqlite3.Connection, packs: Sequence[Aside]) -> None:
    """Keep packs; when there are too many, some go, and are counted."""
    connection.executemany(_KEEP, packs)
    query = "SELECT id, plant, gateway, length(payload) FROM quarantine ORDER BY id"
    surplus = _surplus(_Lying(*row) for row in connection.execute(query))
    for pack in surplus:
        connection.execute("DELETE FROM quarantine WHERE id = ?", (pack.key,))
        connection.execute(_EVICTED, (pack.plant,))
    if surplus:
        _log.warning("quarantine=full evicted=%d", len(surplus))


def _surplus(lying: Iterable[_Lying]) -> list[_Lying]:
    """What must go, the oldest first, of whichever gateway has the most: none crowds out others."""
    queues: defaultdict[tuple[str, str], deque[_Lying]] = defaultdict(deque)
    sizes: defaultdict[tuple[str, str], int] = defaultdict(int)
    for pack in lying:
        queues[pack.plant, pack.gateway].append(pack)
        sizes[pack.plant, pack.gateway] += pack.size
    count, size = sum(map(len, queues.values())), sum(sizes.values())
    gone: list[_Lying] = []
    while count > MOST_PACKS or size > MOST_BYTES:
        if size > MOST_BYTES:
            most = max(sizes, key=sizes.__getitem__)
        else:
            most = max(queues, key=lambda whose: len(queues[whose]))
        gone.append(queues[most].popleft())
        count, size = count - 1, size - gone[-1].size
        sizes[most] -= gone[-1].size
    return gone
