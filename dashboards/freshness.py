"""When something kept must be computed again: soon after it changed, now and then in any case."""

from __future__ import annotations

CHANGED_MS = 10_000
UNCHANGED_MS = 120_000  # plans and amounts may come from another process, which tells nobody


class Freshness:
    """Says when the time has come; nothing is fresh at first."""

    def __init__(self, changed_ms: int = CHANGED_MS, unchanged_ms: int = UNCHANGED_MS) -> None:
        self._changed_ms = changed_ms
        self._unchanged_ms = unchanged_ms
        self._computed_ms: int | None = None
        self._has_changed = False

    def mark(self) -> None:
        """Note that what it was computed from changed."""
        self._has_changed = True

    def is_due(self, time_ms: int) -> bool:
        """Whether to compute again; if so, it counts as done."""
        limit_ms = self._changed_ms if self._has_changed else self._unchanged_ms
        if self._computed_ms is not None and time_ms - self._computed_ms < limit_ms:
            return False
        self._computed_ms = time_ms
        self._has_changed = False
        return True
