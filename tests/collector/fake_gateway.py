"""As much of a gateway as a collector needs, and the collector as a process."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from plant.wire import Stored

TOPIC = "cleanline/v1/mill/yard/"


class Gateway:
    """As much of a gateway as is needed: publishes packs and hears `stored`."""

    def __init__(self, port: int, topic: str = TOPIC) -> None:
        self.heard: list[Stored] = []
        self._topic = topic
        self._subscribed = threading.Event()
        self.client = Client(
            CallbackAPIVersion.VERSION2, "yard", protocol=MQTTProtocolVersion.MQTTv5
        )
        self.client.on_message = self._on_message
        self.client.on_connect = lambda *_: self.client.subscribe(topic + "stored", qos=1)
        self.client.on_subscribe = lambda *_: self._subscribed.set()
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self._subscribed.wait(60)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.heard.append(Stored.decode(message.payload))

    def freed(self, outbox: str = "box") -> set[int]:
        """Packs of an outbox that were said to be stored or set aside."""
        heard = [stored for stored in self.heard if stored.outbox == outbox]
        return set().union(*(stored.numbers() for stored in heard))

    def send(self, seq: int, payload: bytes, outbox: str = "box") -> None:
        properties = Properties(PacketTypes.PUBLISH)
        properties.UserProperty = [("outbox", outbox), ("seq", str(seq)), ("config", "c")]
        self.client.publish(self._topic + "readings", payload, qos=1, properties=properties)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def run_collector(
    plant_file: Path, port: int, *options: str, log: IO[bytes] | None = None
) -> subprocess.Popen[bytes]:
    """`cleanline collector` without its pages; its last words are JSON where that is asked for."""
    main = "from collector.entry_points import collector_main as main"
    code = f"import sys; {main}; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, str(plant_file), "--broker", f"mqtt://127.0.0.1:{port}"]
    return subprocess.Popen([*command, *options], stderr=log, stdout=log)
