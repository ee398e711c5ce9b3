"""Gateways with keys, and the packs that they send."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from collector.enrolment.certificates import make_signing_key
from collector.intake.checks import Message
from plant.chain import BEGINNING, Head, signed_text
from plant.check import load_plant
from plant.description import Plant

NOW = 1_780_000_000_000


@dataclass
class Sending:
    """An outbox of a gateway; without a key it signs nothing."""

    gateway: str
    outbox: str = "box"
    key: Ed25519PrivateKey | None = None
    public: str = ""
    prev: str = BEGINNING
    seq: int = 0
    plant: str = "mill"
    sent: list[Message] = field(default_factory=list)

    def pack(self, payload: bytes, received_ms: int = NOW) -> Message:
        """The next pack."""
        self.seq += 1
        head = Head(self.outbox, self.seq, "c0ffee", self.prev)
        said = {
            "outbox": head.outbox,
            "seq": str(head.seq),
            "config": head.config,
            "prev": head.prev,
        }
        self.prev = head.hash_of(payload)
        if self.key is not None:
            text = signed_text(self.plant, self.gateway, self.prev)
            said["sig"] = base64.b64encode(self.key.sign(text)).decode()
        topic = f"cleanline/v1/{self.plant}/{self.gateway}/readings"
        self.sent.append(Message(topic, payload, said, received_ms))
        return self.sent[-1]


def signing(gateway: str, outbox: str = "box") -> Sending:
    """A gateway with a key of its own."""
    made = make_signing_key()
    key = load_pem_private_key(made.private, password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return Sending(gateway, outbox, key, made.public)


def with_keys(plant_file: Path, *gateways: Sending) -> Plant:
    """The plant, with the keys of gateways in its file."""
    text = plant_file.read_text(encoding="utf-8")
    for one in gateways:
        head = f"[gateways.{one.gateway}.buses.panel]"
        key = f'[gateways.{one.gateway}]\nkeys = ["{one.public}"]\n'
        text = text.replace(head, key + head)
    plant_file.write_text(text, encoding="utf-8")
    return load_plant(plant_file)
