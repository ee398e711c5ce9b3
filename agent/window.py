"""Which packs go out next: a pure function of what was sent, what was stored, and the time.

At most 32 packs wait for ``stored``. Among those that have not gone out the newest goes first, so
that pages are live at once after an outage; history takes no more than 24 of the places. A pack
that is not answered is sent again after 30 s, doubling to 5 min.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agent.spans import Range, Spans
from plant.wire import WINDOW

HISTORY = WINDOW * 3 // 4
FIRST_S, LONGEST_S = 30.0, 300.0
# What went out this much before a pack that was answered got lost: it is sent again at once.
PASSED_OVER_S = 2.0


@dataclass(slots=True)
class _Waiting:
    sent_s: float
    tries: int = 1
    due_s: float = 0.0

    def __post_init__(self) -> None:
        self.plan()

    def plan(self) -> None:
        self.due_s = self.sent_s + min(LONGEST_S, FIRST_S * 2 ** (self.tries - 1))


class Window:
    """The state of one connection's sending."""

    def __init__(self) -> None:
        self._waiting: dict[int, _Waiting] = {}
        self._unsent = Spans()
        self._live_from = 0

    def restart(self, held: Iterable[Range]) -> None:
        """Begin again with all that the outbox holds: a new connection."""
        self._waiting.clear()
        self._unsent = Spans(held)
        if self._unsent:
            self._live_from = self._unsent.newest

    def add(self, numbers: Iterable[int]) -> None:
        """New packs lie in the outbox."""
        for number in numbers:
            self._unsent.add(number, number)

    def pick(self, now_s: float) -> list[int]:
        """The packs to send now, which then wait."""
        chosen = []
        for number, waiting in self._waiting.items():
            if waiting.due_s <= now_s:
                waiting.tries += 1
                waiting.sent_s = now_s
                waiting.plan()
                chosen.append(number)
        while self._unsent and self._has_place(live=self._unsent.newest >= self._live_from):
            number = self._unsent.pop()
            self._waiting[number] = _Waiting(now_s)
            chosen.append(number)
        return chosen

    def _has_place(self, *, live: bool) -> bool:
        if len(self._waiting) < (WINDOW if live else HISTORY):
            return True
        return live and self._displace()

    def _displace(self) -> bool:
        """Put the longest unanswered pack back on the pile, so that a new one can go out.

        Nobody has answered for half a minute; what comes back first should find the present.
        """
        stale = [n for n, waiting in self._waiting.items() if waiting.tries > 1]
        if not stale:
            return False
        oldest = min(stale)
        del self._waiting[oldest]
        self._live_from = max(self._live_from, oldest + 1)
        self._unsent.add(oldest, oldest)
        return True

    def free(self, numbers: Iterable[int], now_s: float) -> float | None:
        """Take note of ``stored``; when the newest of them went out, if once only [s]."""
        freed = [w for w in (self._waiting.pop(n, None) for n in numbers) if w is not None]
        newest_s = max((w.sent_s for w in freed), default=0.0)
        for waiting in self._waiting.values():
            if waiting.sent_s < newest_s - PASSED_OVER_S:
                waiting.due_s = min(waiting.due_s, now_s)
        return max((w.sent_s for w in freed if w.tries == 1), default=None)

    def forget(self, number: int) -> None:
        """A pack is gone from the outbox."""
        self._waiting.pop(number, None)
        self._unsent.remove(number)

    @property
    def waiting(self) -> int:
        """Packs that wait for ``stored``."""
        return len(self._waiting)

    def due_s(self) -> float | None:
        """When the next pack is to be sent again; None when nothing waits."""
        return min((w.due_s for w in self._waiting.values()), default=None)
