"""Whose signature a pack bears: a gateway's public keys stand in the plant file."""

from __future__ import annotations

import base64
import binascii
import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from plant.chain import signed_text
from plant.description import Plant
from plant.errors import UsageError
from plant.fields import KEY_PREFIX

_MODULE = "cryptography.hazmat.primitives.asymmetric.ed25519"


class Keys:
    """The public keys of a plant's gateways."""

    def __init__(self, plant: str, known: Mapping[str, Sequence[bytes]]) -> None:
        self._plant = plant
        self._known = {
            gateway: [_open(raw) for raw in keys] for gateway, keys in known.items() if keys
        }

    @staticmethod
    def of(plant: Plant) -> Keys:
        """The keys that a plant file names; UsageError when nothing is installed to check them."""
        texts = {name: gateway.keys for name, gateway in plant.gateways.items()}
        return Keys(
            plant.id, {name: [raw_key(key) for key in keys] for name, keys in texts.items()}
        )

    def knows(self, gateway: str) -> bool:
        """Whether a gateway has a key, so that its packs must be signed."""
        return gateway in self._known

    def fits(self, gateway: str, pack_hash: str, *, signature: str) -> bool:
        """Whether a signature is one of the gateway's over a pack of that hash."""
        try:
            raw = base64.b64decode(signature, validate=True)
        except (binascii.Error, ValueError):
            return False
        text = signed_text(self._plant, gateway, pack_hash)
        return any(_verifies(key, raw, text) for key in self._known.get(gateway, ()))


def raw_key(text: str) -> bytes:
    """The 32 bytes of a key as the plant file writes it."""
    return base64.b64decode(text.removeprefix(KEY_PREFIX))


def _open(raw: bytes) -> Any:
    try:
        return importlib.import_module(_MODULE).Ed25519PublicKey.from_public_bytes(raw)
    except ModuleNotFoundError as error:
        raise UsageError(
            f"the plant file names keys of gateways, and {error.name} is not installed; "
            "type in the checkout: pip install '.[security]'"
        ) from error


def _verifies(key: Any, signature: bytes, text: bytes) -> bool:
    try:
        key.verify(signature, text)
    except Exception as error:  # the exception's class is of the package that is an extra
        if type(error).__name__ == "InvalidSignature":
            return False
        raise
    return True
