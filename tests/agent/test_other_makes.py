"""Servers that nobody here wrote, and the habits of those that need another language.

The answers of jsmodbus 4 and modbus-serial 8 were recorded from them, byte for byte.
"""

from __future__ import annotations

import asyncio
import json
import socketserver
import threading
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from pyModbusTCP.server import DataBank, ModbusServer
from umodbus.server.tcp import RequestHandler, get_server

from agent.bus import Bus, Patience
from agent.clock import Clock
from agent.commands import main as agent_main
from agent.commands import probe_main
from agent.frames import Answer, Failure, Read, Words
from agent.readplan import cost_on
from agent.unit import Poll, Unit
from plant.description import Bus as BusDescription
from plant.description import Meter

pytestmark = pytest.mark.slow

T = TypeVar("T")
PATIENT, QUICK = Patience(timeout_s=30), Patience(timeout_s=0.5)  # for an answer, for silence


def over(port: int, work: Callable[[Bus], Awaitable[T]]) -> T:
    async def whole() -> T:
        bus = Bus("g/b", BusDescription(tcp=f"127.0.0.1:{port}"), clock=Clock())
        try:
            return await work(bus)
        finally:
            bus.close()

    return asyncio.run(whole())


def read(port: int, unit: int, *reads: Read, patience: Patience = PATIENT) -> list[Answer]:
    async def work(bus: Bus) -> list[Answer]:
        return [await bus.read(unit, one, patience) for one in reads]

    return over(port, work)


# --- uModbus: an exception for whatever it does not have


@pytest.fixture
def umodbus() -> Iterator[int]:
    """Unit 1, whose input registers 0-9 hold 100-109."""
    socketserver.TCPServer.allow_reuse_address = True
    server = get_server(socketserver.TCPServer, ("127.0.0.1", 0), RequestHandler)
    rule = server.route(slave_ids=[1], function_codes=[4], addresses=list(range(10)))
    rule(lambda slave_id, function_code, address: 100 + address)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    thread.join()
    server.server_close()


def test_umodbus_gives_what_it_has_and_an_exception_for_the_rest(umodbus: int) -> None:
    there, beyond, function = read(umodbus, 1, Read(4, 0, 10), Read(4, 8, 4), Read(3, 0, 1))
    assert isinstance(there, Words)
    assert there.words == list(range(100, 110))
    assert isinstance(beyond, Failure)
    assert (beyond.kind, beyond.code) == ("exception", 2)
    assert isinstance(function, Failure)
    assert function.kind == "exception"


def test_umodbus_answers_a_foreign_unit_with_an_exception_and_probe_says_so(
    umodbus: int, capsys
) -> None:
    (answer,) = read(umodbus, 7, Read(4, 0, 1))
    assert isinstance(answer, Failure)
    assert answer.kind == "exception"
    assert probe_main([f"tcp://127.0.0.1:{umodbus}", "--units", "1,7", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert all(unit["models"] == [] for unit in found)


# --- pyModbusTCP: any unit answers, and zeros stand where nothing is


@pytest.fixture
def pymodbustcp() -> Iterator[int]:
    bank = DataBank()
    bank.set_input_registers(0x48, [0x449A, 0x5000])  # 1234.5
    server = ModbusServer("127.0.0.1", 0, no_block=True, data_bank=bank)
    server.start()
    yield server._service.server_address[1]
    server.stop()


def test_pymodbustcp_gives_what_it_has_and_zeros_for_the_rest(pymodbustcp: int) -> None:
    energy, outside = read(pymodbustcp, 1, Read(4, 0x48, 2), Read(4, 5000, 2))
    assert isinstance(energy, Words)
    assert isinstance(outside, Words)
    assert (energy.words, outside.words) == ([0x449A, 0x5000], [0, 0])


def test_no_model_is_found_in_zeros_although_every_unit_answers(pymodbustcp: int, capsys) -> None:
    assert probe_main([f"tcp://127.0.0.1:{pymodbustcp}", "--units", "1-5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [unit["unit"] for unit in found] == [1, 2, 3, 4, 5]
    assert all(not unit["models"] and not unit["sunspec"] for unit in found)


def test_zeros_where_a_voltage_should_be_are_called_implausible(
    pymodbustcp: int, write_plant, capsys
) -> None:
    path: Path = write_plant(
        f'[gateways.g.buses.b]\ntcp = "127.0.0.1:{pymodbustcp}"\n'
        '[meters.m]\nbus = "g/b"\nmodel = "eastron-sdm630"\nresource = "electricity"\n'
        'points = ["energy", "voltage_l1"]\n'
    )
    agent_main([str(path), "--once", "--json"])
    points = {p["point"]: p for p in json.loads(capsys.readouterr().out)["points"]}
    assert points["energy"]["plausible"] is True
    assert points["voltage_l1"]["plausible"] is False


# --- jsmodbus: as many registers as it has, none where it has none


def jsmodbus(frame: bytes, _: bytes | None) -> bytes:
    """Registers 0-99, for every unit; recorded: 98-101 gives 2, 500-501 gives none."""
    address, count = int.from_bytes(frame[8:10], "big"), int.from_bytes(frame[10:12], "big")
    if frame[7] == 0x2B:
        return frame[:4] + bytes.fromhex("0004") + frame[6:7] + bytes.fromhex("ab0e01")
    held = range(address, max(address, min(address + count, 100)))
    data = b"".join((1000 + a).to_bytes(2, "big") for a in held)
    pdu = bytes([frame[7], len(data)]) + data
    return frame[:4] + (1 + len(pdu)).to_bytes(2, "big") + frame[6:7] + pdu


def test_the_imitation_gives_what_jsmodbus_gave() -> None:
    def asked(pdu: str, unit: int = 1) -> str:
        frame = bytes.fromhex(f"0007000000{1 + len(pdu) // 2:02x}{unit:02x}{pdu}")
        return jsmodbus(frame, None).hex()

    assert asked("0300000002", unit=9) == "00070000000709030403e803e9"
    assert asked("0300620004") == "000700000007010304044a044b"
    assert asked("0301f40002") == "000700000003010300"
    assert asked("2b0e0100") == "00070000000401ab0e01"


def test_too_short_an_answer_is_no_value_and_costs_no_connection(meters) -> None:
    meters.habit = jsmodbus
    reads = (Read(3, 98, 4), Read(3, 500, 2), Read(3, 0, 2))
    beyond, nothing, there = read(meters.port, 1, *reads)
    assert beyond == Failure("exception", "2 registers instead of 4: illegal data address", 2)
    assert nothing == Failure("exception", "0 registers instead of 2: illegal data address", 2)
    assert isinstance(there, Words)
    assert there.words == [1000, 1001]
    assert meters.connections == 1


def test_a_point_that_a_jsmodbus_server_lacks_is_left_out_and_the_others_flow(meters) -> None:
    meters.habit = jsmodbus
    meter = Meter(bus="g/b", model="eastron-sdm630", points=("voltage_l1", "power", "energy_total"))
    unit = Unit(1, {"m": meter}, cost_on(BusDescription(tcp="x:1")))

    async def work(bus: Bus) -> Poll:
        clock = Clock()
        await unit.poll(lambda one, patience: bus.read(1, one, patience), clock.monotonic_s)
        return await unit.poll(lambda one, patience: bus.read(1, one, patience), clock.monotonic_s)

    poll = over(meters.port, work)
    assert {value.point for value in poll.values} == {"voltage_l1", "power"}
    assert [fault.point for fault in poll.faults] == ["energy_total"]
    assert meters.connections == 1


# --- modbus-serial: exception 4 for what its own code throws, silence for a foreign unit


def modbus_serial(frame: bytes, _: bytes | None) -> bytes | None:
    """Unit 1, registers 0-99; recorded: 500 gives exception 4, unit 9 nothing, 43/14 half of it."""
    if frame[6] != 1:
        return None
    if frame[7] == 0x2B:
        return frame[:4] + bytes.fromhex("000301ab01")
    address, count = int.from_bytes(frame[8:10], "big"), int.from_bytes(frame[10:12], "big")
    if address + count > 100:
        return frame[:4] + b"\0\3\1" + bytes([frame[7] | 0x80, 4])
    data = b"".join((2000 + a).to_bytes(2, "big") for a in range(address, address + count))
    return (
        frame[:4] + (3 + len(data)).to_bytes(2, "big") + b"\1" + bytes([frame[7], len(data)]) + data
    )


def test_what_modbus_serial_throws_is_a_device_failure_and_the_next_answer_is_good(meters) -> None:
    meters.habit = modbus_serial
    outside, there = read(meters.port, 1, Read(4, 500, 2), Read(4, 0, 2))
    assert outside == Failure("exception", "exception 4 (device failure)", 4)
    assert isinstance(there, Words)
    assert there.words == [2000, 2001]
    (foreign,) = read(meters.port, 9, Read(4, 0, 1), patience=QUICK)
    assert isinstance(foreign, Failure)
    assert foreign.kind == "timeout"


@pytest.mark.parametrize("habit", [jsmodbus, modbus_serial])
def test_identification_that_is_none_does_not_hide_a_unit(meters, capsys, habit) -> None:
    meters.habit = habit
    address = f"tcp://127.0.0.1:{meters.port}"
    assert probe_main([address, "--units", "1", "--timeout", "1", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["unit"], found["identity"], found["models"]) == (1, "", [])
