"""Faults of the line, as bytes and over real sockets."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from simulators.clock import SimulatedClock
from simulators.framing import FRAMINGS, Request, crc16
from simulators.lines import BusServers
from simulators.scenario import Scenario
from simulators.serve import bus_servers
from simulators.server import Session

At = Callable[..., float]
Still = Callable[..., Scenario]
Serving = Callable[[Scenario, float], AbstractContextManager[BusServers]]
ASK = bytes.fromhex("04 00 48 00 02")
SOUND = struct.pack(">HHHB", 7, 0, 7, 1) + bytes.fromhex("04 04 44 9a 50 00")


class Bench:
    """A client at a bus whose clock and monotonic time are set by hand."""

    def __init__(self, scenario: Scenario, now_s: float) -> None:
        self.now_s = now_s
        self.monotonic_s = 0.0
        clock = SimulatedClock(0.0, 1.0, lambda: self.now_s, 0.0)
        (self.bus,) = bus_servers(scenario, clock, None).buses.values()
        self.written: list[tuple[float, bytes]] = []
        self.session = self.connect()

    def connect(self) -> Session:
        return Session(
            self.bus,
            write=lambda frame: self.written.append((self.monotonic_s, frame)),
            monotonic_s=lambda: self.monotonic_s,
            call_at=self._call_at,
        )

    def _call_at(self, at_s: float, call: Callable[[], None]) -> None:
        before, self.monotonic_s = self.monotonic_s, at_s
        call()
        self.monotonic_s = before

    def ask(self, unit_id: int = 1, transaction: int = 7) -> bytes:
        """What came back at once or later, in one piece."""
        self.written.clear()
        if self.bus.framing is FRAMINGS["socket"]:
            frame = struct.pack(">HHHB", transaction, 0, len(ASK) + 1, unit_id) + ASK
        else:
            frame = bytes([unit_id]) + ASK
            frame += crc16(frame)
        self.session.feed(frame)
        return b"".join(piece for _, piece in self.written)


@pytest.fixture
def bench(still: Still, install: Any, at: At) -> Callable[..., Bench]:
    """Makes a bench with faults: unit 1 (m) shows 1234.5 kWh, unit 2 (n) the same."""

    def make(kind: str, *lines: str, strikes: str = 'meter = "m"', bus: str = "") -> Bench:
        fault = "\n".join(["[[faults]]", f'kind = "{kind}"', strikes, *lines, ""])
        meter = install("eastron-sdm630", "electricity", start=1234.5)
        return Bench(still(faults=fault, bus=bus, m=meter, n=meter), at(2025, 1, 1))

    return make


def test_silence_is_no_answer_from_the_meter_that_is_struck(bench) -> None:
    table = bench("silence")
    assert table.ask() == b""
    assert table.ask(unit_id=2)[7:] == SOUND[7:]
    silent = bench("silence", strikes='bus = "g/b"')
    assert silent.ask() == silent.ask(unit_id=2) == b""


def test_a_fault_is_over_when_its_time_is(bench) -> None:
    table = bench("silence", 'for = "1min"')
    assert table.ask() == b""
    table.now_s += 60.0
    assert len(table.ask()) == len(SOUND)


@pytest.mark.parametrize("code", [1, 2, 3, 4, 6])
def test_an_exception_keeps_transaction_and_unit(bench, code: int) -> None:
    assert bench("exception", f"code = {code}").ask() == bytes.fromhex(
        f"00 07 00 00 00 03 01 84 0{code}"
    )


def test_wrong_numbers_are_one_beside_the_right_ones(bench) -> None:
    assert bench("wrong-unit").ask()[6] == 2
    assert bench("wrong-unit").ask()[7:] == SOUND[7:]
    assert bench("wrong-transaction").ask() == b"\x00\x06" + SOUND[2:]


def test_a_truncated_frame_still_promises_its_length(bench) -> None:
    assert bench("truncated", "bytes = 3").ask() == SOUND[:-3]


def test_garbage_is_as_long_and_the_same_at_the_same_time(bench) -> None:
    table = bench("garbage")
    first = table.ask()
    assert len(first) == len(SOUND)
    assert first != SOUND
    assert table.ask() == first
    table.now_s += 1.0
    assert table.ask() != first


def test_a_slow_answer_holds_up_those_behind_it_on_its_connection(bench) -> None:
    table = bench("slow", 'by = "800 ms"')
    frame = struct.pack(">HHHB", 7, 0, 6, 1) + ASK
    table.session.feed(frame + frame)
    assert table.written == [(0.8, SOUND), (1.6, SOUND)]


def test_lumps_together_are_the_sound_answer(bench) -> None:
    table = bench("lumps", "pieces = 3")
    assert table.ask() == SOUND
    assert [round(at_s, 3) for at_s, _ in table.written] == [0.0, 0.016, 0.032]


def test_a_half_open_connection_stays_dead_and_a_new_one_lives(bench, at: At) -> None:
    table = bench("half-open", 'from = "2025-01-01T00:01"', 'for = "1min"', strikes='bus = "g/b"')
    assert table.ask() == SOUND
    table.now_s += 61.0
    assert table.ask() == b""
    table.now_s += 3600.0
    assert table.ask() == b"", "for ever"
    table.session = table.connect()
    assert len(table.ask()) == len(SOUND)


def test_chance_damages_some_answers_and_leaves_others(bench) -> None:
    table = bench("silence", 'chance = "30 %"')
    answered = 0
    for _ in range(200):
        table.now_s += 1.0
        answered += bool(table.ask())
    assert answered == pytest.approx(140, abs=4 * (200 * 0.3 * 0.7) ** 0.5)


SERIAL = 'tcp = "127.0.0.1:1"\nframer = "rtu"\n'


def test_a_check_sum_error_damages_the_check_sum_alone(bench) -> None:
    sound = bench("silence", strikes='meter = "n"', bus=SERIAL).ask()
    assert crc16(sound[:-2]) == sound[-2:]
    damaged = bench("crc", bus=SERIAL).ask()
    assert damaged[:-1] == sound[:-1]
    assert damaged[-1] != sound[-1]


def test_on_a_serial_line_a_unit_that_is_not_there_says_nothing(bench) -> None:
    assert bench("crc", bus=SERIAL).ask(unit_id=77) == b""


def port_of(servers: BusServers) -> int:
    (address,) = servers.buses
    return address.port


def test_refused_connections_are_refused_by_the_system(
    still: Still, install: Any, serving: Serving, at: At
) -> None:
    """And accepted before the fault begins."""
    fault = '[[faults]]\nkind = "refused"\nbus = "g/b"\nfrom = "2025-01-01T01:00"\n'
    scenario = still(faults=fault, m=install("eastron-sdm630", "electricity"))
    with serving(scenario, at(2025, 1, 1)) as servers:
        socket.create_connection(("127.0.0.1", port_of(servers)), timeout=60).close()
    with (
        serving(scenario, at(2025, 1, 1, 1)) as servers,
        pytest.raises(ConnectionRefusedError),
    ):
        socket.create_connection(("127.0.0.1", port_of(servers)), timeout=60)


def test_a_device_with_one_connection_closes_the_second_and_serves_the_first(
    still: Still, install: Any, serving: Serving, at: At
) -> None:
    fault = '[[faults]]\nkind = "one-connection"\nbus = "g/b"\n'
    scenario = still(faults=fault, m=install("eastron-sdm630", "electricity", start=1234.5))
    frame = struct.pack(">HHHB", 7, 0, 6, 1) + ASK
    with serving(scenario, at(2025, 1, 1)) as servers:
        address = ("127.0.0.1", port_of(servers))
        with socket.create_connection(address, timeout=60) as first:
            first.sendall(frame)
            assert first.makefile("rb").read(len(SOUND)) == SOUND
            with socket.create_connection(address, timeout=60) as second:
                assert second.recv(100) == b""
            first.sendall(frame)
            assert first.makefile("rb").read(len(SOUND)) == SOUND


@pytest.mark.parametrize(
    ("frame", "crc"),
    [
        ("02 07", "41 12"),  # serial line 1.02, 6.2.2: the CRC of 02 07 is 0x1241
        ("01 04 02 ff ff", "b8 80"),
        ("11 03 00 6b 00 03", "76 87"),
    ],
)
def test_the_check_sum_is_the_standards(frame: str, crc: str) -> None:
    assert crc16(bytes.fromhex(frame)).hex(" ") == crc


def test_a_serial_request_is_found_in_pieces_and_behind_noise() -> None:
    frame = bytes.fromhex("01 04 00 48 00 02")
    frame += crc16(frame)
    framing = FRAMINGS["rtu"]
    assert framing.requests(frame[:5]) == ([], frame[:5])
    assert framing.requests(b"\xff\x00" + frame + frame[:3]) == (
        [Request(1, ASK)],
        frame[:3],
    )
    spoilt = frame[:-1] + bytes([frame[-1] ^ 1])
    assert framing.requests(spoilt + frame)[0] == [Request(1, ASK)]
