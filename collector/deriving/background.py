"""The thread that derives, beside the one that commits: a flood is derived in large pieces."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

from collector.alarms import Watch
from collector.deriving.derive import Deriver
from collector.deriving.performance import Performance
from collector.deriving.settling import Changed
from collector.intake.ingest import Clock
from collector.lease import Lease
from collector.stats import Stats
from plant.errors import StoreError

_log = logging.getLogger(__name__)
# Between two derivations, so that what comes in is not held up: twice as long as the last one took.
PAUSE_S, LONGEST_PAUSE_S = 1.0, 5.0
RETRY_S = 30.0
PERFORMANCE_EVERY_MS = 60_000
SHARED_LOOK_S = 2.0  # at what the others touched, and whether the one that derives is gone


class Background:
    """Derives whenever something was touched; `tell` hears which plants changed."""

    def __init__(
        self,
        deriver: Deriver,
        performances: Iterable[Performance],
        watches: Iterable[Watch] = (),
        *,
        stats: Stats,
        clock: Clock,
        tell: Callable[[str, int | None], None],
        lease: Lease | None = None,
    ) -> None:
        """lease: of collectors that share, the one that holds it derives.

        tell: of a plant, and from when on its consumption was derived anew, if it was.
        """
        self._deriver = deriver
        self._stats = stats
        self._clock = clock
        self._tell = tell
        self._lease = lease
        self._performances = [_Due(one) for one in performances]
        self._watches = list(watches)
        self._touched = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="derive", daemon=True)

    def start(self) -> None:
        """Begin, with what the last run left."""
        self._touched.set()
        self._thread.start()

    def touch(self) -> None:
        """Something was committed."""
        self._touched.set()

    def stop(self, within_s: float) -> bool:
        """End after the derivation that is running; whether it did. The ledger knows the rest."""
        self._stopping.set()
        self._touched.set()
        self._thread.join(within_s)
        if self._thread.is_alive():
            return False
        if self._lease:
            self._lease.release()
        return True

    def _run(self) -> None:
        is_renewed = False
        wait_s = SHARED_LOOK_S if self._lease else PERFORMANCE_EVERY_MS / 1000
        while not self._stopping.is_set():
            began_s, pause_s = time.monotonic(), None
            try:
                if self._lease is None or self._lease.take():
                    if not is_renewed:
                        self._deriver.renew()
                        is_renewed = True
                        _log.info("derive=begun")
                    self._step()
            except StoreError as error:
                _log.error("derive=failed again_in_s=%d reason=%r", RETRY_S, str(error))
                pause_s = RETRY_S
                self._touched.set()
            except Exception:  # whatever it was, what came in is stored, and derived later
                _log.exception("derive=failed again_in_s=%d", RETRY_S)
                pause_s = RETRY_S
                self._touched.set()
            took_s = time.monotonic() - began_s
            self._stopping.wait(pause_s or min(max(PAUSE_S, 2 * took_s), LONGEST_PAUSE_S))
            self._touched.wait(wait_s)
            self._touched.clear()

    def _step(self) -> None:
        changed = self._deriver.step()
        for plant, (rows, from_ms) in changed.items():
            self._stats.derived_rows += rows
            if rows:
                self._tell(plant, from_ms)
        self._stats.slots_waiting = self._deriver.waiting()
        now_ms = self._clock()
        for due in self._performances:
            due.note(changed[due.plant])
            if not self._stats.slots_waiting and due.update(now_ms):
                self._tell(due.plant, None)
        for watch in self._watches:
            if watch.update(now_ms):
                self._tell(watch.plant.id, None)


class _Due:
    """Performance rows of a plant, brought up to date now and then rather than all the time."""

    def __init__(self, performance: Performance) -> None:
        self.plant = performance.plant.id
        self._performance = performance
        self._changed_ms: int | None = None
        self._updated_ms: int | None = None

    def note(self, changed: Changed) -> None:
        """Consumption was derived anew."""
        known = [at for at in (self._changed_ms, changed.from_ms) if at is not None]
        self._changed_ms = min(known, default=None)

    def update(self, now_ms: int) -> bool:
        """Write what changed, when it is due; returns whether anything was written."""
        if self._updated_ms is not None and now_ms - self._updated_ms < PERFORMANCE_EVERY_MS:
            return False
        written = self._performance.update(self._changed_ms, now_ms)
        self._changed_ms, self._updated_ms = None, now_ms
        return written > 0
