"""A pack as the archive keeps it: one line of JSON that says what it is, then its bytes.

zcat data/packs/mill/2026-03-01.gz | head -1
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from plant.chain import Head
from plant.errors import EvidenceError

MOST_PAYLOAD_BYTES = 4 * 2**20  # of a pack; agents fill 60 kB


class Record(NamedTuple):
    """A pack that was accepted."""

    received_ms: int
    gateway: str
    outbox: str
    seq: int
    config: str
    prev: str
    signature: str | None
    payload: bytes

    @property
    def hash(self) -> str:
        """The hash by which the next pack names it."""
        return Head(self.outbox, self.seq, self.config, self.prev).hash_of(self.payload)

    def encode(self) -> bytes:
        """The record as it lies in the archive."""
        head = json.dumps([*self[:-1], len(self.payload)], separators=(",", ":"))
        return b"%s\n%s\n" % (head.encode(), self.payload)


def decode_records(content: bytes) -> Iterator[Record]:
    """The records in bytes; EvidenceError where they are none."""
    start = 0
    while start < len(content):
        end = content.find(b"\n", start, start + 1024)
        try:
            *told, length = json.loads(content[start:end])
            record = Record._make([*told, content[end + 1 : end + 1 + length]])
        except (ValueError, TypeError) as error:
            raise EvidenceError(f"no pack where one should begin ({str(error)[:80]})") from error
        start = end + length + 2
        if end < 0 or not _is_sound(record, length) or content[start - 1 : start] != b"\n":
            raise EvidenceError("no pack where one should begin")
        yield record


def _is_sound(record: Record, length: Any) -> bool:
    *texts, signature = record.gateway, record.outbox, record.config, record.prev, record.signature
    return (
        all(type(text) is str for text in texts)
        and (signature is None or type(signature) is str)
        and type(record.seq) is type(record.received_ms) is int
        and type(length) is int
        and 0 <= length == len(record.payload)
    )
