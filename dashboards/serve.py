"""The web server beside the collector: one thread, one event loop, one board a plant."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Mapping
from ipaddress import ip_address

import uvicorn

from collector.ingest import Change
from collector.service import Collector
from dashboards.app import create_app
from dashboards.board import Board
from dashboards.paging import Pages
from dashboards.source import PlantSource
from plant.errors import UsageError

SHUTDOWN_S = 2


class Server:
    """Pages that are being served until ``close``."""

    def __init__(self, boards: Mapping[str, Board], listening: socket.socket) -> None:
        self._boards = boards
        self._listening = listening
        self._ends: list[Callable[[], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        config = uvicorn.Config(
            create_app(boards),
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="pages", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """What to open in a browser."""
        host, port = self._listening.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/"

    def mark(self, plant: str) -> None:
        """Note, from any thread, that something of a plant was stored."""
        if self._loop is not None and plant in self._boards and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._boards[plant].mark)

    def at_end(self, end: Callable[[], None]) -> None:
        """Have this called before serving stops."""
        self._ends.append(end)

    def close(self) -> None:
        """Stop serving."""
        for end in self._ends:
            end()
        self._server.should_exit = True
        self._thread.join(SHUTDOWN_S + 3)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._server.serve(sockets=[self._listening])


def listen(host: str, port: int, *, insecure_http: bool = False) -> socket.socket:
    """A listening socket, on any free port for 0; UsageError when it may not or cannot be had."""
    if not insecure_http and not _is_loopback(host):
        raise UsageError(
            f"pages on {host}: the whole network could read them, and nothing is encrypted; "
            "give a loopback address, or --insecure-http if you mean it"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except (OSError, OverflowError) as error:
        listening.close()
        raise UsageError(f"pages on {host}:{port}: {error}; give another --port") from error
    return listening


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def board_of(source: PlantSource, clock: Callable[[], int]) -> Board:
    """The board of a plant with all its pages. clock: UTC milliseconds."""
    return Board(source, clock, pages=Pages(source.records, clock))


def serve(collector: Collector, listening: socket.socket) -> Server:
    """Serve the pages of a collector's plants, told of each of its commits."""
    sources = {
        name: PlantSource(plant, collector.store, ledger=collector.ledger)
        for name, plant in collector.plants.items()
    }
    boards = {name: board_of(source, collector.clock) for name, source in sources.items()}
    server = Server(boards, listening)

    def take(change: Change) -> None:
        sources[change.plant].take(change)
        server.mark(change.plant)

    server.at_end(collector.subscribe(take))
    return server
