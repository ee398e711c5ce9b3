"""The collector's line to the broker: packs and statuses in, `stored` out."""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from collector.enrolment.mosquitto import PACKET_BYTES
from collector.intake.checks import Message
from collector.intake.ingest import Answer, Clock
from collector.intake.user_properties import read_quickly
from plant.broker import BrokerAddress
from plant.broker_client import set_up
from plant.errors import StoreError
from plant.wire import AMOUNTS, ROOT, Topic

_log = logging.getLogger(__name__)
SESSION_S = 3600  # a broker keeps what comes while the line is down for a moment
KEEPALIVE_S = 30
CLOSE_S = 1.0
QOS = 1
Receive = Callable[[Message], None]


def share_group(data: Path) -> str:
    """The name under which the collectors of one data folder share; another folder has another."""
    return f"cleanline-{hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:12]}"


class Link:
    """One MQTT 5 client; it connects again by itself for as long as it is open.

    `receive` is called in the client's own thread for each message. `greet` gives what is said
    again after connecting: an answer may have been lost with the line. `tell` is called when
    the line goes down or comes back.
    """

    def __init__(
        self,
        address: BrokerAddress,
        plants: Iterable[str],
        *,
        receive: Receive,
        greet: Callable[[], Iterable[Answer]],
        clock: Clock,
        tell: Callable[[], None] = lambda: None,
        group: str | None = None,
    ) -> None:
        """group: of collectors that divide the packs among them; each hears every status."""
        self.lost_ms: int | None = clock()  # since when the broker sends nothing; None: it does
        self._address = address
        whose = f"$share/{group}/" if group else ""
        self._topics = [
            topic
            for plant in plants
            for topic in (
                f"{whose}{ROOT}/{plant}/+/readings",
                f"{ROOT}/{plant}/+/status",
                f"{whose}{ROOT}/{plant}/+/{AMOUNTS}",
            )
        ]
        # The packs of a session that nobody takes up again must go to the others at once.
        self._session_s = 0 if group else SESSION_S
        self._receive = receive
        self._greet = greet
        self._clock = clock
        self._tell = tell
        self._unreachable = False
        self._client = self._make_client()

    def open(self) -> None:
        """Begin to connect; an absent broker is tried again until it comes."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = self._session_s
        properties.MaximumPacketSize = PACKET_BYTES  # the broker keeps what is larger from us
        host, port = self._address.host, self._address.port
        self._client.connect_async(host, port, keepalive=KEEPALIVE_S, properties=properties)
        self._client.loop_start()

    def say(self, answers: Iterable[Answer]) -> None:
        """Publish what has been committed."""
        for topic, stored in answers:
            self.publish(topic, stored.encode())

    def publish(self, topic: Topic, payload: bytes) -> None:
        """Publish one message."""
        self._client.publish(str(topic), payload, qos=QOS)

    def close(self) -> None:
        """Say goodbye and end the client's thread, or leave it to end with the process."""
        self._client.disconnect()
        ending = threading.Thread(target=self._client.loop_stop, daemon=True)
        ending.start()
        ending.join(CLOSE_S)

    def _make_client(self) -> Client:
        # A name of its own for each process: two collectors must not throw each other out.
        name = f"cleanline-collector-{secrets.token_hex(6)}"
        read_quickly()
        client = Client(CallbackAPIVersion.VERSION2, name, protocol=MQTTProtocolVersion.MQTTv5)
        set_up(client, self._address)
        client.reconnect_delay_set(min_delay=1, max_delay=30)
        client.max_inflight_messages_set(1000)
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        return client

    def _on_connect(
        self,
        client: Client,
        _data: Any,
        _flags: ConnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if code.is_failure:
            _log.error("broker=%s refused=%r", self._address, str(code))
            return
        client.subscribe([(topic, QOS) for topic in self._topics])

    def _on_subscribe(
        self,
        _client: Client,
        _data: Any,
        _mid: int,
        codes: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        refused = [t for t, c in zip(self._topics, codes, strict=False) if c.is_failure]
        if refused:
            _log.error("broker=%s subscription=refused topics=%s", self._address, refused)
            return
        self.lost_ms, self._unreachable = None, False
        self._tell()
        _log.info("broker=%s connected topics=%d", self._address, len(self._topics))
        try:
            self.say(self._greet())
        except StoreError as error:  # the gateways will send again and be told then
            _log.warning("greeting=failed reason=%r", str(error))

    def _on_disconnect(
        self,
        _client: Client,
        _data: Any,
        _flags: DisconnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if self.lost_ms is None:
            self.lost_ms = self._clock()
            self._tell()
        _log.warning("broker=%s disconnected=%r", self._address, str(code))

    def _on_connect_fail(self, _client: Client, _data: Any) -> None:
        if not self._unreachable:  # said once, not at every attempt
            _log.error("broker=%s unreachable; tried again until it comes", self._address)
        self._unreachable = True

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        properties = dict(getattr(message.properties, "UserProperty", ()))
        payload = bytes(bytes(message.payload))
        try:
            self._receive(Message(message.topic, payload, properties, self._clock()))
        except Exception:  # it would end the client's thread, and nobody would be heard any more
            _log.exception("message=dropped bytes=%d", len(payload))
