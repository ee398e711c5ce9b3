"""User properties are read as paho reads them, whatever a sender puts there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from paho.mqtt.client import MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from collector.intake.checks import Message
from collector.intake.mqtt import Link
from collector.intake.user_properties import _read_any, read_pairs, read_quickly, unpack
from plant.broker import parse_broker

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


@pytest.mark.parametrize(
    ("content", "text"),
    [("\ufeffbox".encode(), "\ufeffbox"), (b"a\xff", "a\ufffd"), (b"\xed\xa0\x80", "\ufffd" * 3)],
)
def test_no_text_of_one_sender_ends_the_line_for_all(content: bytes, text: str) -> None:
    """paho would end it, and the broker send the packet again after each connection."""
    read_quickly()
    pair = b"&\x00\x06outbox" + len(content).to_bytes(2, "big") + content
    plain, _ = Properties(PacketTypes.PUBLISH).unpack(bytes([len(pair)]) + pair)
    assert plain.UserProperty == [("outbox", text)]
    typed = b"\x03" + len(content).to_bytes(2, "big") + content + pair
    other, size = Properties(PacketTypes.PUBLISH).unpack(bytes([len(typed)]) + typed + b"[]")
    assert (other.ContentType, other.UserProperty) == (text, [("outbox", text)])
    assert size == len(typed) + 1


def test_what_a_pack_says_of_itself_is_read_at_once() -> None:
    pairs = [("outbox", "o" * 16), ("seq", "12"), ("prev", "f" * 64)]
    assert read_pairs(packed(pairs)[1:]) == pairs


def test_a_message_that_breaks_its_reader_does_not_end_the_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(_: Message) -> None:
        raise OverflowError

    address = parse_broker("mqtt://127.0.0.1:1")
    link = Link(address, ["mill"], receive=fail, greet=list, clock=lambda: 0)
    link._client.on_message(link._client, None, MQTTMessage(topic=b"x"))
    assert "message=dropped" in caplog.text
