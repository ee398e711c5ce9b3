"""Living units keep their schedule beside dead ones, on one bus, in simulated time."""

from __future__ import annotations

import asyncio

import pytest

from agent.bus import Bus
from agent.clock import TimeKeeper
from agent.frames import Read
from agent.link import SilentError
from agent.poller import Poller, pollers_of
from agent.readplan import cost_on
from agent.unit import Poll, Unit
from plant.check import load_plant
from plant.description import Bus as BusDescription
from plant.description import Meter
from plant.errors import UsageError

THINKS_S = 0.008


class Plant:
    """A bus with units of which some are dead; each answer takes its simulated time."""

    def __init__(self, hands, units: int, dead: set[int]) -> None:
        self.hands = hands
        self.dead = dead
        self.is_open = True
        self.refuses = False
        self.heard_s = 0.0
        description = BusDescription(tcp="127.0.0.1:502")
        clock = hands.clock()
        bus = Bus("g/b", description, clock=clock, opener=self.open, jitter=lambda: 0.5)
        meter = Meter(bus="g/b", model="eastron-sdm630")
        made = [(Unit(u, {f"m{u}": meter}, cost_on(description)), 5.0) for u in range(1, units + 1)]
        self.poller = Poller(bus, made, clock=clock)
        self.polls: list[tuple[int, Poll]] = []

    async def open(self) -> Plant:
        if self.refuses:
            raise ConnectionRefusedError(111, "refused")
        self.is_open = True
        return self

    async def read(self, unit: int, read: Read, *, timeout_s: float) -> tuple[list[int], float]:
        if unit in self.dead:
            await self.hands.sleep(timeout_s)
            raise SilentError("no answer")
        await self.hands.sleep(THINKS_S)
        return [0] * read.count, self.hands.now_s - THINKS_S / 2

    def close(self) -> None:
        self.is_open = False

    def run(self, for_s: float) -> None:
        """Work until the hands have moved so far."""
        keeper = TimeKeeper(self.hands.clock())
        until_s = self.hands.now_s + for_s

        def sink(poll: Poll) -> None:
            self.polls.append((self.hands.wall_ms(), poll))

        async def whole() -> None:
            task = asyncio.create_task(self.poller.run(keeper, sink))
            while self.hands.now_s < until_s and not task.done():
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(whole())


def lateness_ms(plant: Plant, living: set[int]) -> list[float]:
    """How long after its instant each living unit was read, once all are known."""
    first_ms = plant.polls[0][0] + 60_000
    return sorted(at % 5000 for at, poll in plant.polls if poll.unit in living and at > first_ms)


@pytest.mark.slow
def test_dead_units_do_not_delay_the_living_ones(hands) -> None:
    dead = {5, 10, 15, 20}
    living = set(range(1, 41)) - dead
    well, ill = Plant(hands, 40, set()), Plant(hands, 40, dead)
    well.run(1200)
    ill.run(1200)
    before, after = lateness_ms(well, living), lateness_ms(ill, living)
    assert after[len(after) * 99 // 100] <= 1.2 * before[len(before) * 99 // 100]
    for unit in living:
        cycles = {at // 5000 for at, poll in ill.polls if poll.unit == unit}
        assert len(cycles) >= max(cycles) - min(cycles), "at most the first cycle is lost"


def test_a_dead_unit_never_gives_a_value(hands) -> None:
    plant = Plant(hands, 3, {2})
    plant.run(300)
    assert all(poll.values for _, poll in plant.polls if poll.unit != 2)
    silent = [poll for _, poll in plant.polls if poll.unit == 2]
    assert silent
    assert all(poll.state == "timeout" and not poll.values for poll in silent)
    assert "unit 2 is silent: look at its unit id" in silent[0].text


def test_a_line_that_is_down_is_told_of_every_unit_and_tried_again(hands) -> None:
    plant = Plant(hands, 3, set())
    plant.refuses = True
    plant.run(60)
    assert {(poll.unit, poll.state) for _, poll in plant.polls} == {
        (1, "refused"), (2, "refused"), (3, "refused")
    }  # fmt: skip
    plant.polls.clear()
    plant.refuses = False
    plant.run(60)
    assert {poll.unit for _, poll in plant.polls if poll.values} == {1, 2, 3}


def test_a_fault_of_ours_in_one_unit_costs_the_others_nothing(hands, monkeypatch) -> None:
    plant = Plant(hands, 3, set())

    async def broken(*_: object) -> Poll:
        raise ZeroDivisionError

    monkeypatch.setattr(plant.poller.units[1], "poll", broken)
    plant.run(60)
    cycles = {unit: sum(poll.unit == unit for _, poll in plant.polls) for unit in (1, 2, 3)}
    assert cycles == {1: 12, 2: 0, 3: 12}


def test_meters_are_grouped_by_bus_unit_and_period(hands, write_plant) -> None:
    plant = load_plant(
        write_plant(
            """
[gateways.yard.buses.a]
tcp = "127.0.0.1:1"
[gateways.yard.buses.b]
tcp = "127.0.0.1:2"
[gateways.hall.buses.c]
tcp = "127.0.0.1:3"
[meters.one]
bus = "yard/a"
model = "eastron-sdm630"
[meters.two]
bus = "yard/b"
unit_id = 5
model = "advantech-adam6050"
point = "count0"
points = ["count0"]
[meters.three]
bus = "yard/b"
unit_id = 5
model = "advantech-adam6050"
point = "count1"
points = ["count1"]
[meters.elsewhere]
bus = "hall/c"
model = "eastron-sdm630"
"""
        )
    )
    pollers = pollers_of(plant, "yard", hands.clock())
    assert [(p.bus.name, [u.meters for u in p.units]) for p in pollers] == [
        ("yard/a", [("one",)]),
        ("yard/b", [("two", "three")]),
    ]
    with pytest.raises(UsageError, match="the plant file names: yard, hall"):
        pollers_of(plant, "hal", hands.clock())


def test_a_point_may_have_a_pace_of_its_own(hands, write_plant) -> None:
    plant = load_plant(
        write_plant(
            """
[gateways.yard.buses.a]
tcp = "127.0.0.1:1"
[meters.one]
bus = "yard/a"
model = "eastron-sdm630"
points = ["power", "energy", "frequency"]
every = "5s"
every_point = { frequency = "1min" }
"""
        )
    )
    (poller,) = pollers_of(plant, "yard", hands.clock())
    fast, slow = poller.units
    assert set(fast.points["one"]) == {"power", "energy"}
    assert slow.points["one"] == ("frequency",)
    assert [job.every_ms for job in poller.schedule.jobs] == [5_000, 60_000]
    assert {read.address for read in slow.plan}.isdisjoint(read.address for read in fast.plan)


def test_whoever_is_told_to_leave_ends_the_poll_under_way_and_begins_no_other(hands) -> None:
    plant = Plant(hands, units=3, dead=set())
    keeper = TimeKeeper(hands.clock())
    begun = asyncio.Event()
    answer = asyncio.Event()

    async def read(unit: int, read: Read, *, timeout_s: float) -> tuple[list[int], float]:
        begun.set()
        await answer.wait()
        return [0] * read.count, hands.now_s

    plant.read = read  # type: ignore[method-assign]

    async def work() -> None:
        running = asyncio.ensure_future(
            plant.poller.run(keeper, lambda poll: plant.polls.append((poll.unit, poll)))
        )
        await begun.wait()
        leaving = asyncio.ensure_future(plant.poller.leave())
        await asyncio.sleep(0)
        assert not leaving.done(), "answers are awaited"
        answer.set()
        await leaving
        await running
        assert [poll.state for _, poll in plant.polls] == ["ok"]

    asyncio.run(asyncio.wait_for(work(), 10))
