"""Gateways that send what `benchmarks.ingest` measures, and what came of it."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from benchmarks.ingest_packs import PLANT, Load, first_pack, hash_of, live_packs, packs_of
from benchmarks.ingest_stages import Key, Noted
from plant.broker_client import send_at_once
from plant.wire import WINDOW, Stored

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Result:
    """What came of it."""

    load: Load
    wall_s: float = 0.0
    cpu_s: float = 0.0
    readings: int = 0
    heard: dict[Key, tuple[float, float]] = field(default_factory=dict)  # sent, answer heard [s]
    late: list[float] = field(default_factory=list)  # packs of a steady pace, by the sender [s]
    answered: list[float] = field(default_factory=list)  # those, by the broker [s]
    trace: Noted = field(default_factory=Noted)

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


class Sender:
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
        self._published_s: dict[int, float] = {}  # by number of the message
        self._answered_s: dict[int, float] = {}
        self._news = threading.Condition()
        self._result = Result(load)
        self._is_warm = False
        client = self._client = Client(CallbackAPIVersion.VERSION2, protocol=MQTTv5)
        if load.tls:
            client.tls_set(environment["CA"], environment["CERT"], environment["KEY"])
        client.max_inflight_messages_set(0xFFFF)
        client.on_message = self._hear
        client.on_socket_open = send_at_once
        client.on_publish = self._hear_broker
        ready = threading.Event()
        client.on_subscribe = lambda *_: ready.set()
        names = "+" if load.gateways > 1 else "g0"
        client.on_connect = lambda c, *_: c.subscribe(f"cleanline/v1/{PLANT}/{names}/stored", 1)
        client.connect("localhost", port)
        client.loop_start()
        ready.wait(30)
        time.sleep(2)  # the collector subscribes

    def _hear_broker(self, _client: Client, _data: Any, mid: int, *_: Any) -> None:
        self._answered_s[mid] = time.monotonic()

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
            before_s = cpu_s(pid)
            time.sleep(1.5)
            if cpu_s(pid) - before_s < 0.1:
                break
        self._is_warm = True

    def run(self) -> Result:
        """Send everything; returns when all is stored.

        What a gateway with no room for it holds back counts as sent when it was due.
        """
        packs = sum(map(len, self._packs))
        began_s = time.monotonic()
        live = live_packs() if self._load.backlog else iter(())
        next_live_s, turn, sent, is_held = began_s, 0, 0, False
        a_pack_s = self._load.a_pack / self._load.per_s if self._load.per_s else 0.0
        while self._stored < packs:
            now_s = time.monotonic()
            if self._load.backlog and now_s >= next_live_s:
                next_live_s += 0.5
                self._send("live", *next(live))
            number, due_s = self._choose(turn), began_s + sent * a_pack_s
            if number is None or (a_pack_s and now_s < due_s):
                is_held = is_held or now_s >= due_s
                with self._news:
                    self._news.wait(0.002)
                continue
            turn, sent = number + 1, sent + 1
            self._waiting[number] += 1
            if a_pack_s and not is_held:
                self._result.late.append(now_s - due_s)
            since_s = due_s if a_pack_s and is_held else now_s
            self._send(f"g{number}", *self._packs[number].pop(), since_s=since_s)
            is_held = False
        self._result.wall_s = time.monotonic() - began_s
        self._result.readings = packs * self._load.a_pack
        self._result.answered = [
            self._answered_s[mid] - sent_s
            for mid, sent_s in self._published_s.items()
            if mid in self._answered_s
        ]
        return self._result

    def _choose(self, turn: int) -> int | None:
        """The next gateway that has a pack, and room for it."""
        count = self._load.gateways
        for step in range(count):
            number = (turn + step) % count
            if self._packs[number] and self._waiting[number] < WINDOW:
                return number
        return None

    def _send(
        self,
        outbox: str,
        seq: int,
        said: list[tuple[str, str]],
        payload: bytes,
        *,
        since_s: float | None = None,
    ) -> None:
        gateway = "g0" if outbox == "live" else outbox
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.UserProperty = said
        with self._news:
            sent_s = time.monotonic()
            self._sent_s[outbox, seq] = sent_s if since_s is None else since_s
        topic = f"cleanline/v1/{PLANT}/{gateway}/readings"
        told = self._client.publish(topic, payload, qos=1, properties=properties)
        if self._load.per_s:
            self._published_s[told.mid] = sent_s

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()


def cpu_s(pid: int) -> float:
    """CPU seconds of a process."""
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS
