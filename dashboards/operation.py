"""How the collector does, for those who watch over it: checks for ``/healthz``, ``/metrics``."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel

from collector.intake.ingest import Clock
from collector.ledger import Ledger
from collector.service import Collector
from collector.stats import Stats
from plant.description import Plant
from plant.errors import StoreError

LEAST_FREE = 100 * 2**20  # bytes: below, a commit may soon find no room
PROBE_MS = 10_000  # the ledger is written to no more often to see whether it can be


class Checks(BaseModel):
    """What must be so for the collector to do its work; None where it does not apply."""

    broker: bool | None
    store: bool
    disk: bool


class Health(BaseModel):
    """Whether the collector does its work, and what that was judged on."""

    status: str  # ok, failing
    checks: Checks
    last_commit_age_s: float | None
    disk_free_bytes: int


class Vitals(NamedTuple):
    """What a collector shows of itself."""

    plants: Mapping[str, Plant]
    ledger: Ledger
    stats: Stats
    clock: Clock
    has_broker: bool
    lost_ms: int | None


class Operation:
    """Watches one collector."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._probed_ms: int | None = None
        self._is_writable = True

    @property
    def vitals(self) -> Vitals:
        """How it is now."""
        seen = self._collector
        return Vitals(
            seen.plants, seen.ledger, seen.stats, seen.clock, seen.has_broker, seen.lost_ms
        )

    def health(self) -> Health:
        """The checks, and what they were made on; may touch the disk."""
        seen = self.vitals
        free = _free_bytes(seen.ledger.path)
        checks = Checks(
            broker=seen.lost_ms is None if seen.has_broker else None,
            store=self._is_writable_now(seen) and not seen.stats.is_refused,
            disk=free >= LEAST_FREE,
        )
        committed_ms = seen.stats.last_commit_ms
        is_well = checks.broker is not False and checks.store and checks.disk
        return Health(
            status="ok" if is_well else "failing",
            checks=checks,
            last_commit_age_s=None
            if committed_ms is None
            else (seen.clock() - committed_ms) / 1000,
            disk_free_bytes=free,
        )

    def _is_writable_now(self, seen: Vitals) -> bool:
        now_ms = seen.clock()
        if self._probed_ms is None or now_ms - self._probed_ms >= PROBE_MS:
            self._probed_ms = now_ms
            try:
                seen.ledger.probe()
                self._is_writable = True
            except StoreError:
                self._is_writable = False
        return self._is_writable


def _free_bytes(file: Path) -> int:
    try:
        return shutil.disk_usage(file.parent).free
    except OSError:
        return 0
