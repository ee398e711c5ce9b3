"""Requests and answers as bytes, by the standard's own layout."""

import struct
from collections.abc import Callable
from typing import Any

import pytest

from simulators.metering import simulated_meters
from simulators.modbus import answer
from simulators.registers import UnitRegisters
from simulators.scenario import Scenario
from simulators.server import SimulatedBus, units_of

At = Callable[..., float]
Still = Callable[..., Scenario]


@pytest.fixture
def bus(still: Still, install: Any, at: At) -> SimulatedBus:
    """Unit 1 an SDM630 (80 registers a request), unit 2 an ADAM with two channels."""
    scenario = still(
        power=install("eastron-sdm630", "electricity", start=1234.5, unit_id=1),
        wash=install(
            "advantech-adam6050", "water", start=5.0, unit_id=2,
            extra='pulse = "1 m3"\npoint = "count0"\npoints = ["count0"]',
        ),
        rinse=install(
            "advantech-adam6050", "water", start=9.0, unit_id=2,
            extra='pulse = "1 m3"\npoint = "count1"\npoints = ["count1"]',
        ),
    )  # fmt: skip
    meters = simulated_meters(scenario, scenario.timeline())
    return SimulatedBus(units_of(meters, "g/b"), lambda: at(2025, 1, 1), scenario.board())


def unit(bus: SimulatedBus, number: int = 1) -> UnitRegisters:
    """One of its units."""
    return bus.units[number]


def ask(bus: SimulatedBus, pdu: str, number: int = 1) -> str:
    """The answer PDU, both in hexadecimal."""
    return answer(unit(bus, number), bytes.fromhex(pdu), at_s=bus.now_s()).hex(" ")


def exchange(bus: SimulatedBus, frame: bytes) -> bytes:
    """The answer frame to a request frame."""
    (request,), rest = bus.framing.requests(frame)
    assert rest == b""
    return bus.frame(bus.reply(request, opened_s=0.0))


def test_a_read_is_answered_with_byte_count_and_words(bus: SimulatedBus) -> None:
    """Function 4, address 0x48, two registers: 1234.5."""
    assert ask(bus, "04 00 48 00 02") == "04 04 44 9a 50 00"


def test_channels_of_one_device_share_its_unit(bus: SimulatedBus) -> None:
    """Two meters of the plant file, one request."""
    assert ask(bus, "03 00 00 00 04", 2) == "03 08 00 05 00 00 00 09 00 00"


@pytest.mark.parametrize(
    ("request_pdu", "answer_pdu", "why"),
    [
        ("06 00 48 00 01", "86 01", "writing is no function of it"),
        ("10 00 48 00 01 02 00 01", "90 01", "nor writing several"),
        ("03 00 48 00 02", "83 01", "an SDM630 has input registers only"),
        ("04 40 00 00 02", "84 02", "beyond its last register"),
        ("04 01 66 00 04", "84 02", "begins before its end and reaches over it"),
        ("04 00 00 00 51", "84 03", "81 registers, where it bears 80"),
        ("04 00 00 00 00", "84 03", "none"),
        ("04 00 00 00", "84 03", "a request cut short"),
    ],
)
def test_a_request_that_the_meter_cannot_serve_is_refused(
    bus: SimulatedBus, request_pdu: str, answer_pdu: str, why: str
) -> None:
    """With the exception code of the standard."""
    assert ask(bus, request_pdu) == answer_pdu, why


def test_the_device_names_itself(bus: SimulatedBus) -> None:
    """43/14 basic: maker, product, revision; then one object alone."""
    told = answer(unit(bus), bytes.fromhex("2b 0e 01 00"), at_s=0.0)
    assert told[:7] == bytes.fromhex("2b 0e 01 81 00 00 03")
    assert b"Eastron" in told
    assert b"SDM630" in told
    assert answer(unit(bus), bytes.fromhex("2b 0e 04 00"), at_s=0.0)[7:] == b"\x00\x07Eastron"
    assert ask(bus, "2b 0e 04 09") == "ab 02"
    assert ask(bus, "2b 0d 01 00") == "ab 01"


def test_a_frame_keeps_its_transaction_and_unit(bus: SimulatedBus) -> None:
    """MBAP: transaction, 0, length of what follows, unit."""
    frame = struct.pack(">HHHB", 0xBEEF, 0, 6, 1) + bytes.fromhex("04 00 48 00 02")
    assert exchange(bus, frame).hex(" ") == "be ef 00 00 00 07 01 04 04 44 9a 50 00"


def test_an_unknown_unit_is_answered_by_the_gateway(bus: SimulatedBus) -> None:
    """Exception 0x0B: the target did not respond."""
    frame = struct.pack(">HHHB", 1, 0, 6, 77) + bytes.fromhex("04 00 48 00 02")
    assert exchange(bus, frame)[6:].hex(" ") == "4d 84 0b"
