"""A gateway signs what it sends: its name, what the pack says of itself, and the payload."""

from __future__ import annotations

import base64
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from agent.outbox import Stocked
from agent.publisher import Handlers, Publisher
from agent.signing import KEY_FILE, signer
from plant.broker import BrokerAddress
from plant.chain import Head, signed_text
from plant.errors import UsageError
from plant.wire import Topic

PACK = Stocked(7, "c0ffee", b"[]", "0" * 64)


def write_key(path: Path, key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> Path:
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def sent(sign) -> dict[str, str]:
    """The user properties of a pack."""
    heard: list[SimpleNamespace] = []
    publisher = Publisher(
        BrokerAddress("localhost", 1883, tls=False),
        Topic("mill", "yard", ""),
        will=lambda: b"",
        handlers=Handlers(ready=lambda: None, stored=lambda _: None),
        sign=sign,
    )
    publisher._client = SimpleNamespace(  # type: ignore[assignment]
        publish=lambda *_, properties, **__: heard.append(properties)
    )
    publisher.is_ready = True
    publisher.send_pack("box", PACK)
    return dict(heard[0].UserProperty)


def test_a_pack_is_signed_in_the_name_of_its_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    monkeypatch.setenv(KEY_FILE, str(write_key(tmp_path / "key.pem", key)))
    said = sent(signer())
    pack_hash = Head("box", 7, "c0ffee", "0" * 64).hash_of(b"[]")
    signature = base64.b64decode(said.pop("sig"))
    key.public_key().verify(signature, signed_text("mill", "yard", pack_hash))
    with pytest.raises(InvalidSignature):
        key.public_key().verify(signature, signed_text("mill", "annex", pack_hash))
    assert said == {"outbox": "box", "seq": "7", "config": "c0ffee", "prev": "0" * 64}


def test_without_a_key_a_pack_is_chained_and_unsigned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_FILE, raising=False)
    assert signer() is None
    assert sent(None) == {"outbox": "box", "seq": "7", "config": "c0ffee", "prev": "0" * 64}


def test_a_key_that_is_none_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_FILE, str(tmp_path / "nowhere.pem"))
    with pytest.raises(UsageError, match="cannot be read"):
        signer()
    other = write_key(tmp_path / "other.pem", ec.generate_private_key(ec.SECP256R1()))
    monkeypatch.setenv(KEY_FILE, str(other))
    with pytest.raises(UsageError, match="not an Ed25519 key"):
        signer()
