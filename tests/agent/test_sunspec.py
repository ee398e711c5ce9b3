"""A SunSpec meter is read wherever it says that its registers lie."""

from __future__ import annotations

import asyncio
import json
import struct

import pytest

from agent.bus import Patience
from agent.commands import probe_main
from agent.frames import Answer, Failure, Read, Words
from agent.readplan import cost_on
from agent.sunspec import Block, walk
from agent.unit import FORGET_S, Poll, Unit
from plant.description import Bus, Meter

SUNS = [0x5375, 0x6E53]
END = [0xFFFF, 0]
NOT_THERE = Failure("exception", "exception 2 (illegal data address)", 2)
SILENT = Failure("timeout", "no answer within 1 s")


def integers() -> list[int]:
    """Model 203: 12.3456 MWh imported with a scale of 2, 1,500 W."""
    body = [0] * 105
    body[18 - 2 : 18] = [15, 0]  # W, and W of the first phase
    body[22 - 2] = 2  # W_SF
    body[46 - 2 : 48 - 2] = [1, 57_920]  # TotWhImp: 123,456
    body[54 - 2] = 2  # TotWh_SF
    return [203, 105, *body]


def floats() -> list[int]:
    """Model 213: 1,500.5 W and 250,000 Wh imported."""
    body = [0] * 124
    body[28 - 2 : 30 - 2] = struct.unpack(">2H", struct.pack(">f", 1500.5))
    body[68 - 2 : 70 - 2] = struct.unpack(">2H", struct.pack(">f", 250_000.0))
    return [213, 124, *body]


def common(length: int = 66) -> list[int]:
    return [1, length, *([0] * length)]


class Device:
    """A unit that holds a chain of blocks."""

    def __init__(self, place: int, *blocks: list[int]) -> None:
        self.now_s = 0.0
        self.asked: list[Read] = []
        self.verdict: Answer | None = None
        self.move(place, *blocks)

    def move(self, place: int, *blocks: list[int]) -> None:
        words = [*SUNS, *(word for block in blocks for word in block), *END]
        self._words = {place + n: word for n, word in enumerate(words)}

    async def ask(self, read: Read, patience: Patience | None = None) -> Answer:
        self.asked.append(read)
        if self.verdict is not None:
            return self.verdict
        words = [self._words.get(a) for a in range(read.address, read.end)]
        if read.function != 3 or None in words:
            return NOT_THERE
        return Words([w for w in words if w is not None], self.now_s)

    def poll(self, unit: Unit) -> Poll:
        self.asked.clear()
        return asyncio.run(unit.poll(self.ask, lambda: self.now_s))


def unit_of(model: str = "sunspec-meter") -> Unit:
    meter = Meter(bus="g/b", unit_id=1, model=model, points=("energy", "power"))
    return Unit(1, {"m": meter}, cost_on(Bus(tcp="127.0.0.1:502")))


def values(poll: Poll) -> dict[str, float]:
    return {value.point: value.number for value in poll.values}


@pytest.mark.parametrize("place", [40000, 50000, 0])
@pytest.mark.parametrize("before", [[], [common()], [common(65), [103, 3, 7, 7, 7]]])
def test_the_block_is_found_wherever_it_lies(place: int, before: list[list[int]]) -> None:
    device, unit = Device(place, *before, integers()), unit_of()
    assert values(device.poll(unit)) == {"energy": 12_345.6, "power": 1500.0}
    device.poll(unit)
    assert len(device.asked) == 1, "the place is known now"


def test_a_meter_of_floats_is_found_too() -> None:
    device, unit = Device(50000, common(), floats()), unit_of("sunspec-meter-float")
    assert values(device.poll(unit)) == {"energy": 250.0, "power": 1500.5}


def test_a_device_without_the_block_says_which_it_has() -> None:
    poll = Device(40000, common(), floats()).poll(unit_of())
    assert poll.answered
    assert {fault.point for fault in poll.faults} == {"energy", "power"}
    assert "the device has 1, 213: name another model" in poll.faults[0].text


def test_a_block_of_another_length_is_not_read() -> None:
    poll = Device(40000, [203, 4, 1, 2, 3, 4]).poll(unit_of())
    assert poll.values == []
    assert "has 4 registers here instead of 105" in poll.faults[0].text


def test_a_device_without_a_mark_says_so() -> None:
    device = Device(40000, common())
    device.verdict = NOT_THERE
    poll = device.poll(unit_of())
    assert poll.answered
    assert "no SunSpec mark at 40000, 50000, 0" in poll.faults[0].text


def test_a_silent_device_costs_one_request() -> None:
    device, unit = Device(40000, integers()), unit_of()
    device.verdict = SILENT
    poll = device.poll(unit)
    assert (poll.state, len(device.asked)) == ("timeout", 1)
    device.verdict = None
    assert values(device.poll(unit))["power"] == 1500.0


@pytest.mark.parametrize("after", ["an hour", "silence"])
def test_it_is_sought_again_after_an_hour_and_after_silence(after: str) -> None:
    """It may be another device, or have got another firmware."""
    device, unit = Device(40000, common(), integers()), unit_of()
    device.poll(unit)
    device.move(50000, integers())
    if after == "silence":
        device.verdict = SILENT
        device.poll(unit)
        device.verdict = None
    else:
        device.now_s += FORGET_S + 1
    assert values(device.poll(unit)) == {"energy": 12_345.6, "power": 1500.0}


def test_a_chain_ends_at_its_mark_at_an_exception_or_before_the_last_register() -> None:
    device = Device(40000, common(), integers())
    expected = [Block(1, 66, 40002), Block(203, 105, 40070)]
    assert asyncio.run(walk(device.ask)) == expected
    del device._words[40177]
    assert asyncio.run(walk(device.ask)) == expected
    for at in range(40177, 40179):
        device._words[at] = 60_000
    assert asyncio.run(walk(device.ask)) == expected


def test_a_chain_that_turns_in_place_is_left() -> None:
    device = Device(40000, *([[1, 0]] * 500))
    assert len(asyncio.run(walk(device.ask)) or []) == 100


def test_probe_names_the_model_and_where_it_lies(meters, capsys) -> None:
    meters.put(1, 3, 50000, [*SUNS, *common(), *integers(), *END])
    code = probe_main([f"tcp://127.0.0.1:{meters.port}", "--units", "1", "--json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert code == 0
    assert found["models"] == ["sunspec-meter"]
    assert found["sunspec"] == [[1, 50002], [203, 50070]]
    probe_main([f"tcp://127.0.0.1:{meters.port}", "--units", "1"])
    row = capsys.readouterr().out
    assert "fits sunspec-meter; SunSpec models 1 at 50002, 203 at 50070" in row
