"""The user properties of a packet, read without paho's search for each one's name.

A pack has four of them, and paho takes half a millisecond for those: as long as their pack takes
to be stored. What is not plain is left to paho, but for the texts in it: paho ends the line at a
character that MQTT allows, and the broker would send that packet again for ever.
"""

from __future__ import annotations

from collections.abc import Callable

from paho.mqtt import properties
from paho.mqtt.exception import MalformedPacket
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


def unpack(found: Properties, buffer: bytes) -> tuple[Properties, int]:
    """What `Properties.unpack` does: fill new properties; they, and how many bytes they took."""
    size, before = VariableByteIntegers.decode(buffer)  # type: ignore[no-untyped-call]
    content = bytes(buffer[before : before + size])
    pairs = read_pairs(content) if len(content) == size else None
    if pairs is None:
        return _read_any(found, buffer)
    if pairs:
        object.__setattr__(found, "UserProperty", pairs)
    return found, before + size


def read_text(buffer: bytes, most: int) -> tuple[str, int]:
    """What `readUTF` does: a text, and how many bytes it took of so many; MalformedPacket if more.

    U+FEFF is a letter as others (MQTT 5, 1.5.4-3), and what is no text gets signs in its place.
    """
    size = int.from_bytes(buffer[:2], "big")
    if most < 2 or size > most - 2:
        raise MalformedPacket("a text that is longer than its packet")
    return bytes(buffer[2 : 2 + size]).decode("utf-8", "replace"), 2 + size


def read_quickly() -> None:
    """Have every client of this process read them so."""
    Properties.unpack = unpack  # type: ignore[method-assign]
    properties.readUTF = read_text
