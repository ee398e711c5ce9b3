"""One gateway: its buses are read, and what was read goes to the collector."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import deque
from dataclasses import dataclass, field

from agent import log
from agent.clock import Clock, TimeKeeper
from agent.courier import Courier
from agent.journal import Journal
from agent.outbox import Outbox
from agent.poller import Poller
from agent.publisher import Handlers, Publisher
from agent.signing import Sign
from agent.unit import Poll
from plant.broker import BrokerAddress
from plant.calendar import slot_start_ms
from plant.description import Plant
from plant.wire import Status, Topic

STATUS_S = 60.0  # a will of an older connection may have overwritten the status
SOONEST_S = 1.0  # between two statuses, when the health of meters changes
LEAVE_S = 1.0  # for polls under way: what a meter has answered is not thrown away
DRAIN_S = 1.5
HELD_POLLS = 20_000  # while the clock is not right
HELD_S = 600.0  # after which it is believed: the newest reading on disk may be what is wrong
AGREES_MS = 60_000  # with the collector's clock


@dataclass(slots=True)
class Counts:
    """What the gateway did so far."""

    readings: int = 0
    polls: int = 0
    failed: int = 0
    told: dict[str, int] = field(default_factory=dict)


class Gateway:
    """The agent, from buses to broker."""

    def __init__(
        self,
        plant: Plant,
        gateway: str,
        *,
        pollers: list[Poller],
        outbox: Outbox,
        broker: BrokerAddress,
        clock: Clock,
        sign: Sign | None = None,
    ) -> None:
        self.counts = Counts()
        self._plant = plant
        self._clock = clock
        self._begun_s = clock.monotonic_s()
        self._pollers = pollers
        self._keeper = TimeKeeper(clock, floor_ms=outbox.newest_ms)
        self._journal = Journal(
            plant.meters_at(gateway), self._keeper.now_ms, floor_ms=outbox.newest_ms
        )
        self._held: deque[Poll] = deque(maxlen=HELD_POLLS)
        self._courier = Courier(plant, outbox, clock=clock, keeper=self._keeper)
        self._boot = secrets.token_hex(4)
        self._changed = asyncio.Event()
        self._publisher = Publisher(
            broker,
            Topic(plant.id, gateway, ""),
            will=lambda: self._status("offline").encode(),
            handlers=Handlers(ready=self._on_ready, stored=self._courier.take_stored),
            sign=sign,
        )
        self._courier.attach(self._publisher)
        if not self._keeper.is_right:
            self._courier.tell("clock", "clock", "not right yet: readings are held until it is")

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop``; then put all on disk, send what goes quickly, and leave."""
        work = [
            *(poller.run(self._keeper, self._on_poll) for poller in self._pollers),
            self._courier.write_for_ever(),
            self._courier.send_for_ever(),
            self._publisher.run(),
            self._watch(),
            self._tell_status(),
        ]
        tasks = [asyncio.ensure_future(part) for part in work]
        ending = asyncio.ensure_future(_until(stop))
        await asyncio.wait([*tasks, ending], return_when=asyncio.FIRST_COMPLETED)
        broken = [t for t in tasks if t.done()]
        writing = asyncio.ensure_future(self._courier.write())  # whatever hangs from here on
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_S):
                await asyncio.gather(*(poller.leave() for poller in self._pollers))
        await end(tasks[: len(self._pollers)])
        if self._held:
            self._believe_clock()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_S + 1):
                await self._courier.drain(DRAIN_S)
                await self._publisher.close(self._status("offline").encode())
        await end([*tasks, ending, writing])
        for poller in self._pollers:
            poller.bus.close()
        await self._courier.close()
        for task in broken:
            task.result()  # a fault of ours is raised, not hidden

    def _on_poll(self, poll: Poll) -> None:
        if not self._keeper.is_right:
            self._held.append(poll)
            return
        if self._held:
            self._release()
        self.counts.polls += 1
        self.counts.failed += not poll.answered
        readings, events = self._journal.take(poll, self._keeper.stamp)
        self.counts.readings += len(readings)
        self._courier.put(readings, events)
        for event in events:
            say = log.info if event.kind == "ok" else log.warn
            say(event.kind, meter=event.meter, point=event.point, text=event.text)
        if events:
            self._changed.set()

    def _on_ready(self) -> None:
        self._courier.restart()
        self._publisher.send_status(self._status("online").encode())

    async def _watch(self) -> None:
        """Look at the clock each second, and tell each quarter of an hour what came late."""
        slot_ms = slot_start_ms(self._keeper.now_ms)
        while True:
            await self._clock.sleep(1.0)
            self._look_at_clock()
            if slot_ms != (slot_ms := slot_start_ms(self._keeper.now_ms)):
                self._tell_skipped()

    def _look_at_clock(self) -> None:
        if jumped_ms := self._keeper.look():
            for poller in self._pollers:
                poller.schedule.realign(self._keeper.now_ms)
            self._courier.tell("clock", "clock", f"jumped by {jumped_ms / 1000:+.1f} s")
        if self._held or not self._keeper.is_right:  # it may have become right by itself
            self._doubt_clock()

    def _doubt_clock(self) -> None:
        """Hold readings while the clock cannot be right; then stamp what was held."""
        offset_ms = self._courier.clock_offset_ms
        if offset_ms is not None and abs(offset_ms) <= AGREES_MS:
            self._keeper.trust()
        if not self._keeper.is_right and self._clock.monotonic_s() - self._begun_s > HELD_S:
            self._believe_clock()
        elif self._keeper.is_right:
            self._release()

    def _believe_clock(self) -> None:
        self._keeper.trust()
        self._courier.tell("clock", "clock", "not confirmed: the times from here are in doubt")
        self._release()

    def _release(self) -> None:
        held = list(self._held)
        self._held.clear()
        log.info("clock-right", held=len(held))
        for poll in held:
            self._on_poll(poll)

    def _tell_skipped(self) -> None:
        for poller in self._pollers:
            skipped = poller.schedule.skipped
            if new := skipped - self.counts.told.get(poller.bus.name, 0):
                self.counts.told[poller.bus.name] = skipped
                self._courier.tell("schedule", "late", f"{poller.bus.name}: {new} cycles skipped")

    async def _tell_status(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STATUS_S):
                    await self._changed.wait()
            self._changed.clear()
            self._publisher.send_status(self._status("online").encode())
            await self._clock.sleep(SOONEST_S)

    def _status(self, state: str) -> Status:
        return Status(
            state=state,
            boot=self._boot,
            time_ms=self._keeper.now_ms,
            meters=self._journal.health,
            outbox_depth=self._courier.depth,
            clock_offset_ms=self._courier.clock_offset_ms,
            config=self._plant.config,
        )


async def end(tasks: list[asyncio.Task[None]]) -> None:
    """Cancel tasks until they are done.

    Python 3.11's ``wait_for``, which pymodbus uses, swallows a cancellation that comes together
    with the answer.
    """
    while waiting := [task for task in tasks if not task.done()]:
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting, timeout=0.1)


async def _until(event: asyncio.Event) -> None:
    await event.wait()
