"""The thread that derives, beside the one that commits: a flood is derived in large pieces."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from collector.derive import Deriver
from collector.stats import Stats
from plant.errors import CleanlineError

_log = logging.getLogger(__name__)
PAUSE_S = 1.0  # between two derivations, so that what comes in is not held up
RETRY_S = 30.0


class Background:
    """Derives whenever something was touched; `tell` hears which plants changed."""

    def __init__(self, deriver: Deriver, stats: Stats, *, tell: Callable[[str], None]) -> None:
        self._deriver = deriver
        self._stats = stats
        self._tell = tell
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

    def stop(self) -> None:
        """End after the derivation that is running; the ledger knows what is left."""
        self._stopping.set()
        self._touched.set()
        self._thread.join()

    def _run(self) -> None:
        is_renewed = False
        while not self._stopping.is_set():
            self._touched.wait()
            self._touched.clear()
            pause_s = PAUSE_S
            try:
                if not is_renewed:
                    self._deriver.renew()
                    is_renewed = True
                self._step()
            except CleanlineError as error:
                _log.error("derive=failed reason=%r", str(error))
                pause_s = RETRY_S
                self._touched.set()
            except Exception:
                _log.exception("derive=failed")
                pause_s = RETRY_S
                self._touched.set()
            self._stopping.wait(pause_s)

    def _step(self) -> None:
        for plant, rows in self._deriver.step().items():
            self._stats.derived_rows += rows
            if rows:
                self._tell(plant)
        self._stats.slots_waiting = self._deriver.waiting()
