"""No entry without a secret: gateways, collector and a real Mosquitto over TLS."""

from __future__ import annotations

import base64
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collector.custody.archive import read_day
from collector.enroll import INSTALLED, Registry
from collector.enroll_commands import enroll_main
from collector.ledger import Ledger
from collector.store import open_store
from tests.chaos.parts import Part, cleanline, program
from tests.chaos.stack import plant_text
from tests.ports import free_ports

pytestmark = [pytest.mark.slow, pytest.mark.server("mosquitto")]
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


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Two gateways; east has a certificate, west a password; the broker runs."""
    made = Site(tmp_path)
    made.enrol("east")
    made.enrol("west", "--password")
    made.start_broker()
    yield made
    made.close()


@pytest.fixture
def working(site: Site, wait_until: WaitUntil) -> Site:
    """A collector that is connected."""
    collector = site.start_collector(site.environment(site.registry / "collector"))
    wait_until(lambda: "connected topics" in collector.log.read_text(), "collector connected")
    return site


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


def test_readings_arrive_by_certificate_and_by_password(
    working: Site, wait_until: WaitUntil
) -> None:
    folders = {name: working.registry / "gateways" / "mill" / name for name in ("east", "west")}
    east = working.start_agent("east", working.environment(folders["east"]))
    west = working.start_agent(
        "west", working.environment(folders["west"]), port=working.password_port
    )
    wait_until(lambda: min(working.stored().values()) > 5, "readings of both")
    secret = (folders["west"] / "password").read_text().strip()
    for part in (east, west):
        assert '"waiting": 0' in part.stop(10)
        assert secret not in part.log.read_text()


def test_an_agent_with_another_gateways_certificate_is_refused_and_says_so(
    working: Site, wait_until: WaitUntil
) -> None:
    folder = working.registry / "gateways" / "mill" / "east"
    agent = working.start_agent("west", working.environment(folder))
    broker = next(part for part in working.parts if part.name == "broker")
    wait_until(lambda: broker.log.read_text().count("rc135") > 5, "refusals, 0x87")
    said = agent.log.read_text()
    assert said.count("Not authorized; look at this gateway's entry") == 1, "once is enough"
    agent.kill()  # its will would be the other's status
    # Closed, or reset where an answer of the broker was still unread.
    gone = re.compile(r"Client mill/east@\w+ (closed|disconnected)")
    wait_until(lambda: gone.search(broker.log.read_text()) is not None, "gone")
    assert working.stored() == {"east": 0, "west": 0}
    ledger = Ledger(working.folder / "data")
    assert ledger.journal.statuses("mill") == {}
    ledger.close()


def test_an_agent_whose_packs_are_refused_says_so_and_keeps_them(
    working: Site, wait_until: WaitUntil
) -> None:
    acl = working.registry / "acl"
    right = "topic write cleanline/v1/mill/east/readings\n"
    acl.write_text(acl.read_text().replace(right, ""))
    working.reload_broker()
    folder = working.registry / "gateways" / "mill" / "east"
    agent = working.start_agent("east", working.environment(folder))
    wait_until(lambda: "publish-refused" in agent.log.read_text(), "refused")
    assert "Not authorized" in agent.log.read_text()
    assert working.stored() == {"east": 0, "west": 0}
    assert '"waiting": 0' not in agent.stop(10), "what was refused is kept"


def test_a_gateway_can_neither_write_for_another_nor_hear_what_is_said_to_it(
    working: Site, wait_until: WaitUntil
) -> None:
    folders = {name: working.registry / "gateways" / "mill" / name for name in ("east", "west")}
    topics = ("cleanline/v1/mill/west/stored", "cleanline/v1/#", "#")
    intruder = Intruder(working, folders["east"], topics)
    for topic in (
        "cleanline/v1/mill/west/readings",
        "cleanline/v1/mill/west/status",
        "cleanline/v1/mill/west/stored",
        "cleanline/v1/mill/east/stored",
        "cleanline/v1/farm/east/readings",
        "elsewhere",
    ):
        assert intruder.publish(topic) == 0x87, f"{topic}: not authorized"
    # paho ends its line at this one, and would at each time that it is sent again.
    assert intruder.publish("cleanline/v1/mill/east/status", said=[("id", "\ufeff")]) == 0
    working.start_agent("west", working.environment(folders["west"]), port=working.password_port)
    wait_until(lambda: working.stored()["west"] > 5, "readings of west")
    assert intruder.heard == []
    ledger = Ledger(working.folder / "data")
    assert ledger.journal.quarantine("mill") == [], "nothing of the intruder's arrived at all"
    ledger.close()
    intruder.close()


def test_a_signed_pack_is_stored_and_another_gateway_cannot_send_it_as_its_own(
    site: Site, wait_until: WaitUntil
) -> None:
    """The other is enrolled too, and publishes where it may."""
    site.name_keys()
    collector = site.start_collector(site.environment(site.registry / "collector"))
    wait_until(
        lambda: "connected topics" in collector.log.read_text(), "collector connected", within_s=90
    )
    folders = {name: site.registry / "gateways" / "mill" / name for name in ("east", "west")}
    agent = site.start_agent("west", site.environment(folders["west"]), port=site.password_port)
    wait_until(lambda: site.stored()["west"] > 5, "readings of west", within_s=90)
    assert "packs=signed" in agent.log.read_text()
    agent.stop(30)
    held = site.folder / "data" / "packs" / "mill"
    record = next(iter(read_day(next(held.glob("*.gz")).read_bytes(), "day")))
    assert record.signature
    before = site.stored()
    said = [
        *(("outbox", record.outbox), ("seq", str(record.seq)), ("config", record.config)),
        *(("prev", record.prev), ("sig", record.signature)),
    ]
    intruder = Intruder(site, folders["east"])
    code = intruder.publish("cleanline/v1/mill/east/readings", record.payload, said)
    assert code in (0x00, 0x10), "it is its own topic"
    wait_until(lambda: "pack=aside" in collector.log.read_text(), "set aside")
    intruder.close()
    assert "not by 'east'" in collector.log.read_text()
    ledger = Ledger(site.folder / "data")
    # The line is written when the pack is judged; the ledger has it with its batch.
    wait_until(lambda: ledger.journal.quarantine("mill") != [], "in quarantine")
    assert [one.kind for one in ledger.journal.quarantine("mill")] == ["signature"]
    ledger.close()
    assert site.stored() == before


def _foreign(site: Site, folder: Path) -> Path:
    """A certificate in the right name by another authority."""
    other = Registry(folder, hosts=["localhost"], now=datetime.now(UTC), days=30)
    made = other.enrol("mill", "east", password=False, renew=False).folder
    shutil.copyfile(site.registry / "ca.pem", made / "ca.pem")
    return made


def _expired(site: Site, folder: Path) -> Path:
    """A certificate in the right name by the right authority that was valid last year."""
    shutil.copytree(site.registry, folder)
    past = datetime.now(UTC) - timedelta(days=400)
    registry = Registry(folder, hosts=[], now=past, days=30)
    return registry.enrol("mill", "east", password=False, renew=True).folder


@pytest.mark.parametrize("make", [_foreign, _expired])
def test_a_foreign_or_expired_certificate_is_refused_and_the_agent_says_so(
    working: Site, wait_until: WaitUntil, make: Callable[[Site, Path], Path]
) -> None:
    folder = make(working, working.folder / "other")
    agent = working.start_agent("east", working.environment(folder))
    wait_until(lambda: "no-broker" in agent.log.read_text(), "refused")
    assert "certificate" in agent.log.read_text()
    assert "event=connected" not in agent.log.read_text()
    assert working.stored() == {"east": 0, "west": 0}


def test_a_wrong_password_is_refused_and_the_agent_says_so(
    working: Site, wait_until: WaitUntil
) -> None:
    folder = working.registry / "gateways" / "mill" / "west"
    (folder / "password").write_text("guessed\n")
    environment = working.environment(folder)
    agent = working.start_agent("west", environment, port=working.password_port)
    wait_until(lambda: "refused us: Not authorized" in agent.log.read_text(), "refused")
    assert "guessed" not in agent.log.read_text()
    assert working.stored() == {"east": 0, "west": 0}


def test_without_a_secret_nobody_gets_in(site: Site, wait_until: WaitUntil) -> None:
    environment = {"CLEANLINE_MQTT_CA": str(site.registry / "ca.pem")}
    for port in (site.port, site.password_port):
        agent = site.start_agent("east", environment, port=port)
        wait_until(lambda part=agent: "no-broker" in part.log.read_text(), "refused")
        assert "event=connected" not in agent.log.read_text()
        agent.kill()
        agent.log.unlink()


def test_a_broker_that_another_authority_certified_is_not_believed(
    site: Site, tmp_path: Path, wait_until: WaitUntil
) -> None:
    """Nobody who stands between can read a plant's figures, or answer `stored`."""
    other = Registry(tmp_path / "other", hosts=["localhost"], now=datetime.now(UTC), days=30)
    folder = other.enrol("mill", "east", password=False, renew=False).folder
    agent = site.start_agent("east", site.environment(folder))
    wait_until(lambda: "no-broker" in agent.log.read_text(), "refused")
    assert "TLS failed" in agent.log.read_text()
    assert "CLEANLINE_MQTT_CA" in agent.log.read_text()


def test_a_revoked_gateway_is_out_as_soon_as_the_broker_is_told(
    working: Site, wait_until: WaitUntil
) -> None:
    folder = working.folder / "carried"
    shutil.copytree(working.registry / "gateways" / "mill" / "east", folder)
    intruder = Intruder(working, folder)
    assert intruder.publish("cleanline/v1/mill/east/status", b"") in (0x00, 0x10)
    working.enrol("east", "--revoke")
    working.reload_broker()
    wait_until(lambda: intruder.publish("cleanline/v1/mill/east/status", b"") == 0x87, "no rights")
    intruder.close()


def test_a_certificate_that_was_stolen_opens_nothing_once_its_gateway_has_another(
    working: Site, wait_until: WaitUntil
) -> None:
    topic = "cleanline/v1/mill/east/status"
    own = working.registry / "gateways" / "mill" / "east"
    stolen = working.folder / "stolen"
    shutil.copytree(own, stolen)
    thief = Intruder(working, stolen)
    assert thief.publish(topic, b"") in (0x00, 0x10)
    working.enrol("east", "--renew")
    working.reload_broker()
    wait_until(lambda: thief.publish(topic, b"") == 0x87, "no rights")
    thief.close()
    gateway, thief = Intruder(working, own), Intruder(working, stolen)
    assert gateway.publish(topic, b"") in (0x00, 0x10)
    assert thief.publish(topic, b"") == 0x87
    gateway.close()
    thief.close()


def test_mosquitto_reads_our_password_file_as_its_own(site: Site) -> None:
    """mosquitto_passwd can change an entry that we wrote."""
    tool = shutil.which("mosquitto_passwd")
    if tool is None:
        pytest.skip("mosquitto_passwd is not installed")
    path = site.registry / "passwords"
    user = path.read_text().partition(":")[0]
    assert user.startswith("mill/west@")
    subprocess.run([tool, "-D", str(path), user], check=True, capture_output=True)
    assert "mill/west" not in path.read_text()
