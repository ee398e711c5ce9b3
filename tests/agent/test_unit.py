"""A unit gives what it has; what it lacks is found, told and left out; silence costs little."""

from __future__ import annotations

import asyncio
import struct

import pytest

from agent.bus import Patience
from agent.frames import Answer, Failure, Read, Words
from agent.readplan import cost_on
from agent.unit import FORGET_S, Poll, Unit
from plant.description import Bus, Meter

COST = cost_on(Bus(tcp="127.0.0.1:502"))
GONE = Failure("timeout", "no answer within 1 s")
NOT_THERE = Failure("exception", "exception 2 (illegal data address)", 2)


class Device:
    """A device that has some registers, lacks others, and counts what it is asked."""

    def __init__(self, words: dict[int, int]) -> None:
        self.words = words
        self.asked: list[Read] = []
        self.now_s = 0.0
        self.mute: set[int] = set()  # first addresses that are met with silence
        self.verdict: Answer | None = None
        self.longest = 125

    async def ask(self, read: Read, patience: Patience) -> Answer:
        self.asked.append(read)
        self.now_s += 0.01
        if self.verdict is not None:
            return self.verdict
        if read.address in self.mute:
            self.now_s += patience.timeout_s
            return GONE
        words = [self.words.get(a) for a in range(read.address, read.end)]
        if None in words or read.count > self.longest:
            return NOT_THERE
        return Words([w for w in words if w is not None], self.now_s - 0.005)

    def poll(self, unit: Unit) -> Poll:
        self.asked.clear()
        return asyncio.run(unit.poll(self.ask, lambda: self.now_s))


def sdm630(*points: str) -> Unit:
    meter = Meter(bus="g/b", unit_id=1, model="eastron-sdm630", points=points)
    return Unit(1, {"m": meter}, COST)


def float_words(values: dict[int, float]) -> dict[int, int]:
    return {
        address + i: word
        for address, value in values.items()
        for i, word in enumerate(struct.unpack(">2H", struct.pack(">f", value)))
    }


@pytest.fixture
def device() -> Device:
    """All of the SDM630's registers; each pair holds its own address as a float."""
    return Device(float_words({a: float(a) for a in range(0, 0x60, 2)}))


POINTS = ("voltage_l1", "voltage_l2", "current_l1", "power", "frequency", "energy")


def numbers(poll: Poll) -> dict[str, float]:
    return {value.point: value.number for value in poll.values}


def test_every_point_is_read_in_as_few_requests_as_the_meter_bears(device: Device) -> None:
    poll = device.poll(sdm630(*POINTS))
    assert numbers(poll) == {
        "voltage_l1": 0, "voltage_l2": 2, "current_l1": 6, "power": 0x34, "frequency": 0x46,
        "energy": 0x48,
    }  # fmt: skip
    assert device.asked == [Read(4, 0, 0x4A)]


def test_the_time_of_a_value_is_the_middle_of_its_own_request(device: Device) -> None:
    unit = Unit(1, {"m": Meter(bus="g/b", model="schneider-pm5560")}, COST)
    device.words = {**dict.fromkeys(range(3059, 3061), 0), **dict.fromkeys(range(3203, 3207), 0)}
    poll = device.poll(unit)
    assert {v.point: v.middle_s for v in poll.values} == pytest.approx(
        {"power": 0.005, "energy": 0.015}
    )


def test_a_register_that_is_not_there_is_found_and_the_others_keep_flowing(device: Device) -> None:
    unit = sdm630(*POINTS)
    del device.words[0x46]
    first = device.poll(unit)
    assert set(numbers(first)) == set(POINTS) - {"frequency"}
    assert [(f.point, f.kind) for f in first.faults] == [("frequency", "exception")]
    assert "address 70-71" in first.faults[0].text
    again = device.poll(unit)
    assert numbers(again) == numbers(first)
    assert not any(read.holds(Read(4, 0x46, 2)) for read in device.asked), "it is remembered"
    assert again.faults == first.faults, "and still told"


def test_a_refused_hole_only_parts_the_request(device: Device) -> None:
    unit = sdm630("voltage_l1", "power")
    del device.words[0x20]
    assert device.poll(unit).faults == []
    poll = device.poll(unit)
    assert device.asked == [Read(4, 0, 2), Read(4, 0x34, 2)]
    assert set(numbers(poll)) == {"voltage_l1", "power"}


def test_a_device_that_bears_less_than_its_model_says_is_asked_for_less(device: Device) -> None:
    """Some firmware refuses long requests (influxdata/telegraf#16873)."""
    device.longest = 10
    unit = sdm630(*POINTS)
    for _ in range(5):
        poll = device.poll(unit)
        assert set(numbers(poll)) == set(POINTS), "nothing is missed while we learn"
    assert all(read.count <= 10 for read in device.asked)


def test_what_was_learned_is_forgotten_after_an_hour(device: Device) -> None:
    unit = sdm630(*POINTS)
    word = device.words.pop(0x46)
    device.poll(unit)
    device.words[0x46] = word
    device.now_s += FORGET_S + 1
    assert set(numbers(device.poll(unit))) == set(POINTS)


def test_what_was_learned_is_forgotten_when_the_unit_was_gone(device: Device) -> None:
    """It may be another device that comes back."""
    unit = sdm630(*POINTS)
    word = device.words.pop(0x46)
    device.poll(unit)
    device.words[0x46] = word
    device.verdict = GONE
    device.poll(unit)
    device.verdict = None
    assert set(numbers(device.poll(unit))) == set(POINTS)


@pytest.mark.parametrize("code", [1, 2, 3, 4, 6])
def test_an_exception_gives_a_status_and_never_a_value(device: Device, code: int) -> None:
    device.verdict = Failure("exception", f"exception {code}", code)
    poll = device.poll(sdm630(*POINTS))
    assert poll.values == []
    assert poll.answered
    assert {(f.point, f.kind) for f in poll.faults} == {(p, "exception") for p in POINTS}


@pytest.mark.parametrize(
    "verdict",
    [GONE, Failure("garbled", "noise"), Failure("exception", "exception 11", 11)],
    ids=["silence", "noise", "silence behind a gateway"],
)
def test_a_silent_unit_costs_one_request(device: Device, verdict: Failure) -> None:
    device.verdict = verdict
    unit = Unit(1, {"m": Meter(bus="g/b", model="schneider-pm5560")}, COST)
    assert len(unit.plan) > 1
    poll = device.poll(unit)
    assert poll.state == "timeout"
    assert poll.values == poll.faults == []
    assert len(device.asked) == 1


def test_a_request_met_with_silence_does_not_hide_the_others(device: Device) -> None:
    """Some meters say nothing, rather than an exception, for a register that they do not have."""
    unit = Unit(1, {"m": Meter(bus="g/b", model="schneider-pm5560")}, COST)
    device.words = dict.fromkeys(range(3203, 3207), 0)
    device.mute = {3059}
    polls = []
    for _ in range(10):
        polls.append(device.poll(unit))
        device.now_s += 5
    assert [poll.answered for poll in polls] == [False] + [True] * 9
    assert all(set(numbers(poll)) == {"energy"} for poll in polls[1:])
    device.poll(unit)
    assert device.asked[0].address == 3203
    assert device.now_s < 10 * 5 + 6 * 1.1, "the silence is paid for ever more rarely"


def test_a_value_that_cannot_be_is_rejected_and_the_others_are_good(device: Device) -> None:
    device.words.update(float_words({0x34: float("nan")}))
    poll = device.poll(sdm630("power", "energy"))
    assert numbers(poll) == {"energy": 0x48}
    assert [(f.point, f.kind, f.text) for f in poll.faults] == [("power", "rejected", "NaN")]


def test_a_scale_register_full_of_noise_rejects_the_value(device: Device) -> None:
    meter = Meter(bus="g/b", model="tuf-2000m", points=("volume",))
    unit = Unit(1, {"m": meter}, COST)
    device.words = dict.fromkeys(range(2000), 0x7FFF)
    poll = device.poll(unit)
    assert poll.values == []
    assert {f.kind for f in poll.faults} == {"rejected"}


def test_channels_of_one_device_are_read_in_one_request(device: Device) -> None:
    device.words = {0: 5, 1: 0, 2: 7, 3: 0}
    meters = {
        name: Meter(bus="g/b", model="advantech-adam6050", points=(point,), point=point)
        for name, point in (("a", "count0"), ("b", "count1"))
    }
    poll = device.poll(Unit(1, meters, COST))
    assert {v.meter: v.number for v in poll.values} == {"a": 5, "b": 7}
    assert device.asked == [Read(3, 0, 4)]
