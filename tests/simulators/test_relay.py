"""A relay before a server: it hands on, and is gone when a fault says so."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest

from plant.errors import UsageError
from simulators.faults.base import Placed
from simulators.faults.board import Board
from simulators.faults.catalogue import read_fault
from simulators.faults.when import When
from simulators.relay import BrokerLine, Relay, database_relay


def gone(kind: str, **when: float) -> Board:
    return Board([Placed(read_fault({"kind": kind}), When(**when))], buses={})


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(100):
        writer.write(data)
    writer.close()


def test_what_is_gone_cuts_connections_and_lets_nobody_in_until_it_is_back(
    free_port: Callable[[], int],
) -> None:
    board = gone("database-gone", begin_s=10, end_s=20)
    port, target, hands = free_port(), free_port(), [0.0]

    async def whole() -> list[str]:
        server = await asyncio.start_server(echo, "127.0.0.1", target)
        relay = database_relay(port, f"127.0.0.1:{target}", board, now_s=lambda: hands[0])
        await relay.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello")
        told = [(await reader.readexactly(5)).decode()]
        hands[0] = 15.0
        await relay.look()
        try:
            told.append(repr(await reader.read(1)))
        except ConnectionResetError:
            told.append("cut")
        try:
            await asyncio.open_connection("127.0.0.1", port)
        except ConnectionRefusedError:
            told.append("refused")
        hands[0] = 25.0
        await relay.look()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"again")
        told.append((await reader.readexactly(5)).decode())
        await relay.stop()
        assert not [task for task in asyncio.all_tasks() if "Relay" in repr(task)], "all is cut"
        writer.close()
        server.close()
        return told

    told = asyncio.run(whole())
    assert told[0] == "hello"
    assert told[1] in ("cut", "b''")
    assert told[2:] == ["refused", "again"]


def test_a_wiped_broker_is_another_one_on_the_same_port(free_port: Callable[[], int]) -> None:
    board = gone("broker-wiped", begin_s=10)
    hands = [0.0]
    port = free_port()

    async def whole() -> tuple[int, int]:
        line = BrokerLine(port, free_port(), board, lambda: hands[0])
        await line.start()
        try:
            before = line._broker._process.pid
            await line.look()
            assert line._broker._process.pid == before, "not before its time"
            hands[0] = 11.0
            await line.look()
            with socket.create_connection(("127.0.0.1", port), timeout=60):
                return before, line._broker._process.pid
        finally:
            await line.stop()

    before, after = asyncio.run(whole())
    assert before != after


def test_a_server_that_is_not_there_ends_the_connection_and_not_the_relay(
    free_port: Callable[[], int],
) -> None:
    port = free_port()

    async def whole() -> bytes:
        relay = Relay(port, ("127.0.0.1", free_port()), lambda: False)
        await relay.start()
        reader, _ = await asyncio.open_connection("127.0.0.1", port)
        try:
            return await reader.read(1)
        except ConnectionResetError:
            return b""
        finally:
            await relay.stop()

    assert asyncio.run(whole()) == b""


def test_an_address_that_is_none_and_a_taken_port_are_refused(free_port: Callable[[], int]) -> None:
    board = Board(buses={})
    with pytest.raises(UsageError, match="--database influx: write HOST:PORT"):
        database_relay(1, "influx", board, now_s=lambda: 0.0)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1:{port}"):
            asyncio.run(Relay(port, ("127.0.0.1", 1), lambda: False).start())
