"""One Modbus bus: one request at a time, with the pauses that its meters need.

A bus never raises for what happens on the line: an answer is registers or a failure. When the
line is lost it is opened again by the next request, after a back-off that grows to half a minute;
until then requests fail at once.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from agent import log
from agent.clock import Clock
from agent.explain import explain_connection
from agent.frames import (
    Answer,
    Failure,
    Identity,
    Read,
    Words,
    reply_bytes,
    request_bytes,
)
from agent.link import ExceptionError, GarbledError, Line, Link, SilentError
from agent.readplan import character_s, framing_of
from plant.description import Bus as BusDescription

CONNECT_S = 3.0
FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 30.0
SILENCES_UNTIL_DROP = 3  # in a row, before a connection is taken for dead
QUIET_CHARACTERS = 3.5  # Modbus over serial line 1.02, 2.5.1.1
QUIET_AT_LEAST_S = 0.00175  # the same, above 19200 baud
LUMP_S = 0.020  # USB adapters deliver in lumps of 16 ms

T = TypeVar("T")
Opener = Callable[[], Awaitable[Line]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a meter may take, and the rest that it needs between two requests [s]."""

    timeout_s: float = 1.0
    pause_s: float = 0.0


class Bus:
    """A line shared by several units."""

    def __init__(
        self,
        name: str,
        description: BusDescription,
        *,
        clock: Clock,
        opener: Opener | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.name = name
        self.description = description
        self.address = description.tcp or description.serial or ""
        self.used_s = 0.0  # time on the line, all requests together
        self.requests = 0
        self._clock = clock
        self._open_line = opener or self._open_link
        self._jitter = jitter
        self._line: Line | None = None
        self._turn = asyncio.Lock()
        self._framing = framing_of(description)
        self._serial = description.serial is not None
        self._failures = self._silences = 0
        self._retry_s = 0.0
        self._down = ""
        self._last_unit: int | None = None
        self._ended_s = 0.0
        self._in_doubt = False

    @property
    def down_for_s(self) -> float:
        """How long requests will fail at once because the line is down [s]; 0 when it may work."""
        if self._line is not None and self._line.is_open:
            return 0.0
        return max(0.0, self._retry_s - self._clock.monotonic_s())

    async def read(self, unit: int, read: Read, patience: Patience) -> Answer:
        """The registers that a unit gives, or why there are none."""
        timeout_s = self._timeout_s(read, patience)

        async def ask(line: Line) -> Words:
            return Words(*await line.read(unit, read, timeout_s=timeout_s))

        return await self._exchange(unit, patience, ask)

    async def identify(self, unit: int, patience: Patience) -> Identity | Failure:
        """What a unit says of itself (43/14), or why nothing."""

        async def ask(line: Line) -> Identity:
            return Identity(await line.identify(unit, timeout_s=patience.timeout_s))

        return await self._exchange(unit, patience, ask)

    async def _exchange(
        self, unit: int, patience: Patience, ask: Callable[[Line], Awaitable[T]]
    ) -> T | Failure:
        async with self._turn:
            if refused := await self._connect():
                return refused
            assert self._line is not None  # noqa: S101 - connected above
            await self._rest(unit, patience.pause_s)
            begun_s = self._clock.monotonic_s()
            failure: Failure | None = None
            try:
                answer = await ask(self._line)
            except SilentError as error:
                failure = Failure("timeout", str(error))
            except ExceptionError as error:
                failure = Failure("exception", str(error), error.code)
            except GarbledError as error:
                failure = Failure("garbled", str(error))
            self._last_unit, self._ended_s = unit, self._clock.monotonic_s()
            self.used_s += self._ended_s - begun_s
            self.requests += 1
            self._judge(failure)
            return answer if failure is None else failure

    def close(self) -> None:
        """Let go of the line."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _timeout_s(self, read: Read, patience: Patience) -> float:
        """The meter's time to think, and on a serial line the time that the bytes take."""
        allowed_s = max(self.description.timeout or 0.0, patience.timeout_s)
        if not self._serial:
            return allowed_s
        characters = request_bytes(self._framing) + reply_bytes(read, self._framing)
        return allowed_s + characters * character_s(self.description)

    async def _rest(self, unit: int, pause_s: float) -> None:
        """Wait until the line and the unit may be spoken to again."""
        wanted_s = self.description.pause
        if unit == self._last_unit:
            wanted_s = max(wanted_s, pause_s)
        elif self._last_unit is not None:
            wanted_s = max(wanted_s, self.description.unit_pause)
        if self._serial:
            quiet_s = QUIET_CHARACTERS * character_s(self.description)
            wanted_s = max(wanted_s, quiet_s, QUIET_AT_LEAST_S)
        since_s = self._ended_s
        if self._in_doubt and self._line is not None:
            wanted_s, self._in_doubt = max(wanted_s, LUMP_S), False
            since_s = max(since_s, self._line.heard_s)
        left_s = since_s + wanted_s - self._clock.monotonic_s()
        if self._last_unit is not None and left_s > 0:
            await self._clock.sleep(left_s)

    def _judge(self, answer: Failure | None) -> None:
        """What an answer says of the line itself."""
        if answer is None or answer.kind == "exception":
            self._failures = self._silences = 0
            return
        self._silences += 1
        numbered = self._framing in ("socket", "tls")
        if self._serial:
            self._in_doubt = True  # the answer may still be on its way
        elif answer.kind == "garbled" or not numbered or self._silences >= SILENCES_UNTIL_DROP:
            # Without numbers a late answer cannot be told from the next one; a new connection can.
            self._silences = 0
            self._lose(answer.text, count=answer.kind == "garbled")
        if self._line is not None and not self._line.is_open:
            self._lose(answer.text, count=True)

    def _lose(self, why: str, *, count: bool) -> None:
        log.debug("dropped", bus=self.name, why=why)
        self.close()
        if count:
            self._back_off(why)

    def _back_off(self, why: str) -> None:
        self._failures += 1
        step_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** min(self._failures - 1, 10))
        self._retry_s = self._clock.monotonic_s() + step_s * (0.75 + self._jitter() / 2)
        self._down = why

    async def _connect(self) -> Failure | None:
        if self._line is not None and self._line.is_open:
            return None
        if self._line is not None:
            self._lose("the other end closed the connection", count=True)
        if self.down_for_s > 0:
            return Failure("refused", self._down)
        try:
            self._line = await self._open_line()
        except (OSError, ValueError) as error:  # TimeoutError is an OSError
            why = explain_connection(self.description, error)
            if self._failures == 0:
                log.warn("no-connection", bus=self.name, why=why)
            self._back_off(why)
            return Failure("refused", why)
        self._last_unit, self._ended_s = None, self._clock.monotonic_s()
        if self.description.connect_delay:
            await self._clock.sleep(self.description.connect_delay)
        return None

    async def _open_link(self) -> Line:
        link = Link(self.description, self._clock.monotonic_s)
        try:
            await link.open(CONNECT_S)
        except BaseException:
            link.close()
            raise
        return link
