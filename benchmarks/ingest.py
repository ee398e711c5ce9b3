"""What the collector takes in: readings a second, CPU for each, delay, backlog, signing and TLS.

python -m benchmarks.ingest [--readings 100000] [--store sqlite,influx]

Real Mosquitto, the real command, real InfluxDB 1.6 where it is installed. Packs are made
beforehand, and sent by a process of its own with at most 32 waiting for each gateway, as agents do.
CPU seconds are the collector's own: they hold on a machine that does something else as well, which
wall seconds do not.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from benchmarks.ingest_packs import (
    PLANT,
    Load,
    broker_text,
    files_of_gateway,
    first_pack,
    hash_of,
    live_packs,
    packs_of,
    plant_text,
    secure,
)
from benchmarks.ingest_stages import Key, Marks, read_trace, stage_rows
from benchmarks.servers import PATH, free_port, influx, running
from collector.certificates import make_signing_key
from plant.broker import send_at_once
from plant.wire import WINDOW, Stored

ROOT = Path(__file__).parent.parent
TICKS = os.sysconf("SC_CLK_TCK")
PROMISED_PER_S = 50_000


@dataclass(slots=True)
class Result:
    """What came of it."""

    load: Load
    wall_s: float = 0.0
    cpu_s: float = 0.0
    readings: int = 0
    heard: dict[Key, tuple[float, float]] = field(default_factory=dict)  # sent, answer heard [s]
    trace: dict[Key, Marks] = field(default_factory=dict)
    threads: dict[str, float] = field(default_factory=dict)  # CPU seconds

    @property
    def per_s(self) -> float:
        """Readings a second."""
        return self.readings / self.wall_s

    def row(self) -> list[str]:
        """A line of the table."""
        delays = sorted(heard_s - sent_s for sent_s, heard_s in self.heard.values())
        p99 = delays[int(0.99 * (len(delays) - 1))] if delays else float("nan")
        return [
            self.load.name,
            str(self.load.gateways),
            f"{self.per_s:,.0f}",
            f"{1e6 * self.cpu_s / self.readings:.1f}",
            f"{self.readings / self.cpu_s:,.0f}",
            f"{self.wall_s:.1f}",
            f"{p99:.3f}",
        ]


def main() -> None:
    """Print a table for each store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readings", type=int, default=100_000)
    parser.add_argument("--store", default="sqlite,influx")
    parser.add_argument("--only", default="", help="loads whose name has this")
    parser.add_argument("--seconds", type=float, default=20, help="of a load at a steady pace")
    options = parser.parse_args()
    count = options.readings
    loads = [
        Load("as fast as it goes, 1000 a pack", 1, count, 1000),
        Load("the same", 200, count, 1000),
        Load("small packs, 50 a pack", 1, count, 50),
        Load("the same", 200, count, 50),
        Load("signed", 1, count, 1000, signed=True),
        Load("over TLS, by certificate", 1, count, 1000, tls=True),
        Load("a day of 50 meters at 10 s, live beside it", 1, 432_000, 1000, backlog=True),
    ]
    for store in options.store.split(","):
        if store == "influx" and shutil.which("influxd", path=PATH) is None:
            sys.stdout.write("influxd is not installed: left out\n")
            continue
        _print([f"into {store}", "gateways", "read./s", "us CPU", "per core s", "wall s", "p99 s"])
        results: list[Result] = []
        for load in loads:
            if options.only in load.name:
                results.append(_run(load, store))
                _print(results[-1].row())
        _print_costs(results)
        for load in _halves(results, options.seconds):
            if options.only in load.name:
                _print_stages(_run(load, store))


def _halves(results: Sequence[Result], seconds: float) -> list[Load]:
    """Half of the promised load, and half of what this machine came to."""
    reached = [r.per_s for r in results if r.load.gateways > 1 and r.load.a_pack > 50]
    paces = {"half of 50,000 a second": PROMISED_PER_S / 2}
    if reached:
        paces["half of what was reached"] = max(reached) / 2
    return [
        Load(f"{name}, 250 a pack", 200, int(pace * seconds), 250, per_s=pace)
        for name, pace in paces.items()
    ]


def _print_stages(result: Result) -> None:
    """Where packs spend their time."""
    _print(result.row())
    sys.stdout.write(f"  {'s':42}{'half':>12}{'99 of 100':>12}{'slowest 1 %':>12}\n")
    for name, *times in stage_rows(result.heard, result.trace):
        sys.stdout.write(f"  {name:42}" + "".join(f"{took:12.3f}" for took in times) + "\n")
    told = ", ".join(f"{name} {cpu_s:.1f}" for name, cpu_s in result.threads.items())
    sys.stdout.write(f"  CPU by thread [s]: {told}\n")


def _print_costs(results: Sequence[Result]) -> None:
    """What signing and TLS add, against the same load without them."""
    plain = next((r for r in results if not (r.load.signed or r.load.tls or r.load.backlog)), None)
    for result in results:
        if plain and (result.load.signed or result.load.tls):
            more = result.cpu_s / result.readings - plain.cpu_s / plain.readings
            what = "a signature" if result.load.signed else "TLS"
            sys.stdout.write(
                f"{what} adds {1e6 * more:+.2f} us a reading, {1e6 * more * 1000:+.0f} a pack\n"
            )


def _print(row: Sequence[str]) -> None:
    sys.stdout.write(f"{row[0]:44}" + "".join(f"{cell:>12}" for cell in row[1:]) + "\n")
    sys.stdout.flush()


def _run(load: Load, store: str) -> Result:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        key = None
        public = ""
        if load.signed:
            made = make_signing_key()
            loaded = load_pem_private_key(made.private, password=None)
            assert isinstance(loaded, Ed25519PrivateKey)  # noqa: S101
            key, public = loaded, made.public
        plant = folder / "plant.toml"
        plant.write_text(plant_text(load, public), encoding="utf-8")
        port = free_port()
        environment: dict[str, str] = {}
        if load.tls:
            environment = secure(folder, load, port)
        else:
            (folder / "m.conf").write_text(broker_text(port), encoding="utf-8")
        stack.enter_context(running(["mosquitto", "-c", str(folder / "m.conf")], folder, port))
        options = ["--broker", f"{'mqtts' if load.tls else 'mqtt'}://localhost:{port}"]
        if store == "influx":
            options += ["--store", stack.enter_context(influx(folder))]
        page = free_port()
        trace = folder / "trace.json"
        program = ["benchmarks.ingest_stages", str(trace)] if load.per_s else ["cleanline"]
        command = [sys.executable, "-m", *program, "collector", str(plant), "--port", str(page)]
        collector = stack.enter_context(
            running([*command, *options], folder, page, environment | {"PYTHONPATH": str(ROOT)})
        )
        sender = _Sender(load, port, key, environment=files_of_gateway(environment, folder))
        try:
            sender.warm_up(collector.pid)
            before_s = _cpu_s(collector.pid)
            result = sender.run()
            result.cpu_s = _cpu_s(collector.pid) - before_s
        finally:
            sender.close()
        collector.terminate()
        collector.wait(20)
        if trace.exists():
            result.trace, result.threads = read_trace(trace)
        return result


class _Sender:
    """Gateways that send packs made beforehand, and hear what is stored."""

    def __init__(
        self, load: Load, port: int, key: Ed25519PrivateKey | None, *, environment: dict[str, str]
    ) -> None:
        self._load = load
        self._first = [first_pack(number, key) for number in range(load.gateways)]
        self._packs = [
            packs_of(load, number, key, prev=hash_of(self._first[number]))
            for number in range(load.gateways)
        ]
        self._sent_s: dict[tuple[str, int], float] = {}
        self._waiting = [0] * load.gateways
        self._stored = 0
        self._live: dict[tuple[str, int], float] = {}
        self._news = threading.Condition()
        self._result = Result(load)
        self._is_warm = False
        client = self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        if load.tls:
            client.tls_set(environment["CA"], environment["CERT"], environment["KEY"])
        client.max_inflight_messages_set(0xFFFF)
        client.on_message = self._hear
        client.on_socket_open = send_at_once
        ready = threading.Event()
        client.on_subscribe = lambda *_: ready.set()
        names = "+" if load.gateways > 1 else "g0"
        client.on_connect = lambda c, *_: c.subscribe(f"cleanline/v1/{PLANT}/{names}/stored", 1)
        client.connect("localhost", port)
        client.loop_start()
        ready.wait(30)
        time.sleep(2)  # the collector subscribes

    def _hear(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        answer = Stored.decode(bytes(message.payload))
        now_s = time.monotonic()
        with self._news:
            for seq in answer.numbers():
                sent_s = self._sent_s.pop((answer.outbox, seq), None)
                if sent_s is None or not self._is_warm:
                    continue
                if answer.outbox != "live":
                    self._waiting[int(answer.outbox[1:])] -= 1
                    self._stored += 1
                if answer.outbox == "live" or not self._load.backlog:
                    self._result.heard[answer.outbox, seq] = (sent_s, now_s)
            self._news.notify_all()

    def warm_up(self, pid: int) -> None:
        """Make each gateway known by a small pack of its meters, and wait until it is derived.

        A new meter costs a few ms once, which says nothing of the readings that follow.
        """
        for number in range(self._load.gateways):
            self._send(f"g{number}", *self._first[number])
        with self._news:
            self._news.wait_for(lambda: not self._sent_s, timeout=60)
        until_s = time.monotonic() + 30
        while time.monotonic() < until_s:
            before_s = _cpu_s(pid)
            time.sleep(1.5)
            if _cpu_s(pid) - before_s < 0.1:
                break
        self._is_warm = True

    def run(self) -> Result:
        """Send everything; returns when all is stored."""
        packs = sum(map(len, self._packs))
        began_s = time.monotonic()
        live = live_packs() if self._load.backlog else iter(())
        next_live_s, turn, sent = began_s, 0, 0
        a_pack_s = self._load.a_pack / self._load.per_s if self._load.per_s else 0.0
        while self._stored < packs:
            now_s = time.monotonic()
            if self._load.backlog and now_s >= next_live_s:
                next_live_s += 0.5
                self._send("live", *next(live))
            number = self._choose(turn)
            if number is None or (a_pack_s and now_s < began_s + sent * a_pack_s):
                with self._news:
                    self._news.wait(0.002)
                continue
            turn, sent = number + 1, sent + 1
            self._waiting[number] += 1
            self._send(f"g{number}", *self._packs[number].pop())
        self._result.wall_s = time.monotonic() - began_s
        self._result.readings = packs * self._load.a_pack
        return self._result

    def _choose(self, turn: int) -> int | None:
        """The next gateway that has a pack, and room for it."""
        count = self._load.gateways
        for step in range(count):
            number = (turn + step) % count
            if self._packs[number] and self._waiting[number] < WINDOW:
                return number
        return None

    def _send(self, outbox: str, seq: int, said: list[tuple[str, str]], payload: bytes) -> None:
        gateway = "g0" if outbox == "live" else outbox
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.UserProperty = said
        with self._news:
            self._sent_s[outbox, seq] = time.monotonic()
        topic = f"cleanline/v1/{PLANT}/{gateway}/readings"
        self._client.publish(topic, payload, qos=1, properties=properties)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


def _cpu_s(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS


if __name__ == "__main__":
    main()
