"""One stream of events that every open page follows, each from where it left off.

Events are encoded once a language and kept in a ring. A follower is only a position in it, so a
slow page costs nothing; one that fell behind the ring, or comes from before a restart, gets the
whole page.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from dashboards.formats import Language

PING_S = 15.0
KEPT = 256


@dataclass(frozen=True, slots=True)
class Event:
    """One event, its data encoded for each language."""

    number: int
    name: str
    data: Mapping[Language, bytes]


class Stream:
    """Sends events to any number of followers."""

    def __init__(
        self,
        *,
        kept: int = KEPT,
        ping_s: float = PING_S,
        clock: Callable[[], int],
        greeting: Callable[[], bytes] = bytes,
    ) -> None:
        """clock: UTC milliseconds, told with every ping so that ages stay right.

        greeting: an event as it is sent, for each who begins to follow.
        """
        self._boot = secrets.token_hex(4)
        self._ring: deque[Event] = deque(maxlen=kept)
        self._whole: Event | None = None
        self._number = 0
        self._ping_s = ping_s
        self._clock = clock
        self._greeting = greeting
        self._told = asyncio.Event()
        self._closed = False
        self.followers = 0

    @property
    def position(self) -> str:
        """The id of the newest event."""
        return f"{self._boot}-{self._number}"

    def send(
        self,
        name: str,
        data: Mapping[Language, bytes],
        *,
        whole: Mapping[Language, bytes] | None = None,
    ) -> None:
        """Tell everybody; ``whole`` makes up for all before it, for those who missed some."""
        self._number += 1
        self._ring.append(Event(self._number, name, data))
        if whole is not None:
            self._whole = Event(self._number, name, whole)
        self._wake()

    def close(self) -> None:
        """End every follower's stream."""
        self._closed = True
        self._wake()

    async def follow(self, language: Language, after: str | None) -> AsyncIterator[bytes]:
        """Server-sent events after an id, for ever, with a ping when nothing happens."""
        number = self._numbered(after)
        self.followers += 1
        try:
            yield b"retry: 2000\n\n" + self._greeting() + self._ping()
            while not self._closed:
                told = self._told
                for event in self._since(number):
                    yield self._encode(event, language)
                    number = event.number
                try:
                    await asyncio.wait_for(told.wait(), self._ping_s)
                except TimeoutError:
                    yield self._ping()
        finally:
            self.followers -= 1

    def _ping(self) -> bytes:
        """The time: what a page came with may be a minute old, and ages count from it."""
        return f"event: ping\ndata: {self._clock()}\n\n".encode()

    def _wake(self) -> None:
        told, self._told = self._told, asyncio.Event()
        told.set()

    def _numbered(self, after: str | None) -> int:
        """The number behind an id of this run; -1 for any other."""
        boot, _, number = (after or "").partition("-")
        return int(number) if boot == self._boot and number.isdigit() else -1

    def _since(self, number: int) -> list[Event]:
        later = [event for event in self._ring if event.number > number]
        if 0 <= number <= self._number and (not later or later[0].number == number + 1):
            return later
        whole = self._whole
        return [] if whole is None else [whole, *(e for e in later if e.number > whole.number)]

    def _encode(self, event: Event, language: Language) -> bytes:
        head = f"id: {self._boot}-{event.number}\nevent: {event.name}\ndata: "
        return head.encode() + event.data[language] + b"\n\n"
