"""A simulated plant's past, sent through the broker as its agents would have sent it."""

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from plant.broker import BrokerAddress
from plant.broker_client import set_up
from plant.errors import CleanlineError, WireError
from plant.wire import CONFIG, OUTBOX, PREV, SEQ, Stored, Topic
from simulators.packs import History, HistoryPack
from simulators.window import Window

_CONNECT_S = 10.0
_SILENT_S = 30.0  # without any `stored` for so long, the user is told


@dataclass
class Sent:
    """What came of sending a history."""

    packs: int = 0
    readings: int = 0
    stored: int = 0
    aside: list[str] = field(default_factory=list)  # gateway, number and reason of each
    resent: int = 0
    again: int = 0  # packs that a fault of the scenario sent again

    def __add__(self, other: "Sent") -> "Sent":
        """What came of both."""
        return Sent(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


class HistorySender:
    """Sends one gateway's history and ends when the collector has stored every pack."""

    def __init__(
        self,
        broker: BrokerAddress,
        history: History,
        *,
        progress: Callable[[int, int], None],
        warn: Callable[[str], None],
    ) -> None:
        """Nothing is connected yet; `progress` hears packs settled and in all, `warn` a line."""
        self.history = history
        self._broker = broker
        self._progress = progress
        self._warn = warn
        self._window = Window()
        self._waiting: dict[int, HistoryPack] = {}
        self._seen: set[int] = set()
        self._heard: queue.SimpleQueue[Stored | CleanlineError | None] = queue.SimpleQueue()
        self._sent = Sent()
        self._heard_s = time.monotonic()
        self._client = self._make_client()

    def run(self) -> Sent:
        """Send everything and wait for the last `stored`; CleanlineError when it cannot be."""
        self._connect()
        try:
            for pack in self.history.packs():
                self._drain()
                while not self._window.has_room:
                    self._wait()
                self._send(pack)
            while self._waiting:
                self._wait()
        finally:
            self._client.disconnect()
            self._client.loop_stop()
        self._sent.stored = self._window.stored
        self._sent.aside = [
            f"{self.history.gateway} {seq}: {reason}" for seq, reason in self._window.aside.items()
        ]
        return self._sent

    def _send(self, pack: HistoryPack) -> None:
        """A pack, counted once however often it comes."""
        is_again = pack.seq in self._seen
        self._seen.add(pack.seq)
        self._sent.again += is_again
        self._sent.packs += not is_again
        self._sent.readings += 0 if is_again else pack.readings
        if is_again and pack.seq not in self._waiting:
            self._publish(pack, is_awaited=False)
        else:
            self._waiting[pack.seq] = pack
            self._publish(pack)

    def _make_client(self) -> mqtt.Client:
        plant_id, gateway = self.history.scenario.plant.id, self.history.gateway
        client = mqtt.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"cleanline-{plant_id}-{gateway}-history",
            protocol=MQTTProtocolVersion.MQTTv5,
        )
        set_up(client, self._broker)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        return client

    def _connect(self) -> None:
        broker = self._broker
        try:
            self._client.connect(broker.host, broker.port, keepalive=30)
        except OSError as error:
            raise CleanlineError(
                f"broker {broker}: {error.strerror or error}; start it, or name another by --broker"
            ) from error
        self._client.loop_start()
        try:
            heard = self._heard.get(timeout=_CONNECT_S)
        except queue.Empty:
            raise CleanlineError(f"broker {broker}: no answer in {_CONNECT_S:.0f} s") from None
        if isinstance(heard, CleanlineError):
            raise heard

    def _publish(self, pack: HistoryPack, *, is_awaited: bool = True) -> None:
        plant = self.history.scenario.plant
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.UserProperty = [
            (OUTBOX, self.history.outbox),
            (SEQ, str(pack.seq)),
            (CONFIG, plant.config),
            (PREV, pack.prev),
        ]
        topic = str(Topic(plant.id, self.history.gateway, "readings"))
        self._client.publish(topic, pack.payload, qos=1, properties=properties)
        if is_awaited:
            self._window.send(pack.seq, now_s=time.monotonic())

    def _drain(self) -> None:
        """Take in what has been heard, without waiting."""
        while not self._heard.empty():
            self._take(self._heard.get())

    def _wait(self) -> None:
        """Take in the next thing heard; resend what waited too long."""
        try:
            self._take(self._heard.get(timeout=1.0))
        except queue.Empty:
            self._resend()

    def _take(self, heard: Stored | CleanlineError | None) -> None:
        if isinstance(heard, CleanlineError):
            raise heard
        if heard is None or heard.outbox != self.history.outbox:
            return
        self._heard_s = time.monotonic()
        for seq in self._window.settle(heard):
            del self._waiting[seq]
        done = self._window.stored + len(self._window.aside)
        self._progress(done, self.history.count)

    def _resend(self) -> None:
        now_s = time.monotonic()
        for seq in self._window.due(now_s=now_s):
            self._publish(self._waiting[seq])
            self._sent.resent += 1
        if now_s - self._heard_s >= _SILENT_S:
            self._heard_s = now_s
            plant_id = self.history.scenario.plant.id
            self._warn(
                f"history: nothing stored for {_SILENT_S:.0f} s; "
                f"is a collector of plant {plant_id} running at {self._broker}?"
            )

    # paho calls these in its own thread: they only hand on what they heard.

    def _on_connect(
        self, client: mqtt.Client, _data: Any, _flags: Any, code: ReasonCode, _properties: Any
    ) -> None:
        if code.is_failure:
            self._heard.put(CleanlineError(f"broker {self._broker}: refused, {code}"))
            return
        plant_id, gateway = self.history.scenario.plant.id, self.history.gateway
        client.subscribe(str(Topic(plant_id, gateway, "stored")), qos=1)

    def _on_subscribe(
        self, _client: mqtt.Client, _data: Any, _mid: int, codes: list[ReasonCode], _prop: Any
    ) -> None:
        if any(code.is_failure for code in codes):
            self._heard.put(
                CleanlineError(f"broker {self._broker}: subscription refused, {codes[0]}")
            )
            return
        self._heard.put(None)

    def _on_message(self, _client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        try:
            self._heard.put(Stored.decode(bytes(message.payload)))
        except WireError as error:
            self._warn(f"history: {error}; ignored")

    def _on_publish(
        self, _client: mqtt.Client, _data: Any, _mid: int, code: ReasonCode, _prop: Any
    ) -> None:
        if code.is_failure:
            self._heard.put(CleanlineError(f"broker {self._broker}: pack refused, {code}"))
