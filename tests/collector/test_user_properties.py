"""User properties are read as paho reads them, whatever a sender puts there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collector.user_properties import _read_any, read_pairs, unpack

PAIRS = st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), max_size=4)


def outcome(read: Callable[..., Any], buffer: bytes) -> object:
    """What comes of it: the properties and their size, or which error."""
    try:
        found, size = read(Properties(PacketTypes.PUBLISH), buffer)  # type: ignore[no-untyped-call]
    except Exception as error:
        return type(error)
    return found.json(), size


def packed(pairs: list[tuple[str, str]]) -> bytes:
    def said(text: str) -> bytes:
        content = text.encode("utf-8", "surrogatepass")
        return len(content).to_bytes(2, "big") + content

    content = b"".join(b"&" + said(name) + said(value) for name, value in pairs)
    return bytes([len(content)]) + content if len(content) < 128 else b"\0"


@given(PAIRS, st.binary(max_size=30))
@example([("outbox", "a" * 32), ("seq", "7"), ("config", "c"), ("prev", "0" * 64)], b"[]")
def test_pairs_come_out_as_paho_gives_them(pairs: list[tuple[str, str]], payload: bytes) -> None:
    buffer = packed(pairs) + payload
    assert outcome(unpack, buffer) == outcome(_read_any, buffer)


@given(st.binary(max_size=40))
@example(b"\x06&\x00\x01a\x00\x09")
@example(b"\x09&\x00\x01a\x00\x01\x00ab")
@example(b"\x0c\x01\x00&\x00\x01a\x00\x01b")
def test_any_other_bytes_are_taken_or_refused_as_paho_does(buffer: bytes) -> None:
    assert outcome(unpack, buffer) == outcome(_read_any, buffer)


def test_what_a_pack_says_of_itself_is_read_at_once() -> None:
    pairs = [("outbox", "o" * 16), ("seq", "12"), ("prev", "f" * 64)]
    assert read_pairs(packed(pairs)[1:]) == pairs
