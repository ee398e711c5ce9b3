"""Strangers who open connections and say nothing, or not all, hold neither pages nor files."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from dashboards.access import patience
from dashboards.board import Board
from dashboards.serve import Server, listen

pytestmark = pytest.mark.slow

WHOLE = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def connect(site: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], Any]]:
    """`connect(said)`: a connection on which so much of a request was sent."""
    monkeypatch.setattr(patience, "WHOLE_WITHIN_S", 0.2)
    monkeypatch.setattr(patience, "MOST_CONNECTIONS", 20)
    server = Server({"north": Board(site, site.clock)}, listen("127.0.0.1", 0))
    address = urlsplit(server.address)
    opened: list[socket.socket] = []

    def open_one(said: bytes) -> socket.socket:
        made = socket.create_connection((address.hostname, address.port), timeout=60)
        opened.append(made)
        made.sendall(said)
        return made

    yield open_one
    for one in opened:
        one.close()
    server.close()


def is_ended(connection: socket.socket) -> bool:
    """Whether the server ended it; waits until it does."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nname=",
        WHOLE + b"GET / HTTP/1.1\r\n",
    ],
    ids=["nothing", "half a head", "half a body", "a whole one, then half a head"],
)
def test_a_request_that_does_not_come_to_its_end_is_ended(
    connect: Callable[[bytes], Any], said: bytes
) -> None:
    assert is_ended(connect(said))


def test_more_connections_than_the_bound_leave_room_when_they_are_gone(
    connect: Callable[[bytes], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [connect(b"GET / HTTP/1.1\r\n") for _ in range(60)]
    assert all(is_ended(one) for one in many)
    monkeypatch.setattr(patience, "WHOLE_WITHIN_S", 60.0)
    answered = connect(WHOLE)
    assert answered.recv(12) == b"HTTP/1.1 404", "these pages have no collector to tell of"
