"""What came in: packs seen, packs set aside, events, statuses, slots that await derivation."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from collector.database import Database
from collector.ledger.links import Break, Link, add_links
from collector.ledger.outboxes import begin_outbox
from collector.ledger.quarantine import COLUMNS, Aside, set_aside
from collector.ledger.ranges import ASIDE, SEEN, TOUCHED, Range, RangeKey, add_range, all_ranges
from collector.ledger.senders import Sender
from plant.errors import WireError
from plant.reading import GATEWAY, Event
from plant.thinned import OUTBOX_POINT
from plant.wire import Status, ranges

BROKEN = "chain"  # kind of the event that tells where a chain does not hold
_log = logging.getLogger(__name__)


class PlantEvent(NamedTuple):
    """An event with the plant and gateway that it came from."""

    plant: str
    gateway: str
    event: Event


@dataclass(frozen=True, slots=True)
class Intake:
    """What one commit adds to the journal."""

    seen: Mapping[Sender, Sequence[int]] = field(default_factory=dict)
    aside: Sequence[Aside] = ()
    events: Sequence[PlantEvent] = ()
    touched: Mapping[tuple[str, str], Iterable[int]] = field(default_factory=dict)  # meter's slots
    replaced: Mapping[Sender, Sequence[Range]] = field(default_factory=dict)  # by what was seen
    links: Mapping[Sender, Sequence[Link]] = field(default_factory=dict)  # of what was accepted
    kept: bool = False  # what was accepted lies in the archive
    day: int = 0  # of receipt, counted from 1970 in UTC


class Completeness(NamedTuple):
    """What the collector knows of one outbox: the last range seen, and numbers never seen."""

    gateway: str
    outbox: str
    latest: Range
    never_seen: list[Range]

    @property
    def last(self) -> int:
        """The highest number seen."""
        return self.latest[1]


class Journal:
    """The ledger's tables of what came in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, intake: Intake) -> dict[Sender, list[Range]]:
        """Commit; returns which of each sender's numbers had been seen before."""
        repeated: dict[Sender, list[Range]] = {}
        with self._database.transaction() as connection:
            for sender, numbers in intake.seen.items():
                begin_outbox(connection, sender, intake.day)
                key = RangeKey(SEEN, *sender)
                repeated[sender] = [
                    seen for added in ranges(numbers) for seen in add_range(connection, key, added)
                ]
            for sender, spans in intake.replaced.items():
                for span in spans:
                    add_range(connection, RangeKey(SEEN, *sender), span)
            connection.executemany(
                "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    (p, e.time_ms, gateway, e.meter, e.point, e.kind, e.text)
                    for p, gateway, e in intake.events
                ],
            )
            for (plant, meter), slots in intake.touched.items():
                for added in ranges(slots):
                    add_range(connection, RangeKey(TOUCHED, plant, meter), added)
            for sender, links in intake.links.items():
                breaks = add_links(connection, sender, links, kept=intake.kept)
                _tell_breaks(connection, sender, breaks, at_ms=links[0].received_ms)
            for aside in intake.aside:
                if aside.outbox is not None and aside.seq is not None:
                    key = RangeKey(ASIDE, aside.plant, aside.gateway, aside.outbox)
                    add_range(connection, key, (aside.seq, aside.seq))
            if intake.aside:
                set_aside(connection, intake.aside)
        return repeated

    def completeness(self, plant: str) -> list[Completeness]:
        """What is known of each outbox; numbers count from 1."""
        with self._database.reading() as connection:
            seen = all_ranges(connection, SEEN, plant=plant)
        return [
            Completeness(gateway, outbox, found[-1], _gaps(found))
            for (gateway, outbox), found in seen.items()
        ]

    def events(
        self, plant: str, since_ms: int = 0, *, until_ms: int = 2**62, limit: int = 1000
    ) -> list[PlantEvent]:
        """Events of a plant, the newest first."""
        query = (
            "SELECT plant, gateway, meter, point, time_ms, kind, text FROM events "
            "WHERE plant = ? AND time_ms >= ? AND time_ms < ? ORDER BY time_ms DESC LIMIT ?"
        )
        with self._database.reading() as connection:
            rows = connection.execute(query, (plant, since_ms, until_ms, limit)).fetchall()
        return [PlantEvent(row[0], row[1], Event(*row[2:])) for row in rows]

    def events_of_kind(self, plant: str, kind: str) -> list[PlantEvent]:
        """Every event of one kind, the oldest first."""
        query = (
            "SELECT plant, gateway, meter, point, time_ms, kind, text FROM events "
            "WHERE plant = ? AND kind = ? ORDER BY time_ms"
        )
        with self._database.reading() as connection:
            rows = connection.execute(query, (plant, kind)).fetchall()
        return [PlantEvent(row[0], row[1], Event(*row[2:])) for row in rows]

    def event_counts(
        self, plant: str, since_ms: int, *, until_ms: int
    ) -> dict[tuple[str, str], int]:
        """How many events of each (meter, kind) a stretch of time has."""
        query = (
            "SELECT meter, kind, count(*) FROM events "
            "WHERE plant = ? AND time_ms >= ? AND time_ms < ? GROUP BY meter, kind"
        )
        with self._database.reading() as connection:
            rows = connection.execute(query, (plant, since_ms, until_ms)).fetchall()
        return {(meter, kind): int(count) for meter, kind, count in rows}

    def set_status(self, plant: str, gateway: str, *, status: Status, received_ms: int) -> None:
        """Keep the newest word of a gateway on itself."""
        query = "INSERT OR REPLACE INTO statuses VALUES (?, ?, ?, ?)"
        with self._database.transaction() as connection:
            connection.execute(query, (plant, gateway, received_ms, status.encode()))

    def statuses(self, plant: str) -> dict[str, tuple[int, Status]]:
        """Gateway -> when its newest status came [ms], and that status.

        One that this version would not take in any more is left out, as if it had not come.
        """
        query = "SELECT gateway, received_ms, payload FROM statuses WHERE plant = ?"
        with self._database.reading() as connection:
            rows = connection.execute(query, (plant,)).fetchall()
        told: dict[str, tuple[int, Status]] = {}
        for gateway, received_ms, payload in rows:
            with contextlib.suppress(WireError):
                told[gateway] = (received_ms, Status.decode(payload))
        return told

    def quarantine(self, plant: str, limit: int = 100) -> list[Aside]:
        """Packs that were set aside, the newest first."""
        query = f"SELECT {COLUMNS} FROM quarantine WHERE plant = ? ORDER BY id DESC LIMIT ?"  # noqa: S608 - a constant
        with self._database.reading() as connection:
            return [Aside(*row) for row in connection.execute(query, (plant, limit))]

    def set_aside_as(self, plant: str, kinds: tuple[str, str]) -> list[Aside]:
        """Packs that were set aside for two kinds of reason and say who they are, oldest first."""
        query = (
            f"SELECT {COLUMNS} FROM quarantine "  # noqa: S608 - a constant
            "WHERE plant = ? AND kind IN (?, ?) AND outbox IS NOT NULL ORDER BY id"
        )
        with self._database.reading() as connection:
            return [Aside(*row) for row in connection.execute(query, (plant, *kinds))]

    def release(self, packs: Iterable[Aside]) -> None:
        """Take packs out of quarantine that have been stored after all."""
        query = "DELETE FROM quarantine WHERE plant = ? AND gateway = ? AND outbox = ? AND seq = ?"
        with self._database.transaction() as connection:
            connection.executemany(query, [pack[:4] for pack in packs])

    def aside_counts(self, plant: str) -> dict[str, int]:
        """How many packs of each gateway lie in quarantine."""
        query = "SELECT gateway, count(*) FROM quarantine WHERE plant = ? GROUP BY gateway"
        with self._database.reading() as connection:
            return dict(connection.execute(query, (plant,)).fetchall())

    def evicted(self, plant: str) -> int:
        """How many packs the full quarantine had to let go."""
        query = "SELECT packs FROM evicted WHERE plant = ?"
        with self._database.reading() as connection:
            row = connection.execute(query, (plant,)).fetchone()
        return int(row[0]) if row else 0


def _tell_breaks(
    connection: sqlite3.Connection, sender: Sender, breaks: Sequence[Break], *, at_ms: int
) -> None:
    """Keep as events of the gateway where its chain does not hold."""
    plant, gateway, outbox = sender
    for seq, text in breaks:
        _log.warning("chain=broken gateway=%s/%s outbox=%s seq=%d", plant, gateway, outbox, seq)
        row = (plant, at_ms, gateway, GATEWAY, OUTBOX_POINT, BROKEN, f"{text} (outbox {outbox})")
        connection.execute("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", row)


def _gaps(found: Sequence[Range]) -> list[Range]:
    ends = [0, *(last for _, last in found)]
    return [
        (before + 1, first - 1)
        for before, (first, _) in zip(ends, found, strict=False)
        if before + 1 < first
    ]
