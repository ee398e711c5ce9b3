"""The user properties of a packet, read without paho's search for each one's name.

A pack has four of them, and paho takes half a millisecond for those: as long as their pack takes
to be stored. What is not plain is left to paho.
"""

from __future__ import annotations

from collections.abc import Callable

from paho.mqtt.properties import Properties, VariableByteIntegers

_USER_PROPERTY = 38
_read_any: Callable[[Properties, bytes], tuple[Properties, int]] = Properties.unpack


def read_pairs(content: bytes) -> list[tuple[str, str]] | None:
    """Names and values, where all are user properties in ASCII; None where not."""
    pairs: list[tuple[str, str]] = []
    at = 0
    while at < len(content):
        if content[at] != _USER_PROPERTY:
            return None
        texts = []
        at += 1
        for _ in range(2):
            start = at + 2
            at = start + int.from_bytes(content[at:start], "big")
            text = content[start:at]
            if start > len(content) or at > len(content) or not text.isascii() or b"\0" in text:
                return None
            texts.append(text.decode("ascii"))
        pairs.append((texts[0], texts[1]))
    return pairs


def unpack(properties: Properties, buffer: bytes) -> tuple[Properties, int]:
    """What `Properties.unpack` does: fill new properties; they, and how many bytes they took."""
    size, before = VariableByteIntegers.decode(buffer)  # type: ignore[no-untyped-call]
    content = bytes(buffer[before : before + size])
    pairs = read_pairs(content) if len(content) == size else None
    if pairs is None:
        return _read_any(properties, buffer)
    if pairs:
        object.__setattr__(properties, "UserProperty", pairs)
    return properties, before + size


def read_quickly() -> None:
    """Have every client of this process read them so."""
    Properties.unpack = unpack  # type: ignore[method-assign]
