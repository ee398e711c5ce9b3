"""The connection to the broker, over paho-mqtt: MQTT 5, QoS 1, one fixed client id per gateway.

paho's own reconnect is off: every connection is a new client without a queue of its own, since the
outbox is the only queue. paho's thread hands everything over to the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from agent import log
from agent.outbox import Stocked
from agent.signing import Sign
from plant.broker import BrokerAddress
from plant.broker_client import set_up
from plant.chain import signed_text
from plant.errors import WireError
from plant.wire import CONFIG, OUTBOX, PREV, SEQ, SIG, Stored, Topic

CONNECT_S = 3.0
FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 60.0
KEEPALIVE_S = 30
TAKEN_OVER = 0x8E


@dataclass(frozen=True, slots=True)
class Handlers:
    """Whom the publisher tells, on the event loop."""

    ready: Callable[[], None]  # connected and subscribed
    stored: Callable[[Stored], None]


class Publisher:
    """Sends packs and statuses while there is a connection, and brings back ``stored``."""

    def __init__(
        self,
        address: BrokerAddress,
        gateway: Topic,
        *,
        will: Callable[[], bytes],
        handlers: Handlers,
        sign: Sign | None = None,
        sleep: Callable[[float], Any] = asyncio.sleep,
    ) -> None:
        self.address = address
        self._gateway = gateway
        self._sign = sign
        self._readings = str(gateway._replace(leaf="readings"))
        self._stored = str(gateway._replace(leaf="stored"))
        self._status = str(gateway._replace(leaf="status"))
        self._client_id = f"cleanline-{gateway.plant}-{gateway.gateway}"
        self._will = will
        self._handlers = handlers
        self._sleep = sleep
        self._client: Client | None = None
        self._ended = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._proven = False
        self._why = ""
        self._refusal_told = False
        self._closing = False
        self.is_ready = False

    async def run(self) -> None:
        """Stay connected for ever."""
        self._loop = asyncio.get_running_loop()
        failures = 0
        while True:
            self._ended.clear()
            self._proven = False
            await self._connect()
            failures = 0 if self._proven else failures + 1
            self.is_ready = False
            if self._closing:
                return
            if failures < 2:  # once said is enough
                log.warn("no-broker", broker=self.address, why=self._why)
            step_s = min(LONGEST_RETRY_S, FIRST_RETRY_S * 2 ** min(failures, 10))
            await self._sleep(step_s * (0.75 + random.random() / 2))  # noqa: S311 - spread, no secret

    async def _connect(self) -> None:
        """One connection, from its beginning to its end."""
        try:
            client = self._client = self._new_client()
            await asyncio.to_thread(
                client.connect, self.address.host, self.address.port, KEEPALIVE_S, clean_start=True
            )
        except (OSError, ValueError) as error:
            self._why = _explain(self.address, error)
            return
        client.loop_start()
        try:
            await self._ended.wait()
        finally:
            if not self.is_ready:
                client.disconnect()

    def _new_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._client_id,
            protocol=MQTTv5,
            reconnect_on_failure=False,
        )
        client.connect_timeout = CONNECT_S
        set_up(client, self.address)
        client.will_set(self._status, self._will(), qos=1, retain=True)
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_disconnect = self._on_disconnect
        return client

    # --- called by paho's thread

    def _call(self, function: Callable[..., None], *args: object) -> None:
        assert self._loop is not None  # noqa: S101 - run() began
        with contextlib.suppress(RuntimeError):  # the loop is closed: we are leaving
            self._loop.call_soon_threadsafe(function, *args)

    def _on_connect(
        self, client: Client, _data: Any, _flags: ConnectFlags, code: ReasonCode, _props: Any
    ) -> None:
        if code.is_failure:
            why = f"{self.address} refused us: {code}; look at this gateway's entry at the broker"
            self._call(self._end, client, why)
        else:
            client.subscribe(self._stored, qos=1)

    def _on_subscribe(
        self, client: Client, _data: Any, _mid: int, codes: list[ReasonCode], _props: Any
    ) -> None:
        if any(code.is_failure for code in codes):
            why = f"{self.address} refused the subscription to {self._stored}: {codes[0]}"
            self._call(self._end, client, why)
        else:
            self._call(self._be_ready, client)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        try:
            stored = Stored.decode(bytes(message.payload))
        except WireError as error:
            log.warn("not-understood", topic=message.topic, why=error)
            return
        self._call(self._handlers.stored, stored)

    def _on_publish(
        self, _client: Client, _data: Any, _mid: int, code: ReasonCode, _props: Any
    ) -> None:
        # The pack stays in the outbox and is sent again; a line for each would drown the log.
        if code.is_failure and not self._refusal_told:
            why = f"{code}; look at this gateway's entry at the broker"
            log.warn("publish-refused", broker=self.address, why=why)
        self._refusal_told = code.is_failure

    def _on_disconnect(
        self, client: Client, _data: Any, _flags: DisconnectFlags, code: ReasonCode, _props: Any
    ) -> None:
        why = f"{self.address} ended the connection: {code}"
        if code.value == TAKEN_OVER:
            why = f"another agent is connected as {self._client_id}: stop one of the two"
        elif self.address.tls and not self._proven:  # TLS 1.3 refuses after the handshake
            why += "; perhaps our certificate is none that it takes, or no longer valid"
        self._call(self._end, client, why)

    # --- on the event loop

    def _be_ready(self, client: Client) -> None:
        if client is self._client:
            self.is_ready = self._proven = True
            log.info("connected", broker=self.address)
            self._handlers.ready()

    def _end(self, client: Client, why: str) -> None:
        if client is self._client and not self._ended.is_set():
            self._why = why
            self.is_ready = False
            self._ended.set()

    def send_pack(self, outbox: str, pack: Stocked) -> None:
        """Hand a pack to the broker; nothing is lost when it does not arrive."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.UserProperty = self._describe(outbox, pack)
        if self._client is not None and self.is_ready:
            self._client.publish(self._readings, pack.payload, qos=1, properties=properties)

    def _describe(self, outbox: str, pack: Stocked) -> list[tuple[str, str]]:
        """What a pack says of itself; signed when it is sent, since a key may be renewed."""
        said = [(OUTBOX, outbox), (SEQ, str(pack.seq)), (CONFIG, pack.config), (PREV, pack.prev)]
        if self._sign is None:
            return said
        plant, gateway, _ = self._gateway
        signature = self._sign(signed_text(plant, gateway, pack.hash_in(outbox)))
        return [*said, (SIG, signature)]

    def send_status(self, payload: bytes) -> None:
        """Hand the retained status to the broker."""
        if self._client is not None and self.is_ready:
            self._client.publish(self._status, payload, qos=1, retain=True)

    async def close(self, last_status: bytes, timeout_s: float = 1.0) -> None:
        """Say goodbye: the last status, then a proper end, so that the will stays unsaid."""
        self._closing = True
        if self._client is None or not self.is_ready:
            return
        info = self._client.publish(self._status, last_status, qos=1, retain=True)
        with contextlib.suppress(RuntimeError, ValueError):
            await asyncio.to_thread(info.wait_for_publish, timeout_s)
        self._client.disconnect()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._ended.wait()


def _explain(address: BrokerAddress, error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return f"{address} refused the connection: look whether the broker runs, on that port"
    if isinstance(error, ssl.SSLError):
        return f"{address}: TLS failed ({error.reason}); name the CA's file in CLEANLINE_MQTT_CA"
    if isinstance(error, TimeoutError):
        return f"{address} cannot be reached: look at the address, the network and the firewall"
    return f"{address}: {error}"
