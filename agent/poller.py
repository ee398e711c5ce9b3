"""Reads the units of one bus on their schedule."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from agent import log
from agent.bus import Bus
from agent.clock import Clock, TimeKeeper
from agent.explain import explain_silence
from agent.readplan import cost_on
from agent.schedule import Job, Schedule
from agent.unit import Poll, Unit
from plant.description import Meter, Plant
from plant.errors import UsageError

LOOK_S = 1.0  # longest sleep: the wall clock may have moved meanwhile


class Poller:
    """One bus, its units, and when each is read."""

    def __init__(self, bus: Bus, units: list[tuple[Unit, float]], *, clock: Clock) -> None:
        self.bus = bus
        self.units = [unit for unit, _ in units]
        self._clock = clock
        self._jobs = [
            Job(
                number=number,
                unit=unit.unit,
                every_ms=round(every_s * 1000),
                silence_ms=round(max(bus.description.timeout or 0, unit.patience.timeout_s) * 1000),
            )
            for number, (unit, every_s) in enumerate(units)
        ]
        self.schedule = Schedule(self._jobs, clock.wall_ms())
        self._leaving = False
        self._idle = asyncio.Event()
        self._idle.set()

    async def run(self, keeper: TimeKeeper, sink: Callable[[Poll], None]) -> None:
        """Read for ever, and give every poll to ``sink``."""
        self.schedule.realign(keeper.now_ms)
        while True:
            self._idle.set()
            if self._leaving:
                return
            choice = self.schedule.choose(keeper.now_ms)
            if isinstance(choice, int):
                await self._clock.sleep(min(choice / 1000, LOOK_S))
                continue
            self._idle.clear()
            try:
                poll = await self.poll(self.units[choice.number])
                poll.group = choice.number
            except Exception as error:  # a fault of ours in one unit must not cost the others
                log.warn("fault", bus=self.bus.name, unit=choice.unit, error=repr(error))
                self.schedule.finish(choice, keeper.now_ms, answered=False)
                continue
            if poll.state == "refused":
                self.schedule.postpone(round(self.bus.down_for_s * 1000), keeper.now_ms)
                for unit in self.units:
                    sink(replace(poll, unit=unit.unit, meters=unit.meters))
                continue
            self.schedule.finish(choice, keeper.now_ms, answered=poll.answered)
            sink(poll)

    async def leave(self) -> None:
        """Begin no other poll; returns when none is under way, whose answers would be lost."""
        self._leaving = True
        await self._idle.wait()

    async def poll(self, unit: Unit) -> Poll:
        """Read one unit now."""
        poll = await unit.poll(
            lambda read, patience: self.bus.read(unit.unit, read, patience),
            self._clock.monotonic_s,
        )
        if poll.state == "timeout":
            poll.text = f"{explain_silence(self.bus.description, unit.unit)} ({poll.text})"
        return poll


def pollers_of(plant: Plant, gateway: str, clock: Clock) -> list[Poller]:
    """A poller for each bus of a gateway that has meters; UsageError when there is none."""
    if gateway not in plant.gateways:
        known = ", ".join(plant.gateways) or "none"
        raise UsageError(f"{plant.id} has no gateway {gateway!r}; the plant file names: {known}")
    meters = plant.meters_at(gateway)
    if not meters:
        raise UsageError(f"gateway {gateway!r} of {plant.id} has no meters; add some to the file")
    buses: dict[str, dict[tuple[int, float], dict[str, Meter]]] = {}
    for name, meter in meters.items():
        for every_s in sorted({meter.every_of(point) for point in meter.read_points()}):
            groups = buses.setdefault(meter.bus, {})
            groups.setdefault((meter.unit_id, every_s), {})[name] = meter
    pollers = []
    for path, groups in buses.items():
        description = plant.bus(path)
        cost = cost_on(description)
        units = [
            (Unit(uid, group, cost, every_s=every_s), every_s)
            for (uid, every_s), group in groups.items()
        ]
        pollers.append(Poller(Bus(path, description, clock=clock), units, clock=clock))
    return pollers
