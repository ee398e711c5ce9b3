"""What stands before a broker or a database, and can be gone."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from plant.errors import UsageError
from simulators.embedded_broker import start_broker
from simulators.faults.board import Board

_BUFFER = 65536
_CUT_S = 1.0  # for what is cut to end; a connection on its way to a dead server takes longer


class Relay:
    """Hands on between a port of loopback and a server, while no fault says that it is gone."""

    def __init__(self, port: int, target: tuple[str, int], is_gone: Callable[[], bool]) -> None:
        """Nothing listens yet."""
        self.port = port
        self._target = target
        self._is_gone = is_gone
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._serving: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        """Listen; UsageError when the port is taken."""
        try:
            await self._listen()
        except OSError as error:
            raise UsageError(
                f"cannot listen on 127.0.0.1:{self.port}: {error.strerror}; choose another port"
            ) from error

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def look(self) -> None:
        """Cut everything while it is gone; listen again afterwards."""
        if self._is_gone() and self._server is not None:
            await self.stop()
        elif not self._is_gone() and self._server is None:
            with contextlib.suppress(OSError):  # somebody took the port: try again
                await self._listen()

    async def stop(self) -> None:
        """Listen no more, and cut all connections."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self.cut()
        if self._serving:
            await asyncio.wait(self._serving, timeout=_CUT_S)

    def cut(self) -> None:
        """End all connections."""
        for writer in self._open:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving = asyncio.ensure_future(self._hand_both_ways(reader, writer))
        self._serving.add(serving)
        try:
            await serving
        finally:
            self._serving.remove(serving)

    async def _hand_both_ways(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            there, onward = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, onward}
        self._open |= both
        ways = [
            asyncio.ensure_future(_hand_on(*way)) for way in ((reader, onward), (there, writer))
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for end in both:
            end.transport.abort()
        self._open -= both


async def _hand_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(_BUFFER):
            writer.write(data)
            await writer.drain()


class BrokerLine:
    """An embedded broker behind a relay: it can be gone, or restart with nothing in its head."""

    def __init__(
        self, port: int, hidden_port: int, board: Board, now_s: Callable[[], float]
    ) -> None:
        """Nothing runs yet; the broker itself listens on `hidden_port`."""
        self._hidden_port = hidden_port
        self._restarts: Callable[[], int] = lambda: board.restarts("broker", now_s())
        self._known = self._restarts()
        self._relay = Relay(
            port, ("127.0.0.1", hidden_port), lambda: board.is_gone("broker", now_s())
        )
        self._folder = tempfile.TemporaryDirectory()
        self._broker: Any = None  # iotcore tells no types

    async def start(self) -> None:
        """Start the broker, then listen."""
        self._broker = await asyncio.to_thread(
            start_broker, Path(self._folder.name), self._hidden_port
        )
        await self._relay.start()

    async def look(self) -> None:
        """Do what the faults say now."""
        restarts = self._restarts()
        if restarts > self._known:
            self._known = restarts
            await self._end()
            await self.start()
        await self._relay.look()

    async def _end(self) -> None:
        await self._relay.stop()
        if self._broker is not None:
            await asyncio.to_thread(self._broker.stop)

    async def stop(self) -> None:
        """End the broker."""
        await self._end()
        self._folder.cleanup()


def database_relay(port: int, target: str, board: Board, *, now_s: Callable[[], float]) -> Relay:
    """A relay before a database server, HOST:PORT."""
    host, _, target_port = target.rpartition(":")
    if not host or not target_port.isdecimal():
        raise UsageError(f"--database {target}: write HOST:PORT, such as 127.0.0.1:8086")
    return Relay(port, (host, int(target_port)), lambda: board.is_gone("database", now_s()))
