"""Readings get the time at which they were taken, even when the clock was wrong then."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from agent.clock import WRITTEN_MS, Clock, TimeKeeper
from agent.gateway import HELD_S, Gateway, end
from agent.outbox import Outbox
from agent.unit import Poll, Value
from plant.broker import BrokerAddress
from plant.check import load_plant
from plant.reading import Event
from plant.senml import decode_pack
from plant.wire import Stored

PLANT = """
[gateways.yard.buses.panel]
tcp = "127.0.0.1:1"
[meters.m]
bus = "yard/panel"
model = "eastron-sdm630"
"""


def test_a_jump_is_noticed_and_slewing_is_not(hands) -> None:
    keeper = TimeKeeper(hands.clock())
    for _ in range(1000):
        hands.now_s += 1
        hands.wall_offset_ms += 1  # 1000 ppm: twice what NTP slews
        assert keeper.look() == 0
    assert keeper.now_ms == hands.wall_ms()
    hands.wall_offset_ms -= 7000
    assert keeper.look() == -7000
    assert keeper.look() == 0


def test_a_process_that_is_held_up_between_its_clocks_takes_no_wrong_time(hands) -> None:
    """Stopped or swapped out after the wall clock was read: all readings would be seconds early."""
    held_up_s = [4.0, 0.5]

    def monotonic_s() -> float:
        if held_up_s and looked:
            hands.now_s += held_up_s.pop(0)
        looked.append(hands.now_s)
        return hands.now_s

    looked: list[float] = []
    keeper = TimeKeeper(Clock(monotonic_s, hands.wall_ms, hands.sleep))
    assert not held_up_s
    assert keeper.stamp(hands.now_s) == hands.wall_ms()


def test_a_clock_before_this_program_was_written_is_not_right(hands) -> None:
    hands.wall_offset_ms = 0
    assert not TimeKeeper(hands.clock()).is_right


def test_a_clock_before_the_newest_reading_on_disk_is_not_right(hands) -> None:
    now_ms = hands.wall_ms()
    assert TimeKeeper(hands.clock(), floor_ms=now_ms - 1).is_right
    assert not TimeKeeper(hands.clock(), floor_ms=now_ms + 60_000).is_right


@pytest.fixture
def gateway(hands, tmp_path, write_plant) -> Callable[[], tuple[Gateway, Outbox]]:
    """Makes a gateway whose clock is that of the hands."""

    def make() -> tuple[Gateway, Outbox]:
        outbox = Outbox(tmp_path / "outbox.sqlite")
        made = Gateway(
            load_plant(write_plant(PLANT)),
            "yard",
            pollers=[],
            outbox=outbox,
            broker=BrokerAddress("127.0.0.1", 1, False),
            clock=hands.clock(),
        )
        return made, outbox

    return make


def stored(outbox: Outbox) -> list[tuple[int, list[int], list[Event]]]:
    """(seq, times of readings, events) of what lies in the outbox."""
    found = []
    for number in (n for first, last in outbox.numbers() for n in range(first, last + 1)):
        pack = outbox.get(number)
        assert pack is not None
        content = decode_pack(pack.payload)
        found.append((number, [r.time_ms for r in content.readings], content.events))
    return found


def poll_at(hands) -> Poll:
    values = [Value("m", "energy", hands.now_s, 5.0)]
    return Poll(1, ("m",), values=values, ended_s=hands.now_s)


def times(outbox: Outbox) -> list[int]:
    return [at for _, stamps, _ in stored(outbox) for at in stamps]


def told(outbox: Outbox) -> list[str]:
    return [e.text for _, _, events in stored(outbox) for e in events if e.kind == "clock"]


def test_readings_of_a_clock_in_1970_are_held_and_get_their_true_time(hands, gateway) -> None:
    """lafrech/oem_gateway#12: after a power cut the old date, until NTP answers."""
    true_offset_ms, hands.wall_offset_ms = hands.wall_offset_ms, 0

    async def work() -> list[int]:
        made, outbox = gateway()
        taken = []
        for _ in range(3):
            made._on_poll(poll_at(hands))
            taken.append(round(hands.now_s * 1000) + true_offset_ms)
            hands.now_s += 5
            made._doubt_clock()
        await made._courier.write()
        assert times(outbox) == []
        hands.wall_offset_ms = true_offset_ms
        made._keeper.look()
        made._doubt_clock()
        await made._courier.write()
        assert times(outbox) == taken
        assert "not right yet: readings are held until it is" in told(outbox)
        return taken

    assert min(asyncio.run(work())) > WRITTEN_MS


def test_what_was_held_is_let_go_when_time_itself_makes_the_clock_right(hands, gateway) -> None:
    """The newest reading on disk is of a clock that was 13 s ahead: after 13 s nothing is held.

    It stayed in memory for ever, and a kill -9 took it.
    """

    async def work() -> None:
        made, outbox = gateway()
        outbox.append([b"[]"], config="", newest_ms=hands.wall_ms() + 13_000)
        outbox.close()
        made, outbox = gateway()
        made._on_poll(poll_at(hands))
        taken_ms = hands.wall_ms()
        made._look_at_clock()
        hands.now_s += 13.5
        made._on_poll(poll_at(hands))  # of a moment at which it is right
        made._look_at_clock()
        await made._courier.write()
        assert sorted(times(outbox)) == [taken_ms | 1, taken_ms + 13_500]

    asyncio.run(work())


def test_when_the_collector_agrees_the_newest_reading_on_disk_was_what_was_wrong(
    hands, gateway
) -> None:
    async def work() -> None:
        made, outbox = gateway()
        outbox.append([b"[]"], config="", newest_ms=hands.wall_ms() + 10**12)
        outbox.close()
        made, outbox = gateway()
        made._on_poll(poll_at(hands))
        await made._courier.write()
        made._courier.restart()
        made._courier._window.pick(hands.now_s)
        made._courier.take_stored(Stored(outbox.id, outbox.numbers(), [], hands.wall_ms()))
        made._doubt_clock()
        await made._courier.write()
        assert times(outbox) == [hands.wall_ms() | 1], "an earlier reading may have the even one"

    asyncio.run(work())


def test_readings_are_not_held_for_ever_but_their_times_are_marked(hands, gateway) -> None:
    async def work() -> None:
        made, outbox = gateway()
        outbox.append([b"[]"], config="", newest_ms=hands.wall_ms() + 10**12)
        outbox.close()
        made, outbox = gateway()
        made._on_poll(poll_at(hands))
        hands.now_s += HELD_S + 1
        made._doubt_clock()
        await made._courier.write()
        assert len(times(outbox)) == 1
        assert "not confirmed: the times from here are in doubt" in told(outbox)

    asyncio.run(work())


def test_a_task_that_swallows_a_cancellation_is_ended_all_the_same() -> None:
    """Python 3.11's wait_for does so when the answer comes at that moment."""

    async def stubborn() -> None:
        swallowed = 0
        while swallowed < 2:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                swallowed += 1
        await asyncio.sleep(3600)

    async def work() -> None:
        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0)
        await asyncio.wait_for(end([task]), 5)
        assert task.cancelled()

    asyncio.run(work())
