"""A written past through a real broker."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest

from plant.broker import BrokerAddress
from plant.errors import CleanlineError
from plant.reading import Reading
from plant.senml import decode_pack
from plant.wire import Stored, Topic, parse_topic
from simulators.history import HistorySender, Sent
from simulators.packs import History
from simulators.scenario import Scenario

At = Callable[..., float]
pytestmark = pytest.mark.server("mosquitto")
PATH = "/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin"


@dataclass
class Collector:
    """Stores what it is sent, in memory, and answers as `answer` says."""

    answer: Callable[[int], Stored | None]
    packs: dict[int, list[Reading]] = field(default_factory=dict)
    told: list[dict[str, str]] = field(default_factory=list)
    qos: set[int] = field(default_factory=set)

    def listen(self, port: int) -> mqtt.Client:
        """Subscribe, and be there before anybody sends."""
        client = mqtt.Client(
            mqtt.CallbackAPIVersion.VERSION2, client_id="collector", protocol=mqtt.MQTTv5
        )
        client.on_message = self._take
        subscribed: list[Any] = []
        client.on_subscribe = lambda *heard: subscribed.append(heard)
        client.connect("127.0.0.1", port)
        client.subscribe("cleanline/v1/+/+/readings", qos=1)
        while not subscribed:
            client.loop(0.1)
        client.loop_start()
        return client

    def _take(self, client: mqtt.Client, _data: Any, message: mqtt.MQTTMessage) -> None:
        properties = dict(message.properties.UserProperty)  # type: ignore[union-attr]
        seq = int(properties["seq"])
        self.told.append(properties)
        self.qos.add(message.qos)
        self.packs[seq] = decode_pack(bytes(message.payload)).readings
        plant, gateway, _ = parse_topic(message.topic)
        if answer := self.answer(seq):
            body = Stored(properties["outbox"], answer.stored, answer.aside).encode()
            client.publish(str(Topic(plant, gateway, "stored")), body, qos=1)


@pytest.fixture
def broker(tmp_path: Path, free_port: Callable[[], int]) -> Iterator[int]:
    """Mosquitto of its own; its port."""
    port = free_port()
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    program = shutil.which("mosquitto", path=PATH)
    assert program
    process = subprocess.Popen([program, "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    while time.monotonic() < deadline:
        try:
            client.connect("127.0.0.1", port)
        except OSError:
            continue
        client.disconnect()
        return
    pytest.fail("mosquitto does not listen")


@pytest.fixture
def history(kontum: Scenario, at: At) -> History:
    """Sixty days of the shipped plant: twenty packs and more."""
    return History(kontum, "yard", int(at(2024, 2, 1) * 1000), int(at(2024, 4, 1) * 1000))


def send(history: History, port: int, collector: Collector) -> Sent:
    """Send it all to a collector."""
    client = collector.listen(port)
    seen: list[int] = []
    address = BrokerAddress("127.0.0.1", port, tls=False)
    sender = HistorySender(
        address, history, progress=lambda done, _total: seen.append(done), warn=pytest.fail
    )
    try:
        return sender.run()
    finally:
        client.loop_stop()
        client.disconnect()
        assert seen == sorted(seen)


def test_everything_sent_is_stored_once_in_order(broker: int, history: History) -> None:
    """QoS 1, one outbox, numbers from 1, the plant file's hash on every pack."""
    collector = Collector(lambda seq: Stored("", [(seq, seq)]))
    sent = send(history, broker, collector)
    assert list(collector.packs) == list(range(1, history.count + 1))
    assert sent == Sent(history.count, sum(map(len, collector.packs.values())), history.count)
    assert collector.qos == {1}
    assert {told["outbox"] for told in collector.told} == {history.outbox}
    assert {told["config"] for told in collector.told} == {history.scenario.plant.config}


def test_it_waits_for_the_last_stored_however_they_are_gathered(
    broker: int, history: History
) -> None:
    """Answers for many packs at once, one late, some set aside."""

    def answer(seq: int) -> Stored | None:
        if seq == history.count:
            return Stored("", [(1, seq - 2), (seq, seq)], [(seq - 1, "lies in the future")])
        return None

    sent = send(history, broker, Collector(answer))
    assert sent.stored == history.count - 1
    assert sent.aside == [f"yard {history.count - 1}: lies in the future"]
    assert sent.resent == 0


def test_a_broker_that_is_not_there_is_said_in_one_line(
    history: History, free_port: Callable[[], int]
) -> None:
    """With what to do."""
    address = BrokerAddress("127.0.0.1", free_port(), tls=False)
    sender = HistorySender(address, history, progress=lambda *_: None, warn=pytest.fail)
    with pytest.raises(CleanlineError, match=r"^broker mqtt://127.0.0.1:\d+: .*--broker$"):
        sender.run()


def test_the_command_prints_what_was_sent(
    broker: int, kontum_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One JSON line on the output, progress beside it, exit 0 only if all was stored."""
    from simulators.commands import main  # noqa: PLC0415 - loaded late, as the front door does

    collector = Collector(lambda seq: Stored("", [(seq, seq)]))
    client = collector.listen(broker)
    span = ["--from", "2024-02-01", "--to", "2024-02-11"]
    url = f"mqtt://127.0.0.1:{broker}"
    code = main(["history", str(kontum_path), *span, "--broker", url])
    client.loop_stop()
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert code == 0
    assert told == {
        "packs": 4,
        "readings": 15376,
        "stored": 4,
        "aside": [],
        "resent": 0,
        "again": 0,
    }
    assert "history yard: 4/4" in err
