"""How the gateways of a plant are, as the collector last heard."""

from __future__ import annotations

from typing import NamedTuple

from collector.ledger import Completeness, Ledger
from plant.description import Plant
from plant.wire import Status


class GatewayHealth(NamedTuple):
    """One gateway: what it last said of itself, and what of its packs is known."""

    gateway: str
    status: Status | None
    received_ms: int | None  # when that status came
    same_config: bool | None  # whether it reads the same plant file; None before it said
    outboxes: list[Completeness]
    set_aside: int  # packs in quarantine

    @property
    def missing_packs(self) -> int:
        """Numbers that must exist and were never seen."""
        return sum(b - a + 1 for box in self.outboxes for a, b in box.never_seen)


def gateways(plant: Plant, ledger: Ledger) -> list[GatewayHealth]:
    """Every gateway of the plant file, whether it was ever heard or not."""
    statuses = ledger.journal.statuses(plant.id)
    boxes = ledger.journal.completeness(plant.id)
    aside = ledger.journal.aside_counts(plant.id)
    found = []
    for name in plant.gateways:
        received_ms, status = statuses.get(name, (None, None))
        same = status.config == plant.config if status and status.config else None
        mine = [box for box in boxes if box.gateway == name]
        found.append(GatewayHealth(name, status, received_ms, same, mine, aside.get(name, 0)))
    return found


def stale_after_ms(plant: Plant, every_s: float) -> int:
    """How old a value may be before it is stale; a slow meter is not between two readings."""
    return round(1000 * max(plant.alarms.stale, 3 * every_s))
