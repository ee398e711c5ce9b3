"""Keeps the alarms of one plant in step with what was stored."""

from __future__ import annotations

import logging

from collector.alarms.conditions import Condition, changes
from collector.alarms.looks import Looks
from collector.ledger import Alarm, Ledger
from collector.store import Store
from plant.description import Plant

OFTEN_MS = 15_000
SELDOM_MS = 300_000
_log = logging.getLogger(__name__)


class Watch:
    """Opens and closes alarms in the ledger; one process does so for a plant."""

    def __init__(self, plant: Plant, store: Store, *, ledger: Ledger) -> None:
        self.plant = plant
        self._ledger = ledger
        self._looks = Looks(plant, store, ledger=ledger)
        self._began_ms: int | None = None
        self._often_ms = self._seldom_ms = 0
        self._seldom: list[Condition] = []
        self._held: dict[tuple[str, str], int] = {}

    def update(self, now_ms: int) -> bool:
        """Look when it is due; returns whether an alarm was opened or closed."""
        if self._began_ms is None:
            self._began_ms = now_ms
        if 0 <= now_ms - self._often_ms < OFTEN_MS:
            return False
        self._often_ms = now_ms
        if not 0 <= now_ms - self._seldom_ms < SELDOM_MS:
            self._seldom_ms = now_ms
            self._seldom = list(self._looks.seldom(now_ms))
        found = [*self._looks.often(now_ms, began_ms=self._began_ms), *self._seldom]
        return self._enter(found, now_ms)

    def _enter(self, found: list[Condition], now_ms: int) -> bool:
        open_now = {
            (one.kind, one.subject): one.id for one in self._ledger.alarms.open(self.plant.id)
        }
        opened, closed, self._held = changes(found, set(open_now), self._held, now_ms=now_ms)
        if not opened and not closed:
            return False
        self._ledger.alarms.change(
            self.plant.id,
            opened=[_alarm(one, now_ms) for one in opened],
            closed={open_now[key]: now_ms for key in closed},
        )
        for one in opened:
            _log.warning("alarm=opened plant=%s kind=%s of=%s", self.plant.id, *one.key)
        for key in closed:
            _log.info("alarm=closed plant=%s kind=%s of=%s", self.plant.id, *key)
        return True


def _alarm(one: Condition, now_ms: int) -> Alarm:
    since_ms = now_ms if one.since_ms is None else one.since_ms
    return Alarm(0, one.kind, one.subject, since_ms, now_ms, None, one.value, one.bound, one.unit)
