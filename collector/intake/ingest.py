"""From messages to rows: check, commit store and journal, and only then say `stored`.

The store commits before the journal, the journal before the answer. Whatever dies in between,
the gateway sends the pack again, and both are idempotent.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from collector.custody.archive import Archive
from collector.custody.keeper import Keeper
from collector.intake.admission import Admission
from collector.intake.batch import Batch
from collector.intake.checks import (
    FUTURE_MS,
    SIGNATURE,
    UNKNOWN,
    Identity,
    Message,
    Refused,
    Roster,
    check,
    check_sender,
)
from collector.intake.checks import identify as identify_pack
from collector.ledger import Aside, Intake, Ledger, Sender
from collector.ledger.ranges import Range
from collector.stats import Stats
from collector.store import Latest, Series, Store
from collector.store.protocol import samples, without
from plant.calendar import DAY_MS, SLOT_MS
from plant.errors import WireError
from plant.wire import OUTBOX, SEQ, WINDOW, Status, Stored, Topic, parse_topic, ranges

_log = logging.getLogger(__name__)
GREETED = 4  # outboxes of each gateway; it has one, and one before it
READMIT_PACKS = 200  # in one commit
Clock = Callable[[], int]  # UTC milliseconds


class Answer(NamedTuple):
    """What is said to a gateway after a commit."""

    topic: Topic
    stored: Stored


@dataclass(frozen=True, slots=True)
class Change:
    """What a commit changed at a plant: its newest readings, or a gateway's status.

    derived: what was computed from readings or entered by people changed; from_ms: from when on
    consumption was derived anew, if it was. Nothing of it where the line to the broker went down
    or came back.
    """

    plant: str
    time_ms: int
    latest: Mapping[Series, Latest] = field(default_factory=dict)
    status_of: str | None = None
    derived: bool = False
    from_ms: int | None = None


class Ingest:
    """Takes messages in; every method is called from one thread."""

    def __init__(
        self,
        rosters: Mapping[str, Roster],
        store: Store,
        *,
        ledger: Ledger,
        stats: Stats,
        clock: Clock,
        archive: Archive | None = None,
        future_ms: int = FUTURE_MS,
    ) -> None:
        self._rosters = rosters
        self._store = store
        self._ledger = ledger
        self._stats = stats
        self._clock = clock
        self._keeper = Keeper(ledger, archive)
        self._admission = Admission(ledger.outboxes, stats)
        self._future_ms = future_ms

    def commit(self, messages: Sequence[Message]) -> tuple[list[Answer], list[Change]]:
        """Commit packs and statuses; returns what to say and what changed.

        StoreError when nothing could be committed: hold the messages and try again.
        """
        batch = Batch()
        statuses: list[tuple[Topic, Status, int]] = []
        for message in messages:
            self._sort(message, batch, statuses=statuses)
        return self._commit(batch, statuses, packs=len(messages) - len(statuses))

    def commit_archived(self, messages: Sequence[Message], hashes: Iterable[str]) -> None:
        """Commit packs that lie in the archive, and need not be put there again."""
        self._keeper.assume(hashes)
        self.commit(messages)

    def set_aside(self, message: Message, why: Refused) -> tuple[list[Answer], list[Change]]:
        """Put a pack into quarantine that no check had refused."""
        batch = Batch()
        try:
            topic = parse_topic(message.topic)
            identity = identify_pack(message, topic)
        except WireError:
            return [], []
        batch.refuse(message, topic, identity=identity, why=why)
        return self._commit(batch, [], packs=1)

    def readmit(self) -> int:
        """Store packs that the plant file did not know when they came, but knows now."""
        count = 0
        for plant in self._rosters:
            packs = self._ledger.journal.set_aside_as(plant, (UNKNOWN, SIGNATURE))
            for start in range(0, len(packs), READMIT_PACKS):
                count += self._readmit(plant, packs[start : start + READMIT_PACKS])
        if count:
            _log.info("quarantine=readmitted packs=%d", count)
        return count

    def _readmit(self, plant: str, packs: Sequence[Aside]) -> int:
        batch, released = Batch(), []
        roster = self._rosters[plant]
        for pack in packs:
            topic = Topic(plant, pack.gateway, "readings")
            message = Message(str(topic), pack.payload, _properties(pack), pack.received_ms)
            try:
                identity = identify_pack(message, topic)
                accepted = check(message, topic, roster=roster, future_ms=self._future_ms)
                batch.add(identity, accepted, message=message)
            except Refused:
                continue
            released.append(pack)
        if released:
            self._commit(batch, [], packs=0)
            self._ledger.journal.release(released)
        return len(released)

    def greeting(self) -> list[Answer]:
        """The last numbers seen of the newest outboxes, said again after the line was down.

        A gateway that missed an answer frees those packs, and sends the others it waits for.
        """
        now_ms, answers = self._clock(), []
        for plant in self._rosters:
            greeted = self._ledger.outboxes.newest(plant, GREETED)
            for box in self._ledger.journal.completeness(plant):
                if (plant, box.gateway, box.outbox) in greeted:
                    sender = Sender(plant, box.gateway, box.outbox)
                    last = range(max(box.latest[0], box.last - WINDOW), box.last + 1)
                    packs = self._keeper.told(sender, last)
                    numbers = ranges(seq for seq, _ in packs)
                    stored = Stored(box.outbox, numbers, [], now_ms, packs)
                    answers.append(Answer(Topic(plant, box.gateway, "stored"), stored))
        return answers

    def _commit(
        self, batch: Batch, statuses: Sequence[tuple[Topic, Status, int]], *, packs: int
    ) -> tuple[list[Answer], list[Change]]:
        changes = self._commit_packs(batch)
        for topic, status, received_ms in statuses:
            self._ledger.journal.set_status(
                topic.plant, topic.gateway, status=status, received_ms=received_ms
            )
            changes.append(Change(topic.plant, received_ms, status_of=topic.gateway))
        self._count(batch, packs)
        return self._answers(batch), changes

    def _sort(
        self, message: Message, batch: Batch, *, statuses: list[tuple[Topic, Status, int]]
    ) -> None:
        identity: Identity | None = None
        try:
            topic = parse_topic(message.topic)
            roster = self._rosters[topic.plant]
            check_sender(message, topic, roster)
            if topic.leaf == "status":
                if message.payload:  # an empty one clears what the broker retained
                    statuses.append((topic, Status.decode(message.payload), message.received_ms))
                return
        except (WireError, KeyError) as error:
            self._stats.aside["stray"] += 1
            _log.warning("message=ignored topic=%r reason=%r", message.topic[:120], str(error))
            return
        try:
            identity = identify_pack(message, topic)
            is_stranger = topic.gateway not in roster.points
            if not self._admission.admits(
                identity, message.received_ms, batch, is_stranger=is_stranger
            ):
                return
            accepted = check(message, topic, roster=roster, future_ms=self._future_ms)
            if not self._admission.admits_replaced(
                identity, len(accepted.replaced), message.received_ms, batch=batch
            ):
                return
        except Refused as why:
            batch.refuse(message, topic, identity=identity, why=why)
            _log.warning("pack=aside from=%s reason=%r", topic, str(why))
        else:
            batch.add(identity, accepted, message=message)
            if accepted.config is not None:
                self._stats.configs[f"{topic.plant}/{topic.gateway}"] = accepted.config

    def _commit_packs(self, batch: Batch) -> list[Change]:
        began_ms = self._clock()
        rows = {s: samples(batch.times[s], batch.values[s]) for s in sorted(batch.times)}
        contradicted = self._store.add(rows) if rows else {}
        for series, standing in contradicted.items():
            batch.contradict(series, standing)
        numbers = {sender: list(seqs) for sender, seqs in batch.stored.items()}
        for sender, refused in batch.refused.items():
            numbers.setdefault(sender, []).extend(seq for seq, _ in refused)
        if not (numbers or batch.aside or batch.events):
            return []
        slotted = frozenset[Series]().union(*(r.slotted for r in self._rosters.values()))
        touched = {
            (series.plant, series.tags[0]): np.unique(found.times_ms // SLOT_MS).tolist()
            for series, found in rows.items()
            if series in slotted
        }
        links = self._keeper.keep(batch.records)
        intake = Intake(
            numbers, batch.aside, batch.events, touched, batch.replaced,
            links=links, kept=self._keeper.archives, day=began_ms // DAY_MS,
        )  # fmt: skip
        repeated = self._ledger.journal.record(intake)
        self._keeper.settle()
        self._count_stored(batch, repeated)
        now_ms = self._clock()
        self._keeper.tidy(now_ms)
        self._stats.last_commit_ms, self._stats.commit_ms = now_ms, now_ms - began_ms
        if rows:
            self._stats.lag_ms = now_ms - max(int(f.times_ms.max()) for f in rows.values())
        latest: dict[str, dict[Series, Latest]] = {sender.plant: {} for sender in numbers}
        for series, every in rows.items():
            found = without(every, contradicted[series]) if series in contradicted else every
            newest = int(found.times_ms.argmax())
            told = Latest(int(found.times_ms[newest]), float(found.values[newest]), 0)
            latest[series.plant][series] = told
        return [Change(plant, now_ms, told) for plant, told in latest.items()]

    def _count_stored(self, batch: Batch, repeated: Mapping[Sender, Sequence[Range]]) -> None:
        """Count each pack once, however often it was sent."""
        new = [
            size
            for (sender, seq), size in batch.sizes.items()
            if not any(first <= seq <= last for first, last in repeated[sender])
        ]
        self._stats.readings_in += sum(batch.sizes.values())
        self._stats.stored_packs += len(new)
        self._stats.readings += sum(new)
        self._stats.duplicates += sum(map(len, batch.stored.values())) - len(new)

    def _count(self, batch: Batch, packs: int) -> None:
        stats = self._stats
        stats.packs += packs
        stats.events += len(batch.events)
        stats.aside.update(pack.kind for pack in batch.aside)
        stats.commits += 1

    def _answers(self, batch: Batch) -> list[Answer]:
        now_ms = self._clock()
        return [
            Answer(
                Topic(sender.plant, sender.gateway, "stored"),
                Stored(
                    sender.outbox,
                    ranges(batch.stored.get(sender, ())),
                    batch.refused.get(sender, []),
                    now_ms,
                    list(dict.fromkeys(batch.told[sender])),
                ),
            )
            for sender in dict.fromkeys([*batch.stored, *batch.refused])
        ]


def _properties(pack: Aside) -> dict[str, str]:
    said: dict[str, str] = json.loads(pack.said)
    return said | {OUTBOX: str(pack.outbox), SEQ: str(pack.seq)}
