"""Clocks that are moved by hand, meters that record what they are asked, and real brokers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import socketserver
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from modbus_tk import modbus_tcp
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from agent.clock import Clock
from plant.reading import Reading
from plant.senml import Pack, decode_pack
from plant.wire import Status, Stored, parse_topic
from simulators.embedded_broker import start_broker
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
MAY_BE_SENT = {1, 2, 3, 4, 0x2B}
START_MS = 1_790_000_000_000


class Hands:
    """The hands of a clock: time passes only in sleep."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.wall_offset_ms = START_MS - 1_000_000

    def wall_ms(self) -> int:
        return round(self.now_s * 1000) + self.wall_offset_ms

    async def sleep(self, seconds: float) -> None:
        self.now_s += max(0.0, seconds)
        await asyncio.sleep(0)

    def clock(self) -> Clock:
        return Clock(lambda: self.now_s, self.wall_ms, self.sleep)


@pytest.fixture
def hands() -> Hands:
    return Hands()


# --- a meter that answers from a table of registers, and records what it is asked


# Makes the bytes to send of (frame, usual answer): None says nothing, b"" hangs up.
Habit = Callable[[bytes, bytes | None], bytes | None]


def _answer_as_usual(_: bytes, usual: bytes | None) -> bytes | None:
    return usual


@dataclass
class Meters:
    """A Modbus TCP server whose habits a test chooses; it sees every frame."""

    registers: dict[tuple[int, int, int], int] = field(default_factory=dict)  # unit, function, at
    frames: list[bytes] = field(default_factory=list)
    connections: int = 0
    habit: Habit = _answer_as_usual
    port: int = 0

    def put(self, unit: int, function: int, address: int, words: list[int]) -> None:
        for offset, word in enumerate(words):
            self.registers[unit, function, address + offset] = word

    def put_float(self, unit: int, function: int, address: int, value: float) -> None:
        self.put(unit, function, address, list(struct.unpack(">2H", struct.pack(">f", value))))

    def answer_pdu(self, unit: int, pdu: bytes) -> bytes | None:
        """What a sound meter answers; silence for a unit that is not there."""
        if unit not in {u for u, _, _ in self.registers}:
            return None
        function = pdu[0]
        if function == 0x2B:
            objects = b"\x00\x04Acme\x01\x02M1\x02\x031.0"
            return bytes([0x2B, 0x0E, 1, 1, 0, 0, 3]) + objects
        address, count = struct.unpack(">HH", pdu[1:5])
        words = [self.registers.get((unit, function, a)) for a in range(address, address + count)]
        if None in words:
            return bytes([function | 0x80, 2])
        if function in (1, 2):
            bits = sum(bool(bit) << i for i, bit in enumerate(words))
            return bytes([function, -(-count // 8)]) + bits.to_bytes(-(-count // 8), "little")
        return bytes([function, 2 * count]) + struct.pack(f">{count}H", *words)

    def serve_frame(self, frame: bytes) -> bytes | None:
        self.frames.append(frame)
        usual = self.answer_pdu(frame[6], frame[7:])
        if usual is not None:
            usual = mbap(frame[:2], frame[6], usual)
        return self.habit(frame, usual)

    @property
    def functions(self) -> set[int]:
        return {frame[7] for frame in self.frames}


def mbap(transaction: bytes, unit: int, pdu: bytes) -> bytes:
    """A Modbus TCP frame."""
    return transaction + b"\0\0" + struct.pack(">H", len(pdu) + 1) + bytes([unit]) + pdu


def _receive(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        lump = connection.recv(count - len(data))
        if not lump:
            raise ConnectionError
        data += lump
    return data


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        meters: Meters = self.server.meters  # type: ignore[attr-defined]
        meters.connections += 1
        with contextlib.suppress(OSError):
            while True:
                head = _receive(self.request, 6)
                frame = head + _receive(self.request, struct.unpack(">H", head[4:6])[0])
                answer = meters.serve_frame(frame)
                if answer == b"":
                    return
                if answer is not None:
                    self.request.sendall(answer)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@pytest.fixture
def meters() -> Iterator[Meters]:
    """The recording server; at the end of every test it has seen reads and nothing else."""
    seen = Meters()
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.meters = seen  # type: ignore[attr-defined]
        seen.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield seen
        server.shutdown()
        thread.join()
    assert seen.functions <= MAY_BE_SENT
    assert all(frame[8] == 0x0E for frame in seen.frames if frame[7] == 0x2B)


@pytest.fixture
def modbus_tk_server() -> Iterator[tuple[modbus_tcp.TcpServer, int]]:
    """A running server of another implementation, still without units, and its port."""
    port = free_port()
    server = modbus_tcp.TcpServer(port, address="127.0.0.1")
    server.start()
    try:
        _await_port(port)
        yield server, port
    finally:
        server.stop()


# --- plants and brokers


@pytest.fixture
def write_plant(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a plant file around the given tables."""

    def write(text: str) -> Path:
        path = tmp_path / "plant.toml"
        head = '[plant]\nid = "works"\nname = "Works"\n[resources.electricity]\n'
        path.write_text(head + text, encoding="utf-8")
        return path

    return write


def _await_port(port: int, process: subprocess.Popen[bytes] | None = None) -> None:
    for _ in range(1200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        if process is not None and process.poll() is not None:
            break
        threading.Event().wait(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


class Mosquitto:
    """A real Mosquitto of our own, which can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
        assert program is not None
        self.port = free_port()
        settings = folder / "mosquitto.conf"
        settings.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\n")
        self._command = [program, "-c", str(settings)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stderr=subprocess.DEVNULL)
        _await_port(self.port, self._process)

    def kill(self) -> None:
        """It forgets everything: it keeps nothing on disk."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


class Collector:
    """The other end: keeps what arrives, and says `stored` when it is told to."""

    def __init__(self, port: int) -> None:
        self.packs: list[tuple[str, int, str, Pack]] = []  # outbox, seq, config, what it held
        self.statuses: list[Status] = []
        self.answers = True
        self._news = threading.Condition()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="collector", protocol=MQTTv5)
        self._client.reconnect_delay_set(0.05, 0.2)
        self._client.on_connect = lambda *_: self._client.subscribe("cleanline/v1/#", qos=1)
        self._client.on_message = self._take
        self._client.connect_async("127.0.0.1", port)
        self._client.loop_start()

    def _take(self, client: Client, _: object, message: MQTTMessage) -> None:
        topic = parse_topic(message.topic)
        with self._news:
            if topic.leaf == "status":
                self.statuses.append(Status.decode(bytes(message.payload)))
            elif topic.leaf == "readings":
                given = dict(message.properties.UserProperty)
                outbox, seq, config = given["outbox"], int(given["seq"]), given["config"]
                self.packs.append((outbox, seq, config, decode_pack(bytes(message.payload))))
                if self.answers:
                    answer = Stored(outbox, [(seq, seq)], [], time.time_ns() // 1_000_000)
                    client.publish(str(topic._replace(leaf="stored")), answer.encode(), qos=1)
            self._news.notify_all()

    def wait_for(self, seen: Callable[[], object], timeout_s: float = 60.0) -> None:
        """Until something was seen; an assertion error when it never is."""
        with self._news:
            assert self._news.wait_for(lambda: bool(seen()), timeout_s), "it never came"

    @property
    def numbers(self) -> set[tuple[str, int]]:
        return {(outbox, seq) for outbox, seq, _, _ in self.packs}

    @property
    def readings(self) -> list[Reading]:
        return [reading for _, _, _, pack in self.packs for reading in pack.readings]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
def collector_at() -> Iterator[Callable[[int], Collector]]:
    """Makes a collector at a port."""
    made: list[Collector] = []

    def make(port: int) -> Collector:
        made.append(Collector(port))
        return made[-1]

    yield make
    for collector in made:
        collector.close()


@pytest.fixture
def iotcore_port(tmp_path: Path) -> Iterator[int]:
    """The port of a real iotcore broker of our own."""
    port = free_port()
    with start_broker(tmp_path, port):
        yield port


class Agent:
    """`cleanline agent` as a process of its own."""

    def __init__(self, plant: Path, *options: str) -> None:
        command = [sys.executable, str(ROOT / "cleanline.py"), "agent", str(plant), *options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def stop(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Exit code, output and log, after a signal."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=60)
        return self.process.returncode, out, err


@pytest.fixture
def start_agent() -> Iterator[Callable[..., Agent]]:
    """Starts an agent; none outlives the test."""
    started: list[Agent] = []

    def start(plant: Path, *options: str) -> Agent:
        started.append(Agent(plant, *options))
        return started[-1]

    yield start
    for agent in started:
        if agent.process.poll() is None:
            agent.process.kill()
            agent.process.communicate()
