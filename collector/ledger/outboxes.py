"""Which outboxes there are, and since which day of receipt."""

from __future__ import annotations

import sqlite3

from collector.database import Database
from collector.ledger.ranges import SEEN, RangeKey, near_ranges
from collector.ledger.senders import Sender

_BEGIN = "INSERT OR IGNORE INTO outboxes (plant, gateway, outbox, began_day) VALUES (?, ?, ?, ?)"
_ID = "SELECT id FROM outboxes WHERE plant = ? AND gateway = ? AND outbox = ?"
_COUNT = "SELECT count(*) FROM ranges WHERE kind = ? AND plant = ? AND name = ? AND part = ?"


class Outboxes:
    """The ledger's table of outboxes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def knows(self, sender: Sender) -> bool:
        """Whether a pack of it was ever taken in or set aside."""
        with self._database.reading() as connection:
            return connection.execute(_ID, sender).fetchone() is not None

    def begun(self, plant: str, gateway: str, *, day: int) -> set[Sender]:
        """The outboxes of a gateway that were first heard on a day, counted from 1970 in UTC."""
        query = "SELECT outbox FROM outboxes WHERE plant = ? AND gateway = ? AND began_day = ?"
        with self._database.reading() as connection:
            rows = connection.execute(query, (plant, gateway, day)).fetchall()
        return {Sender(plant, gateway, outbox) for (outbox,) in rows}

    def newest(self, plant: str, of_each: int) -> set[Sender]:
        """The outboxes of a plant's gateways that were begun last, so many of each."""
        query = (
            "SELECT gateway, outbox FROM (SELECT gateway, outbox, row_number() OVER "
            "(PARTITION BY gateway ORDER BY id DESC) AS place FROM outboxes WHERE plant = ?) "
            "WHERE place <= ?"
        )
        with self._database.reading() as connection:
            rows = connection.execute(query, (plant, of_each)).fetchall()
        return {Sender(plant, *row) for row in rows}

    def has_seen(self, sender: Sender, seq: int) -> bool:
        """Whether a number of an outbox came, or another pack stands in for it."""
        with self._database.reading() as connection:
            near = near_ranges(connection, RangeKey(SEEN, *sender), (seq, seq))
        return any(first <= seq <= last for first, last in near)

    def has_room(self, sender: Sender, seq: int, *, most: int) -> bool:
        """Whether a number lies in or beside what was seen, or another range may be kept."""
        with self._database.reading() as connection:
            if near_ranges(connection, RangeKey(SEEN, *sender), (seq, seq)):
                return True
        return self.count(sender) < most

    def count(self, sender: Sender) -> int:
        """How many ranges of its numbers were seen."""
        with self._database.reading() as connection:
            (count,) = connection.execute(_COUNT, RangeKey(SEEN, *sender)).fetchone()
        return int(count)


def begin_outbox(connection: sqlite3.Connection, sender: Sender, day: int) -> None:
    """Enter an outbox, if it is new."""
    connection.execute(_BEGIN, (*sender, day))


def outbox_id(connection: sqlite3.Connection, sender: Sender) -> int:
    """The key of an outbox that was entered."""
    return int(connection.execute(_ID, sender).fetchone()[0])
