"""From records to packs on disk, and from there to the collector.

A pack is on disk, with its number, before it is sent; it leaves the disk when the collector says
that it has stored it. While the disk refuses (full, broken) packs wait in memory, bounded.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from agent import log
from agent.clock import Clock, TimeKeeper
from agent.loss import Loss
from agent.outbox import CorruptOutboxError, Outbox, Stocked
from agent.packer import Packer
from agent.publisher import Publisher
from agent.receipts import Receipts
from agent.window import Window
from plant.description import Plant
from plant.errors import StoreError
from plant.reading import GATEWAY, Event, Reading
from plant.wire import WINDOW, Stored, ranges

GATHER_S = 0.15  # how long records wait for company before they become a pack
UNSAVED_PACKS = 500  # kept in memory while the disk refuses
TICK_S = 1.0

P = ParamSpec("P")
T = TypeVar("T")


class Courier:
    """The sending half of a gateway."""

    def __init__(self, plant: Plant, outbox: Outbox, *, clock: Clock, keeper: TimeKeeper) -> None:
        self.outbox = outbox
        self._config = plant.config
        self._packer = Packer(plant.id, plant.units())
        self._clock = clock
        self._keeper = keeper
        self._window = Window()
        self._receipts = Receipts()
        self._publisher: Publisher | None = None
        self._unsaved: deque[bytes] = deque()
        self._fresh: dict[int, Stocked] = {}  # just written: no need to read them back
        self._gathered = asyncio.Event()
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        # The disk may take a second to flush; polling must not wait for it.
        self._disk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outbox")
        self._round_trips: deque[tuple[float, int]] = deque(maxlen=16)  # s, offset in ms
        self._refused = ""
        self._lost = Loss()
        self._tell_set_aside()

    def attach(self, publisher: Publisher) -> None:
        """Send over this connection."""
        self._publisher = publisher

    def put(self, readings: list[Reading], events: list[Event]) -> None:
        """Take in records; they are on disk a moment later."""
        if readings or events:
            self._packer.put(readings, events)
            self._gathered.set()

    def tell(self, point: str, kind: str, text: str) -> None:
        """Tell of the gateway itself, in the log and in a pack."""
        log.warn(kind, point=point, text=text)
        self.put([], [Event(GATEWAY, point, self._keeper.now_ms, kind, text)])

    @property
    def depth(self) -> int:
        """Packs that are not known to be stored."""
        return self.outbox.depth + len(self._unsaved)

    @property
    def clock_offset_ms(self) -> int | None:
        """Gateway minus collector [ms], from the quickest of the last answers."""
        return min(self._round_trips)[1] if self._round_trips else None

    async def drain(self, timeout_s: float) -> None:
        """Put all on disk, send it, and wait a little for the answers."""
        await self.write()
        until_s = self._clock.monotonic_s() + timeout_s
        while self.depth and self._publisher is not None and self._publisher.is_ready:
            await self.send()
            left_s = until_s - self._clock.monotonic_s()
            if left_s <= 0:
                break
            await self._pause(min(left_s, TICK_S))

    async def close(self) -> None:
        """Let go of the outbox."""
        if self._unsaved:
            self._lost.add(self._unsaved)
            log.warn("lost", what=self._lost, why="stopped while the disk refuses")
        with contextlib.suppress(StoreError):  # it was said; what was freed is sent once more
            await self._on_disk(self.outbox.close)
        self._disk.shutdown(wait=False)

    # --- to the disk

    async def write_for_ever(self) -> None:
        """Put what is gathered on disk."""
        while True:
            await self._gathered.wait()
            await self._clock.sleep(GATHER_S)
            await self.write()
            if self._unsaved:
                await self._clock.sleep(TICK_S)
                self._gathered.set()

    async def write(self) -> None:
        """Make packs of what was gathered, and put them on disk."""
        async with self._writing:
            await self._write()

    async def _write(self) -> None:
        self._gathered.clear()
        self._unsaved.extend(self._packer.take())
        payloads = list(self._unsaved)
        if not payloads:
            return
        try:
            packs = await self._on_disk(
                self.outbox.append,
                payloads,
                config=self._config,
                newest_ms=self._packer.newest_ms,
            )
        except StoreError as error:
            await self._go_on_without_disk(error)
            return
        self._refused = ""
        if self._lost:
            self.tell("outbox", "lost", f"{self._lost}: the disk refused and memory ended")
            self._lost = Loss()
        for _ in payloads:
            self._unsaved.popleft()
        self._fresh.update((pack.seq, pack) for pack in packs)
        while len(self._fresh) > WINDOW:
            del self._fresh[next(iter(self._fresh))]
        self._window.add(pack.seq for pack in packs)
        self._take_note()
        self._wake.set()

    async def _go_on_without_disk(self, error: StoreError) -> None:
        if isinstance(error, CorruptOutboxError):
            await self._begin_anew()
            return
        if (surplus := len(self._unsaved) - UNSAVED_PACKS) > 0:
            self._lost.add(self._unsaved.popleft() for _ in range(surplus))
            log.warn("lost", what=self._lost, why="the disk refuses and memory ends")
        if str(error) != self._refused:
            self._refused = str(error)
            self.tell("outbox", "outbox", self._refused)

    async def _begin_anew(self) -> None:
        """The file broke while we ran: set it aside and begin another, with another id."""
        old = self.outbox
        with contextlib.suppress(StoreError):
            await self._on_disk(old.close)
        self.outbox = await self._on_disk(old.renewed)
        self._fresh.clear()
        self._receipts = Receipts()
        self._window.restart(self.outbox.numbers())
        self._tell_set_aside()

    def _tell_set_aside(self) -> None:
        if (path := self.outbox.set_aside) is not None:
            text = f"{self.outbox.path.name} was corrupt and lies aside as {path.name}"
            carried = f"{self.outbox.carried} of its packs go on"
            self.tell("outbox", "outbox", f"{text}; {carried} in outbox {self.outbox.id}")
        if self.outbox.lost is not None:
            first, last = self.outbox.lost
            text = "the disk lost the end of the file: packs are gone unless they were sent"
            self.tell("outbox", "outbox", f"{text}, seq {first}-{last}")

    def _take_note(self) -> None:
        """Tell what became of packs that the collector does not have; the window forgets them."""
        made = self.outbox.take_note()
        for thinning in made.thinned:
            log.info("thinned", text=thinning.record.text)  # the new pack tells the collector
        replaced = [pack.seq for thinning in made.thinned for pack in thinning.replaced]
        for number in (*replaced, *made.given_up, *made.spoilt):
            self._window.forget(number)
        self._window.add(made.fresh)
        if made.given_up:
            text = f"full: the oldest packs were given up, seq {_listed(made.given_up)}"
            self.tell("outbox", "outbox", text)
        if made.spoilt:
            text = f"the disk spoilt packs; they are not sent: seq {_listed(made.spoilt)}"
            self.tell("outbox", "outbox", text)

    async def _on_disk(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._disk, lambda: call(*args, **kwargs))

    # --- to the collector

    def restart(self) -> None:
        """A connection was made: begin with the newest."""
        self._window.restart(self.outbox.numbers())
        self._wake.set()

    async def send_for_ever(self) -> None:
        """Send what is on disk, and again what is not answered."""
        while True:
            await self._pause(TICK_S)
            await self.send()

    async def _pause(self, timeout_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._wake.wait()
        self._wake.clear()

    async def send(self) -> None:
        """Send what may go out now."""
        if self._publisher is None or not self._publisher.is_ready:
            return
        for number in self._window.pick(self._clock.monotonic_s()):
            try:
                pack = self._fresh.get(number) or await self._on_disk(self.outbox.get, number)
            except StoreError as error:
                async with self._writing:
                    await self._go_on_without_disk(error)
                return
            if pack is None:
                self._window.forget(number)
                self._take_note()
            else:
                self._receipts.note(number, pack.hash_in(self.outbox.id))
                self._publisher.send_pack(self.outbox.id, pack)

    def take_stored(self, answer: Stored) -> None:
        """The collector has stored packs: they may go."""
        if answer.outbox != self.outbox.id:
            return  # of an outbox that was set aside
        numbers = self._receipts.settled(answer)
        now_s = self._clock.monotonic_s()
        sent_s = self._window.free(numbers, now_s)
        if sent_s is not None:
            middle_ms = self._keeper.stamp((sent_s + now_s) / 2)
            self._round_trips.append((now_s - sent_s, middle_ms - answer.time_ms))
        for seq, reason in answer.aside:
            if seq not in numbers:
                continue
            log.warn("set-aside", seq=seq, why=reason)
        for number in numbers:
            self._fresh.pop(number, None)
        self._disk.submit(self.outbox.free, numbers)
        self._wake.set()


def _listed(numbers: list[int]) -> str:
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges(numbers))
