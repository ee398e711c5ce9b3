"""A site whose broker lets in only who is enrolled, and somebody who should not get in."""

from __future__ import annotations

import base64
import os
import signal
import ssl
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collector.enrolment.commands import enroll_main
from collector.enrolment.enroll import INSTALLED
from collector.store import open_store
from tests.chaos.parts import Part, cleanline, program
from tests.chaos.stack import plant_text
from tests.ports import free_ports

WaitUntil = Callable[..., None]


class Site:
    """A plant of two gateways, their meters, and a broker that lets in only who is enrolled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        east, west, self.port, self.password_port = free_ports(4)
        self.plant_file = folder / "plant.toml"
        text = plant_text({"east": east, "west": west}, self.port)
        self.plant_file.write_text(text.replace("mqtt://127.0.0.1", "mqtts://localhost"))
        self.parts: list[Part] = []
        for gateway, port in (("east", east), ("west", west)):
            record = folder / f"{gateway}.record"
            command = [
                *(sys.executable, "-m", "tests.chaos.meters"),
                *("--port", str(port), "--record", str(record)),
            ]
            self.start(Part(f"meters-{gateway}", command, folder, port=port))
        self.registry = folder / "broker"

    def start(self, part: Part) -> Part:
        self.parts.append(part)
        part.start()
        return part

    def enrol(self, gateway: str, *options: str) -> Path:
        command = [str(self.plant_file), gateway, "--out", str(self.registry), *options]
        assert enroll_main(command) == 0
        return self.registry / "gateways" / "mill" / gateway

    def name_keys(self) -> None:
        """Put the gateways' public keys into the plant file, as `enroll` says."""
        text = self.plant_file.read_text()
        for gateway in ("east", "west"):
            held = self.registry / "gateways" / "mill" / gateway / "signing.pem"
            key = load_pem_private_key(held.read_bytes(), password=None)
            assert isinstance(key, Ed25519PrivateKey)
            public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
            head = f"[gateways.{gateway}.buses.panel]"
            entry = f'[gateways.{gateway}]\nkeys = ["ed25519:{public}"]\n\n'
            text = text.replace(head, entry + head)
        self.plant_file.write_text(text)

    def start_broker(self) -> Part:
        """As it was configured, but at free ports, and without giving up the test's own user."""
        config = (self.registry / "mosquitto.conf").read_text()
        config = config.replace("8883", str(self.port)).replace("8884", str(self.password_port))
        if os.geteuid() == 0:
            config = f"user root\n{config}"
        path = self.folder / "mosquitto-test.conf"
        path.write_text(config)
        command = [program("mosquitto"), "-v", "-c", str(path)]
        return self.start(Part("broker", command, self.folder, port=self.port))

    def reload_broker(self) -> None:
        broker = next(part for part in self.parts if part.name == "broker")
        assert broker.process is not None
        broker.process.send_signal(signal.SIGHUP)

    def environment(self, folder: Path) -> dict[str, str]:
        """What stands in mqtt.env, where the folder lies instead of /etc/cleanline."""
        lines = (folder / "mqtt.env").read_text().replace(INSTALLED, str(folder)).splitlines()
        return dict(line.split("=", 1) for line in lines)

    def start_agent(self, gateway: str, environment: dict[str, str], port: int = 0) -> Part:
        command = cleanline(
            *("agent", "plant.toml", "--gateway", gateway, "--json", "--data", f"data-{gateway}"),
            *("--broker", f"mqtts://localhost:{port or self.port}"),
        )
        return self.start(Part(gateway, command, self.folder, environment=environment))

    def start_collector(self, environment: dict[str, str]) -> Part:
        command = cleanline("collector", "plant.toml", "--data", "data", "--port", "0", "--json")
        return self.start(Part("collector", command, self.folder, environment=environment))

    def stored(self) -> dict[str, int]:
        """How many readings of each gateway the store holds."""
        store = open_store(None, self.folder / "data")
        counts = {"east": 0, "west": 0}
        for series in store.series("mill"):
            if series.measurement == "counter":
                gateway = series.tags[0].partition("-")[0]
                counts[gateway] += len(store.read(series, 0, end_ms=2**62))
        store.close()
        return counts

    def close(self) -> None:
        for part in reversed(self.parts):
            part.kill()


class Intruder:
    """A client with some gateway's certificate, which does what no agent does."""

    def __init__(self, site: Site, folder: Path, topics: tuple[str, ...] = ()) -> None:
        self.heard: list[str] = []
        self.codes: list[int] = []
        self._done = threading.Event()
        self._client = Client(
            CallbackAPIVersion.VERSION2, "intruder", protocol=MQTTProtocolVersion.MQTTv5
        )
        context = ssl.create_default_context(cafile=folder / "ca.pem")
        context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
        self._client.tls_set_context(context)
        self._client.on_message = self._on_message
        self._client.on_publish = self._on_publish
        ready = threading.Event()
        if topics:
            self._client.on_connect = lambda client, *_: client.subscribe([(t, 1) for t in topics])
            self._client.on_subscribe = lambda *_: ready.set()
        else:
            self._client.on_connect = lambda *_: ready.set()
        self._client.connect("localhost", site.port)
        self._client.loop_start()
        assert ready.wait(60)

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        self.heard.append(message.topic)

    def _on_publish(self, _client: Client, _data: Any, _mid: int, code: Any, *_: Any) -> None:
        self.codes.append(code.value)
        self._done.set()

    def publish(
        self, topic: str, payload: bytes = b"[]", said: Sequence[tuple[str, str]] = ()
    ) -> int:
        self._done.clear()
        properties = Properties(PacketTypes.PUBLISH)
        properties.UserProperty = list(said)
        self._client.publish(topic, payload, qos=1, properties=properties)
        assert self._done.wait(60)
        return self.codes[-1]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
