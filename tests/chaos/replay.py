"""Somebody on the broker who hears every pack and sends it again, in any order."""

from __future__ import annotations

import random
from collections import deque

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from plant.wire import ROOT
from tests.chaos.stack import PLANT

KEPT, AT_ONCE = 500, 60


class Replayer:
    """Keeps the last packs; ``again`` sends some of them."""

    def __init__(self, port: int) -> None:
        self.sent = 0
        self._heard: deque[MQTTMessage] = deque(maxlen=KEPT)
        self._client = Client(
            CallbackAPIVersion.VERSION2, "replayer", protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.reconnect_delay_set(1, 2)
        self._client.on_connect = lambda client, *_: client.subscribe(
            f"{ROOT}/{PLANT}/+/readings", qos=1
        )
        self._client.on_message = lambda _client, _data, message: self._heard.append(message)
        self._client.connect_async("127.0.0.1", port)
        self._client.loop_start()

    def again(self, chance: random.Random) -> None:
        """Send old packs again, in any order."""
        known = list(self._heard)
        if not self._client.is_connected():
            return
        for message in chance.sample(known, min(AT_ONCE, len(known))):
            properties = Properties(PacketTypes.PUBLISH)
            properties.UserProperty = message.properties.UserProperty
            self._client.publish(message.topic, message.payload, qos=1, properties=properties)
            self.sent += 1

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()
