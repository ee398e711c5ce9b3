"""Sets of whole numbers, kept as the fewest ranges; safe under several writers."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

_BACKWARD = """
SELECT first, last FROM ranges
WHERE kind = ? AND plant = ? AND name = ? AND part = ? AND first <= ?
ORDER BY first DESC
"""
# Kinds of sets: packs seen, those of them that were set aside, lie in the archive or lay there;
# slots that await derivation, or are being derived.
SEEN, ASIDE, KEPT, LET_GO = "seen", "aside", "kept", "let go"
TOUCHED, TAKEN = "touched", "taken"
_REMOVE = """
DELETE FROM ranges
WHERE kind = ? AND plant = ? AND name = ? AND part = ? AND first >= ? AND first <= ?
"""
_INSERT = "INSERT INTO ranges (kind, plant, name, part, first, last) VALUES (?, ?, ?, ?, ?, ?)"


class RangeKey(NamedTuple):
    """Which set: packs seen from an outbox, or slots of a meter that await derivation."""

    kind: str
    plant: str
    name: str
    part: str = ""


Range = tuple[int, int]  # both ends included


def add_range(connection: sqlite3.Connection, key: RangeKey, added: Range) -> list[Range]:
    """Put a range into a set; returns those ranges of it that were there before."""
    first, last = added
    near = near_ranges(connection, key, added)
    if any(a <= first and last <= b for a, b in near):
        return [added]
    if near:
        connection.execute(_REMOVE, (*key, near[0][0], near[-1][0]))
    whole = (min([first, *(a for a, _ in near)]), max([last, *(b for _, b in near)]))
    connection.execute(_INSERT, (*key, *whole))
    return [(max(a, first), min(b, last)) for a, b in near if max(a, first) <= min(b, last)]


def near_ranges(connection: sqlite3.Connection, key: RangeKey, added: Range) -> list[Range]:
    """The ranges of a set that overlap or touch another, in order.

    Ranges are disjoint, so their ends ascend too: from the last that may, it is a few steps back.
    """
    found: list[Range] = []
    for first, last in connection.execute(_BACKWARD, (*key, added[1] + 1)):
        if last < added[0] - 1:
            break
        found.append((first, last))
    return found[::-1]


def all_ranges(
    connection: sqlite3.Connection, kind: str, *, plant: str
) -> dict[tuple[str, str], list[Range]]:
    """Every set of a kind at a plant: (name, part) -> its ranges in order."""
    query = "SELECT name, part, first, last FROM ranges WHERE kind = ? AND plant = ?"
    result: dict[tuple[str, str], list[Range]] = {}
    for name, part, first, last in connection.execute(query, (kind, plant)):
        result.setdefault((name, part), []).append((first, last))
    return result
