"""What real sockets bring: late, foreign, double and malformed answers; and nothing is written."""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from pymodbus.pdu.register_message import WriteMultipleRegistersRequest, WriteSingleRegisterRequest

from agent.bus import Bus, Patience
from agent.clock import Clock
from agent.frames import Answer, Failure, Read, Words, WriteRefusedError, check_read_only
from agent.link import ExceptionError, GarbledError, Link, SilentError
from plant.description import Bus as BusDescription

T = TypeVar("T")
QUICK = Patience(timeout_s=0.15)  # for what never answers
PATIENT = Patience(timeout_s=30)  # for what does, on however busy a machine


def over(meters, work: Callable[[Bus], Awaitable[T]]) -> T:
    """Run work on a bus to the recording server."""

    async def whole() -> T:
        bus = Bus("g/b", BusDescription(tcp=f"127.0.0.1:{meters.port}"), clock=Clock())
        try:
            return await work(bus)
        finally:
            bus.close()

    return asyncio.run(whole())


def with_link(meters, work: Callable[[Link], Awaitable[T]]) -> T:
    async def whole() -> T:
        clock = Clock()
        link = Link(BusDescription(tcp=f"127.0.0.1:{meters.port}"), clock.monotonic_s)
        await link.open(1.0)
        try:
            return await work(link)
        finally:
            link.close()

    return asyncio.run(whole())


@pytest.mark.parametrize("function", [3, 4])
def test_registers_are_read(meters, function: int) -> None:
    meters.put(7, function, 100, [1, 2, 0xFFFF])
    answer = over(meters, lambda bus: bus.read(7, Read(function, 100, 3), PATIENT))
    assert isinstance(answer, Words)
    assert answer.words == [1, 2, 0xFFFF]
    assert meters.functions == {function}


@pytest.mark.parametrize("function", [1, 2])
def test_bits_are_read(meters, function: int) -> None:
    bits = [1, 0, 0, 1, 1, 0, 1, 0, 1, 1]
    meters.put(7, function, 5, bits)
    answer = over(meters, lambda bus: bus.read(7, Read(function, 5, 10), PATIENT))
    assert isinstance(answer, Words)
    assert answer.words == bits


def test_a_unit_says_who_it_is(meters) -> None:
    meters.put(1, 3, 0, [0])
    found = with_link(meters, lambda link: link.identify(1, timeout_s=30))
    assert found[0] == b"Acme"
    assert meters.functions == {0x2B}


def test_a_frame_that_writes_is_refused_before_it_is_sent(meters) -> None:
    """Even when somebody reaches into the client: the refusal sits on the way to the socket."""
    meters.put(1, 3, 0, [0])

    async def work(link: Link) -> None:
        for request in (
            WriteSingleRegisterRequest(address=0, registers=[1], dev_id=1),
            WriteMultipleRegistersRequest(address=0, registers=[1, 2], dev_id=1),
        ):
            with pytest.raises(WriteRefusedError):
                await link._client.execute(False, request)
        with pytest.raises(WriteRefusedError):
            await link._client.write_coil(0, True, device_id=1)
        assert (await link.read(1, Read(3, 0, 1), timeout_s=30))[0] == [0]

    with_link(meters, work)
    assert len(meters.frames) == 1


@pytest.mark.parametrize("code", sorted(set(range(128)) - {1, 2, 3, 4, 0x2B}))
def test_only_reading_functions_pass(code: int) -> None:
    pdu = bytes([code, 0x0E, 0, 0, 1])
    for framing, frame in (
        ("socket", b"\0\1\0\0\0\6\1" + pdu),
        ("rtu", b"\1" + pdu + b"\0\0"),
        ("ascii", b":01" + pdu.hex().encode() + b"00\r\n"),
    ):
        with pytest.raises(WriteRefusedError):
            check_read_only(frame, framing)


def test_function_43_passes_only_for_identification() -> None:
    check_read_only(b"\0\1\0\0\0\5\1\x2b\x0e\1\0", "socket")
    with pytest.raises(WriteRefusedError):  # 43/13 is CANopen, which can write
        check_read_only(b"\0\1\0\0\0\5\1\x2b\x0d\1\0", "socket")


def test_silence_is_a_timeout(meters) -> None:
    answer = over(meters, lambda bus: bus.read(9, Read(3, 0, 1), QUICK))
    assert answer == Failure("timeout", "no answer within 0.15 s")


def test_an_exception_carries_its_code(meters) -> None:
    meters.put(1, 3, 0, [0])
    answer = over(meters, lambda bus: bus.read(1, Read(3, 50, 1), PATIENT))
    assert answer == Failure("exception", "exception 2 (illegal data address)", 2)


def test_an_answer_that_comes_late_is_never_taken_for_the_next_one(meters) -> None:
    """grid-x/modbus#78: after one slow reply the transactions stay off by one for ever."""
    meters.put(1, 3, 0, [111])
    meters.put(1, 3, 1, [222])
    late = []

    def habit(frame: bytes, usual: bytes | None) -> bytes | None:
        if not late:
            late.append(usual)
            return None
        if len(late) == 1:
            late.append(usual)
            return late[0] + usual  # the late one first, in one lump with the right one
        return usual

    meters.habit = habit

    async def work(bus: Bus) -> list[Answer]:
        first = await bus.read(1, Read(3, 0, 1), QUICK)
        return [first, *[await bus.read(1, Read(3, at, 1), PATIENT) for at in (1, 0)]]

    first, second, third = over(meters, work)
    assert isinstance(first, Failure)
    assert isinstance(second, Words)
    assert isinstance(third, Words)
    assert (second.words, third.words) == ([222], [111])
    assert meters.connections == 1


def test_a_double_answer_does_no_harm(meters) -> None:
    meters.put(1, 3, 0, [111, 222])
    meters.habit = lambda frame, usual: usual + usual

    async def work(bus: Bus) -> list[Answer]:
        return [await bus.read(1, Read(3, address, 1), PATIENT) for address in (0, 1, 0, 1)]

    assert [answer.words for answer in over(meters, work)] == [[111], [222], [111], [222]]


def test_the_answer_of_another_unit_is_not_taken(meters) -> None:
    """home-assistant/core#138077: values of another sensor."""
    meters.put(1, 3, 0, [111])
    meters.put(2, 3, 0, [222])
    meters.habit = lambda frame, usual: usual[:6] + b"\2" + usual[7:] if frame[6] == 1 else usual

    async def work(bus: Bus) -> list[Answer]:
        first = await bus.read(1, Read(3, 0, 1), QUICK)
        return [first, await bus.read(2, Read(3, 0, 1), PATIENT)]

    first, second = over(meters, work)
    assert isinstance(first, Failure)
    assert isinstance(second, Words)


WRONG = {
    "fewer registers": lambda frame, usual: usual[:5] + b"\5" + usual[6:8] + b"\2\0\1",
    "more registers": lambda frame, usual: usual[:5] + b"\x09" + usual[6:8] + b"\6" + b"\0\1" * 3,
    "another function": lambda frame, usual: usual[:7] + b"\4" + usual[8:],
    "transaction zero": lambda frame, usual: b"\0\0" + usual[2:],
    "a byte count that lies": lambda frame, usual: usual[:8] + b"\xf0" + usual[9:],
    "an unknown function": lambda frame, usual: usual[:7] + b"\x70" + usual[8:],
    "no protocol at all": lambda frame, usual: b"HTTP/1.0 400 Bad Request\r\n\r\n",
    "an empty frame": lambda frame, usual: usual[:4] + b"\0\0",
}


@pytest.mark.slow
@pytest.mark.parametrize("habit", WRONG.values(), ids=WRONG)
def test_a_malformed_answer_is_no_value_and_the_next_one_is_good_again(meters, habit) -> None:
    meters.put(1, 3, 0, [111, 222])

    async def work(bus: Bus) -> Answer:
        meters.habit = habit
        wrong = await bus.read(1, Read(3, 0, 2), QUICK)
        assert isinstance(wrong, Failure)
        assert wrong.kind in ("garbled", "timeout", "exception")
        meters.habit = lambda frame, usual: usual
        await asyncio.sleep(bus.down_for_s)
        return await bus.read(1, Read(3, 0, 2), PATIENT)

    answer = over(meters, work)
    assert isinstance(answer, Words)
    assert answer.words == [111, 222]


def test_a_server_that_hangs_up_is_told_at_once(meters) -> None:
    """Not after the timeout: the request that waits is woken."""
    meters.habit = lambda frame, usual: b""

    async def work(link: Link) -> None:
        with pytest.raises(GarbledError, match="closed"):
            await link.read(1, Read(3, 0, 1), timeout_s=60)

    with_link(meters, work)


def test_the_time_of_an_answer_is_the_middle_of_the_request(meters) -> None:
    meters.put(1, 3, 0, [1])
    release = threading.Event()

    def habit(frame: bytes, usual: bytes | None) -> bytes | None:
        release.wait(0.1)
        return usual

    meters.habit = habit

    async def work(link: Link) -> tuple[float, float, float]:
        clock = Clock()
        before_s = clock.monotonic_s()
        _, middle_s = await link.read(1, Read(3, 0, 1), timeout_s=30)
        return before_s, middle_s, clock.monotonic_s()

    before_s, middle_s, after_s = with_link(meters, work)
    assert before_s + 0.05 <= middle_s <= after_s - 0.05


def test_errors_of_the_link_have_their_own_kinds(meters) -> None:
    meters.put(1, 3, 0, [1])

    async def work(link: Link) -> None:
        with pytest.raises(SilentError):
            await link.read(2, Read(3, 0, 1), timeout_s=0.1)
        with pytest.raises(ExceptionError) as told:
            await link.read(1, Read(3, 9, 1), timeout_s=30)
        assert told.value.code == 2

    with_link(meters, work)


def test_a_refused_connection_says_what_to_try() -> None:
    async def work() -> Answer:
        bus = Bus("g/b", BusDescription(tcp="127.0.0.1:1"), clock=Clock())
        return await bus.read(1, Read(3, 0, 1), QUICK)

    answer = asyncio.run(work())
    assert isinstance(answer, Failure)
    assert answer.kind == "refused"
    assert "127.0.0.1:1 refused the connection: look whether" in answer.text


def test_long_answers_in_small_lumps_are_put_together(meters) -> None:
    meters.put(1, 4, 0, list(range(125)))
    answer = over(meters, lambda bus: bus.read(1, Read(4, 0, 125), PATIENT))
    assert isinstance(answer, Words)
    assert answer.words == list(range(125))
    assert struct.unpack(">HH", meters.frames[0][8:12]) == (0, 125)
