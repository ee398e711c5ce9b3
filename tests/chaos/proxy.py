"""A TCP proxy in front of the broker that can be cut, or made deaf in one direction."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Literal

Direction = Literal["up", "down"]


class Proxy:
    """Forwards 127.0.0.1:port to 127.0.0.1:target in a thread of its own until ``close``."""

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self._target = target
        self._is_cut = False
        self._open: dict[Direction, asyncio.Event] = {}
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"proxy-{port}", daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def cut(self) -> None:
        """End every connection and let nobody in."""
        self._do(self._cut)

    def hold(self, direction: Direction) -> None:
        """Let nothing through in one direction; what comes is kept, as a network may."""
        self._do(self._open[direction].clear)

    def lose(self) -> None:
        """End every connection with what was held: the network came back without them."""
        self._do(self._drop)

    def heal(self) -> None:
        """Let everything through."""
        self._do(self._heal)

    def close(self) -> None:
        """End the thread."""
        self._do(self._drop)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _do(self, act: Callable[[], None]) -> None:
        done = threading.Event()

        def act_and_tell() -> None:
            act()
            done.set()

        self._loop.call_soon_threadsafe(act_and_tell)
        done.wait(5)

    def _cut(self) -> None:
        self._is_cut = True
        self._drop()

    def _drop(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    def _heal(self) -> None:
        self._is_cut = False
        for gate in self._open.values():
            gate.set()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._open = {"up": asyncio.Event(), "down": asyncio.Event()}
        self._heal()
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", self.port)
        )
        self._ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._is_cut:
            writer.transport.abort()
            return
        try:
            there, onward = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, onward}
        self._writers |= both
        ways = [
            asyncio.ensure_future(self._forward(reader, onward, self._open["up"])),
            asyncio.ensure_future(self._forward(there, writer, self._open["down"])),
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        for end in both:
            end.transport.abort()
        self._writers -= both

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gate: asyncio.Event
    ) -> None:
        try:
            while data := await reader.read(65536):
                await gate.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
