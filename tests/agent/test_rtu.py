"""Serial lines for real: pseudo-terminals with several units, and other framings over TCP."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import shutil
import ssl
import struct
import subprocess
import threading
import tty
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
import serial
from modbus_tk import defines, modbus_rtu
from pymodbus.datastore import (
    ModbusDeviceContext,
    ModbusSequentialDataBlock,
    ModbusServerContext,
)
from pymodbus.server import ModbusTlsServer

from agent.bus import Bus, Patience
from agent.clock import Clock
from agent.frames import Answer, Failure, Identity, Read, Words
from plant.description import Bus as BusDescription

T = TypeVar("T")
QUICK = Patience(timeout_s=0.15)  # for what never answers
PATIENT = Patience(timeout_s=30)  # for what does, on however busy a machine
READS = {1, 2, 3, 4, 0x2B}


def on_bus(work: Callable[[Bus], Awaitable[T]], **description: object) -> T:
    async def whole() -> T:
        bus = Bus("g/b", BusDescription.model_validate(description), clock=Clock())
        try:
            return await work(bus)
        finally:
            bus.close()

    return asyncio.run(whole())


def crc(data: bytes) -> bytes:
    """CRC-16 of Modbus over serial line 1.02, 6.2.2, bit by bit."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return struct.pack("<H", value)


class Line:
    """Units on one end of a pseudo-terminal; register n of unit u holds 100 u + n."""

    def __init__(self) -> None:
        self.end, other = os.openpty()
        tty.setraw(other)
        self.device = os.ttyname(other)
        self._other = other
        self.units = {1, 2, 3}
        self.frames: list[bytes] = []
        self.habit: Callable[[bytes, bytes | None], list[bytes]] = lambda frame, usual: (
            [usual] if usual else []
        )
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        waiting = b""
        while not self._over.is_set():
            if not select.select([self.end], [], [], 0.02)[0]:
                continue
            with contextlib.suppress(OSError):
                waiting += os.read(self.end, 256)
            while len(waiting) >= 8:
                frame, waiting = waiting[:8], waiting[8:]
                assert crc(frame[:6]) == frame[6:], "the frame itself is sound"
                self.frames.append(frame)
                for lump in self.habit(frame, self._usual(frame)):
                    os.write(self.end, lump)

    def _usual(self, frame: bytes) -> bytes | None:
        unit, function, address, count = struct.unpack(">BBHH", frame[:6])
        if unit not in self.units:
            return None
        words = [100 * unit + a for a in range(address, address + count)]
        answer = bytes([unit, function, 2 * count]) + struct.pack(f">{count}H", *words)
        return answer + crc(answer)

    def close(self) -> None:
        self._over.set()
        self._thread.join()
        os.close(self.end)
        os.close(self._other)


@pytest.fixture
def line() -> Iterator[Line]:
    found = Line()
    yield found
    found.close()
    assert {frame[1] for frame in found.frames} <= READS


def test_several_units_on_one_line_are_read(line: Line) -> None:
    async def work(bus: Bus) -> list[Answer]:
        return [await bus.read(unit, Read(3, 10, 2), PATIENT) for unit in (1, 2, 3, 1)]

    answers = on_bus(work, serial=line.device, baud=115200)
    words = [answer.words for answer in answers if isinstance(answer, Words)]
    assert words == [[110, 111], [210, 211], [310, 311], [110, 111]]


def test_a_dead_unit_between_two_living_ones_is_a_timeout_and_nothing_else(line: Line) -> None:
    line.units = {1, 3}

    async def work(bus: Bus) -> list[Answer]:
        patience = {1: PATIENT, 2: QUICK, 3: PATIENT}
        return [await bus.read(unit, Read(4, 0, 1), patience[unit]) for unit in (1, 2, 3)]

    first, second, third = on_bus(work, serial=line.device, baud=115200)
    assert isinstance(first, Words)
    assert isinstance(second, Failure)
    assert second.kind == "timeout"
    assert isinstance(third, Words)
    assert third.words == [300]


def test_a_late_answer_is_not_taken_for_that_of_the_next_unit(line: Line) -> None:
    """pymodbus#880: late replies from slave 3 confuse the next read."""
    late: list[bytes] = []

    def habit(frame: bytes, usual: bytes | None) -> list[bytes]:
        assert usual is not None
        if frame[0] == 3:
            late.append(usual)
            return []
        return [late.pop(), usual] if late else [usual]

    line.habit = habit

    async def work(bus: Bus) -> list[Answer]:
        asked = zip((3, 1, 1, 2), (QUICK, QUICK, PATIENT, PATIENT), strict=True)
        return [await bus.read(unit, Read(3, 0, 1), patience) for unit, patience in asked]

    answers = on_bus(work, serial=line.device, baud=115200)
    taken = [(unit, a.words) for unit, a in zip((3, 1, 1, 2), answers, strict=True)
             if isinstance(a, Words)]  # fmt: skip
    assert all(words == [100 * unit] for unit, words in taken)
    assert len(taken) >= 2, "at most one good answer is lost with the late one"


def test_answers_in_small_lumps_are_put_together(line: Line) -> None:
    """USB adapters deliver what they have every 16 ms, whatever the 1.5-character rule says."""

    def habit(frame: bytes, usual: bytes | None) -> list[bytes]:
        assert usual is not None
        return [usual[i : i + 3] for i in range(0, len(usual), 3)]

    line.habit = habit
    answer = on_bus(lambda bus: bus.read(2, Read(3, 0, 20), PATIENT), serial=line.device)
    assert isinstance(answer, Words)
    assert answer.words == list(range(200, 220))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda usual: usual[:-1] + bytes([usual[-1] ^ 1]),
        lambda usual: usual[:4],
        lambda usual: b"\xff\x00\xff" * 5,
        lambda usual: usual[:1] + b"\x70" + usual[2:],
    ],
    ids=["wrong checksum", "cut short", "noise", "unknown function"],
)
def test_noise_is_no_value_and_the_next_answer_is_good_again(line: Line, spoil) -> None:
    usual_habit = line.habit

    async def work(bus: Bus) -> list[Answer]:
        line.habit = lambda frame, usual: [spoil(usual)]
        first = await bus.read(1, Read(3, 0, 2), QUICK)
        line.habit = usual_habit
        return [first, await bus.read(1, Read(3, 0, 2), PATIENT)]

    first, second = on_bus(work, serial=line.device, baud=115200)
    assert isinstance(first, Failure)
    assert isinstance(second, Words)
    assert second.words == [100, 101]


def test_a_line_that_is_not_there_says_what_to_try() -> None:
    answer = on_bus(lambda bus: bus.read(1, Read(3, 0, 1), QUICK), serial="/dev/ttyNONE9")
    assert isinstance(answer, Failure)
    assert answer.kind == "refused"
    assert "/dev/ttyNONE9 is not there: look at the adapter" in answer.text


@pytest.fixture
def socat(tmp_path: Path, wait_until: Callable[..., None]) -> Iterator[tuple[Path, Path]]:
    """Two pseudo-terminals tied together."""
    ends = tmp_path / "a", tmp_path / "b"
    links = [f"pty,raw,echo=0,link={end}" for end in ends]
    program = shutil.which("socat")
    assert program is not None
    with subprocess.Popen([program, *links]) as process:
        wait_until(lambda: all(end.exists() for end in ends), "both ends")
        yield ends
        process.terminate()


@pytest.mark.server("socat")
def test_a_serial_server_of_another_make_gives_the_same_registers(socat) -> None:
    """modbus-tk, with three units on the line and one that is not there."""
    server = modbus_rtu.RtuServer(serial.Serial(str(socat[1]), 19200))
    for unit in (1, 2, 3):
        slave = server.add_slave(unit)
        slave.add_block("holding", defines.HOLDING_REGISTERS, 0, 100)
        slave.set_values("holding", 0, [1000 * unit + n for n in range(100)])
        slave.add_block("coils", defines.COILS, 0, 16)
        slave.set_values("coils", 0, [1, 0, 1, 1, 0, 0, 1, 0, 1, 1])
    server.start()

    async def work(bus: Bus) -> list[Answer]:
        answers = [await bus.read(u, Read(3, 5, 60), PATIENT) for u in (1, 2, 3)]
        answers.append(await bus.read(2, Read(1, 0, 10), PATIENT))
        answers.append(await bus.read(9, Read(3, 0, 1), QUICK))
        answers.append(await bus.read(1, Read(3, 90, 20), PATIENT))
        return answers

    try:
        *good, bits, silent, refused = on_bus(work, serial=str(socat[0]), baud=19200)
    finally:
        server.stop()
    for unit, answer in zip((1, 2, 3), good, strict=True):
        assert isinstance(answer, Words)
        assert answer.words == [1000 * unit + n for n in range(5, 65)]
    assert isinstance(bits, Words)
    assert bits.words == [1, 0, 1, 1, 0, 0, 1, 0, 1, 1]
    assert isinstance(silent, Failure)
    assert silent.kind == "timeout"
    assert isinstance(refused, Failure)
    assert refused.code == 2


# Worked examples of the Modbus application protocol 1.1b3, 6.1 to 6.4: request, answer, its values.
WORKED = [
    (Read(1, 19, 19), "0100130013", "0103cd6b05", [int(b) for b in "1011001111010110101"]),
    (Read(2, 196, 22), "0200c40016", "0203acdb35", [int(b) for b in "0011010111011011101011"]),
    (Read(3, 107, 3), "03006b0003", "0306022b00000064", [555, 0, 100]),
    (Read(4, 8, 1), "0400080001", "0402000a", [10]),
]
NAMED = (  # 6.21: 43/14, basic objects
    "2b0e0100",
    "2b0e01010000030016" + b"Company identification".hex()
    + "010f" + b"Product code XX".hex() + "0205" + b"V2.11".hex(),
)  # fmt: skip


def framed(framer: str, pdu: str, unit: int, transaction: bytes) -> bytes:
    """A frame as the standards have it: MBAP header, CRC, or digits and LRC."""
    body = bytes([unit]) + bytes.fromhex(pdu)
    if framer == "socket":
        return transaction + struct.pack(">HH", 0, len(body)) + body
    if framer == "rtu":
        return body + crc(body)
    return b":" + (body + bytes([-sum(body) & 0xFF])).hex().upper().encode() + b"\r\n"


@pytest.mark.parametrize("framer", ["socket", "rtu", "ascii"])
def test_the_worked_examples_of_the_standard_are_asked_and_read_in_every_framing(framer) -> None:
    """Byte for byte; over TCP, so that no serial line is needed."""
    replies = {request: reply for _, request, reply, _ in WORKED} | dict([NAMED])
    unknown: list[bytes] = []
    over = asyncio.Event()

    async def meter(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while frame := await reader.read(256):
            known = {framed(framer, ask, 17, frame[:2]): reply for ask, reply in replies.items()}
            if frame not in known:
                unknown.append(frame)
                break
            writer.write(framed(framer, known[frame], 17, frame[:2]))
            await writer.drain()
        writer.close()
        over.set()

    async def whole() -> tuple[list[Answer], Identity | Failure]:
        server = await asyncio.start_server(meter, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        bus = Bus("g/b", BusDescription(tcp=f"127.0.0.1:{port}", framer=framer), clock=Clock())
        try:
            answers = [await bus.read(17, read, PATIENT) for read, _, _, _ in WORKED]
            return answers, await bus.identify(17, PATIENT)
        finally:
            bus.close()
            await over.wait()
            server.close()

    answers, named = asyncio.run(whole())
    assert not unknown, "no frame but those of the standard"
    words = [answer.words if isinstance(answer, Words) else answer for answer in answers]
    assert words == [wanted for _, _, _, wanted in WORKED]
    assert str(named) == "Company identification Product code XX V2.11"


@pytest.mark.server("openssl")
def test_modbus_over_tls_is_read_when_the_certificate_is_right(tmp_path, monkeypatch) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=meter", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)
    block = ModbusSequentialDataBlock(1, list(range(50)))
    context = ModbusServerContext(devices={4: ModbusDeviceContext(hr=block)}, single=False)

    async def whole() -> tuple[Answer, Answer]:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        server = ModbusTlsServer(context, address=("127.0.0.1", 0), sslctx=tls)
        await server.serve_forever(background=True)
        port = server.transport.sockets[0].getsockname()[1]
        description = BusDescription(tcp=f"127.0.0.1:{port}", framer="tls")
        answers = []
        for trusted in (None, str(certificate)):
            if trusted:
                monkeypatch.setenv("CLEANLINE_MODBUS_CA", trusted)
            bus = Bus("g/b", description, clock=Clock())
            answers.append(await bus.read(4, Read(3, 10, 5), Patience(2.0)))
            bus.close()
        await server.shutdown()
        return answers[0], answers[1]

    stranger, friend = asyncio.run(whole())
    assert isinstance(stranger, Failure)
    assert stranger.kind == "refused"
    assert "certificate" in stranger.text.lower()
    assert isinstance(friend, Words)
    assert friend.words == list(range(10, 15))
