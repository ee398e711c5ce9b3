"""How packs hang together: each names the hash of the one before it in its outbox.

The hash is over what a pack says of itself and over its payload. A gateway's signature is over its
own name and that hash, so a pack that is sent in another's name has none that fits.
"""

from __future__ import annotations

import hashlib
import re
from typing import NamedTuple

BEGINNING = ""  # stands for the pack before where none is known: a chain begins
_HASH = re.compile(r"[0-9a-f]{64}")


class Head(NamedTuple):
    """What a pack says of itself beside its payload."""

    outbox: str
    seq: int
    config: str
    prev: str  # hash of the pack before; BEGINNING where none is known

    def hash_of(self, payload: bytes) -> str:
        """SHA-256 of the pack, in hexadecimal digits."""
        text = f"cleanline pack 1\n{self.outbox}\n{self.seq}\n{self.config}\n{self.prev}\n"
        return hashlib.sha256(text.encode() + payload).hexdigest()


def brief(pack_hash: str) -> str:
    """The first digits of a hash: enough to tell one pack from another of the same number."""
    return pack_hash[:16]


def signed_text(plant: str, gateway: str, pack_hash: str) -> bytes:
    """What a gateway signs for a pack."""
    return f"cleanline signature 1\n{plant}\n{gateway}\n{pack_hash}\n".encode()


def is_hash(text: str) -> bool:
    """Whether a text may be the hash of a pack."""
    return _HASH.fullmatch(text) is not None
