"""What collectors that share our work have stored, so that our pages show it as well."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence

from collector.intake.ingest import Change, Clock
from collector.store import Store
from plant.errors import StoreError

_log = logging.getLogger(__name__)
LOOK_S = 3.0
DERIVED_EVERY = 20  # looks; derived rows change by the minute


class Neighbours:
    """A thread that reads the newest values of each plant now and then, and tells of them."""

    def __init__(
        self,
        plants: Iterable[str],
        store: Store,
        *,
        clock: Clock,
        tell: Callable[[Sequence[Change]], None],
    ) -> None:
        self._plants = list(plants)
        self._store = store
        self._clock = clock
        self._tell = tell
        self._looks = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="neighbours", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, within_s: float) -> bool:
        """End; whether it did in time."""
        self._stopping.set()
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def look(self) -> None:
        """Tell of what is newest now."""
        derived = self._looks % DERIVED_EVERY == 0
        self._looks += 1
        for plant in self._plants:
            latest = self._store.latest(plant)
            from_ms = 0 if derived else None  # nobody says which rows they derived anew
            self._tell([Change(plant, self._clock(), latest, derived=derived, from_ms=from_ms)])

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            try:
                self.look()
            except StoreError as error:
                _log.warning("neighbours=unseen reason=%r", str(error))
