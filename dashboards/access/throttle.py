"""A limit on guessing: so many failures in so long, for each account and each address."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

WINDOW_MS = 15 * 60_000
MOST_KEYS = 10_000


class Throttle:
    """Counts failures by key, forgets them after the window, and forgets the oldest keys first."""

    def __init__(self, most: int, clock: Callable[[], int], *, window_ms: int = WINDOW_MS) -> None:
        """most: failures in a window. clock: milliseconds."""
        self._most = most
        self._clock = clock
        self._window_ms = window_ms
        self._failures: OrderedDict[str, list[int]] = OrderedDict()

    def wait_ms(self, key: str) -> int:
        """How long until another attempt is allowed; 0 when it is."""
        recent = self._recent(key)
        return 0 if len(recent) < self._most else recent[0] + self._window_ms - self._clock()

    def fail(self, key: str) -> None:
        """Count a failure."""
        self._failures[key] = [*self._recent(key)[-self._most + 1 :], self._clock()]
        self._failures.move_to_end(key)
        while len(self._failures) > MOST_KEYS:
            self._failures.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Forget the failures of a key."""
        self._failures.pop(key, None)

    def _recent(self, key: str) -> list[int]:
        since_ms = self._clock() - self._window_ms
        return [at for at in self._failures.get(key, []) if at > since_ms]
