"""The collector as one object: broker line, ingest, derivation, and who is told of changes."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from collector.alarms import Watch
from collector.custody.archive import Archive
from collector.deriving.background import Background
from collector.deriving.derive import Deriver
from collector.deriving.performance import Performance
from collector.entries.entry_line import EntryLine, is_entry
from collector.intake.checks import Message, Roster
from collector.intake.ingest import Answer, Change, Clock, Ingest
from collector.intake.mqtt import Link, share_group
from collector.intake.refill import Refill
from collector.intake.worker import Worker
from collector.lease import Lease
from collector.ledger import Ledger
from collector.neighbours import Neighbours
from collector.options import now_ms
from collector.stats import Stats
from collector.store import Store
from collector.store.yielding import Precedence, Yielding
from plant.broker import BrokerAddress
from plant.description import Plant

_log = logging.getLogger(__name__)
STOP_S = 2.0  # for what has come to be committed
Listener = Callable[[Change], None]


class Collector:
    """Runs the chain from broker to store until it is stopped."""

    def __init__(
        self,
        plants: Mapping[str, Plant],
        store: Store,
        *,
        ledger: Ledger,
        broker: BrokerAddress | None,
        clock: Clock = now_ms,
        derives: Lease | None = None,
        archive: Archive | None = None,
    ) -> None:
        """broker: None where no plant has a gateway.
        archive: where accepted packs are kept as they came; None keeps none of them.
        derives: given to collectors that share; the one that holds it derives for all.
        """
        self.plants = plants
        self.store = store
        self.ledger = ledger
        self.stats = Stats()
        self.clock = clock
        rosters = {name: Roster.of(plant) for name, plant in plants.items()}
        ingest = Ingest(
            rosters, store, ledger=ledger, stats=self.stats, clock=clock, archive=archive
        )
        self._ingest = ingest
        precedence = Precedence()
        refill = archive and Refill(rosters, store, ledger=ledger, archive=archive, ingest=ingest)
        self._worker = Worker(
            ingest,
            self.stats,
            tell=self._tell,
            precedence=precedence,
            begin=refill.run if refill else None,
        )
        self._background = self._behind(Yielding(store, precedence), derives)
        self._entries = EntryLine(plants, ledger)
        self._link = broker and Link(
            broker,
            plants,
            receive=self._receive,
            greet=ingest.greeting,
            clock=clock,
            tell=self._tell_line,
            group=share_group(derives.path.parent) if derives else None,
        )
        self._neighbours = (
            Neighbours(plants, store, clock=clock, tell=self._notify) if derives else None
        )
        self._listeners: list[Listener] = []
        self._lock = threading.Lock()

    def _behind(self, store: Store, lease: Lease | None) -> Background:
        """What is computed of what was stored."""
        plants, ledger = self.plants.values(), self.ledger
        return Background(
            Deriver(plants, store, ledger=ledger),
            [Performance(plant, store, ledger=ledger) for plant in plants],
            [Watch(plant, store, ledger=ledger) for plant in plants],
            stats=self.stats,
            clock=self.clock,
            tell=self._tell_derived,
            lease=lease,
        )

    @property
    def connected(self) -> bool:
        """Whether the broker sends what the collector asked for."""
        return self.lost_ms is None

    @property
    def has_broker(self) -> bool:
        """Whether there is a broker to hear from."""
        return self._link is not None

    @property
    def lost_ms(self) -> int | None:
        """Since when the broker sends nothing [UTC ms]; None while it does, or none is needed."""
        return self._link.lost_ms if self._link else None

    def counts(self) -> dict[str, Any]:
        """What was counted since the start, as plain values."""
        return {**self.stats.as_json(), "connected": self.connected}

    def start(self) -> None:
        """Begin to take packs in."""
        self._ingest.readmit()
        self._worker.start()
        self._background.start()
        if self._neighbours:
            self._neighbours.start()
        if self._link:
            self._link.open()

    def stop(self, within_s: float = STOP_S) -> None:
        """Take no more, commit what has come, close store and ledger.

        A thread that hangs in a dead store is left to end with the process: what it holds was
        never said to be stored, and the gateways send it again.
        """
        until_s = time.monotonic() + within_s

        def left_s() -> float:
            return max(0.0, until_s - time.monotonic())

        ended = [self._worker.stop(left_s())]
        if self._link:
            self._link.close()
        ended.append(self._background.stop(left_s()))
        if self._neighbours:
            ended.append(self._neighbours.stop(left_s()))
        if not all(ended):
            _log.warning("stop=forced reason=%r", "the store does not answer")
            return
        self.store.close()
        self.ledger.close()

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` after each commit, in the thread that commits; returns how to end it.

        A listener hands over and returns: while it runs, nothing is committed.
        """
        with self._lock:
            self._listeners = [*self._listeners, listener]

        def end() -> None:
            with self._lock:
                self._listeners = [one for one in self._listeners if one is not listener]

        return end

    def _receive(self, message: Message) -> None:
        """Amounts are rare and go into the ledger at once; everything else is queued."""
        if not is_entry(message):
            self._worker.take(message)
            return
        reply = self._entries.take(message)
        if reply is None:
            return
        if self._link:
            self._link.publish(reply.topic, reply.payload)
        if reply.changed:
            self._background.touch()
            self._tell_derived(reply.topic.plant)

    def _tell(self, answers: Sequence[Answer], changes: Sequence[Change]) -> None:
        if self._link:
            self._link.say(answers)
        self._notify(changes)
        self._background.touch()

    def _tell_line(self) -> None:
        """The line to the broker went down or came back: nothing was stored."""
        self._notify([Change(plant, self.clock()) for plant in self.plants])

    def _tell_derived(self, plant: str, from_ms: int | None = None) -> None:
        self._notify([Change(plant, self.clock(), derived=True, from_ms=from_ms)])

    def _notify(self, changes: Sequence[Change]) -> None:
        for change in changes:
            for listener in self._listeners:
                try:
                    listener(change)
                except Exception:
                    _log.exception("listener=failed plant=%s", change.plant)
