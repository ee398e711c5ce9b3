"""Whether the number of a pack may be remembered: what one gateway can make the ledger hold.

A pack that may not is neither stored nor answered: it stays on its gateway, which sends it again.
docs/decisions/bounded-ledger.md tells why, and where the bounds come from.
"""

from __future__ import annotations

from collector.intake.batch import Batch
from collector.intake.checks import Identity
from collector.ledger import PlantEvent, Sender
from collector.ledger.outboxes import Outboxes
from collector.stats import Stats
from plant.calendar import DAY_MS
from plant.reading import GATEWAY, Event
from plant.thinned import OUTBOX_POINT

MOST_NEW = 100  # outboxes of a gateway in one day of receipt; one for each time that a disk broke
MOST_RANGES = 20_000  # of numbers seen of an outbox; a few, unless packs were given up one by one


class Admission:
    """Looks at numbers before anything is stored; call it from one thread."""

    def __init__(self, outboxes: Outboxes, stats: Stats) -> None:
        self._outboxes = outboxes
        self._stats = stats
        self._last: dict[Sender, int] = {}
        self._begun: dict[tuple[str, str], tuple[int, set[Sender]]] = {}

    def admits(
        self, identity: Identity, received_ms: int, batch: Batch, *, is_stranger: bool
    ) -> bool:
        """Whether a pack may come in; where not, that is counted, and told once a day.

        is_stranger: its gateway is not in the plant file; all such share one bound.
        """
        why = self._refusal(identity, received_ms // DAY_MS, is_stranger)
        if why is None:
            self._last[identity.sender] = identity.seq
            return True
        self._refuse(why, identity, received_ms, batch=batch if not is_stranger else None)
        return False

    def admits_replaced(
        self, identity: Identity, spans: int, received_ms: int, *, batch: Batch
    ) -> bool:
        """Whether there is room for ranges of numbers that a pack stands in for."""
        if spans <= 1 or self._outboxes.count(identity.sender) + spans <= MOST_RANGES:
            return True
        why = f"outbox {identity.sender.outbox} has too many gaps"
        self._refuse(why, identity, received_ms, batch=batch)
        return False

    def _refuse(
        self, why: str, identity: Identity, received_ms: int, *, batch: Batch | None
    ) -> None:
        self._stats.aside["outboxes"] += 1
        if batch is not None:
            plant, gateway, _ = identity.sender
            at_ms = received_ms // DAY_MS * DAY_MS
            told = Event(GATEWAY, OUTBOX_POINT, at_ms, OUTBOX_POINT, f"not taken in: {why}")
            batch.events.append(PlantEvent(plant, gateway, told))

    def _refusal(self, identity: Identity, day: int, is_stranger: bool) -> str | None:
        sender, seq = identity
        last = self._last.get(sender)
        if last is None and not self._may_begin(sender, day, is_stranger):
            return f"{MOST_NEW} new outboxes today; packs of others wait until tomorrow (UTC)"
        is_next = last is not None and abs(seq - last) <= 1
        if not is_next and not self._outboxes.has_room(sender, seq, most=MOST_RANGES):
            return f"outbox {sender.outbox} has {MOST_RANGES} gaps; packs that fill them go first"
        return None

    def _may_begin(self, sender: Sender, day: int, is_stranger: bool) -> bool:
        whose = (sender.plant, "" if is_stranger else sender.gateway)
        known_day, begun = self._begun.get(whose, (-1, set()))
        if known_day != day:
            begun = set() if is_stranger else self._outboxes.begun(*whose, day=day)
            self._begun[whose] = (day, begun)
        if sender in begun or self._outboxes.knows(sender):
            return True
        if len(begun) >= MOST_NEW:
            return False
        begun.add(sender)
        return True
