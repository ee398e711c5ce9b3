"""The web server beside the collector: one thread, one event loop, one board a plant."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

import uvicorn
from fastapi import FastAPI

from collector.intake.ingest import Change
from collector.options import now_ms
from collector.service import Collector
from dashboards.access import Access
from dashboards.access.door import Door
from dashboards.access.patience import Patience, allow_files
from dashboards.app import create_app
from dashboards.board import Board
from dashboards.operation import Operation
from dashboards.paging import Pages
from dashboards.source import PlantSource
from plant.errors import UsageError

SHUTDOWN_S = 1


class Certificate(NamedTuple):
    """Files of the server's certificate, with those that signed it, and of its key."""

    chain: Path
    key: Path


class Server:
    """Pages that are being served until ``close``."""

    def __init__(
        self,
        boards: Mapping[str, Board],
        listening: socket.socket,
        *,
        access: Access | None = None,
        certificate: Certificate | None = None,
        operation: Operation | None = None,
        ready: Callable[[str], None] = lambda _: None,
    ) -> None:
        """access: who is let in; without it everybody on this computer, and nobody else.

        ready: told the address once what is asked first has been computed.
        """
        self._boards = boards
        self._listening = listening
        self._ends: list[Callable[[], None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        allow_files()
        self.address = _address(listening, "https" if certificate else "http")
        app = create_app(
            boards,
            access or _of_this_computer(listening),
            operation=operation,
            ready=lambda: ready(self.address),
        )
        config = _config(app, certificate)
        self._server = uvicorn.Server(config)
        _load(config, certificate)
        self._thread = threading.Thread(target=self._run, name="pages", daemon=True)
        self._thread.start()

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
        self._thread.join(SHUTDOWN_S + 0.5)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        await self._server.serve(sockets=[self._listening])


def _address(listening: socket.socket, scheme: str) -> str:
    """What to open in a browser."""
    host, port = listening.getsockname()[:2]
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"


def _of_this_computer(listening: socket.socket) -> Access:
    host = str(listening.getsockname()[0])
    return Access(Door(is_loopback=ip_address(host).is_loopback), None, now_ms)


def _config(app: FastAPI, certificate: Certificate | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_config=None,  # as all else is logged
        log_level="warning",
        access_log=False,
        server_header=False,
        http=Patience,
        ws="none",
        proxy_headers=False,  # the guard alone decides whose word on callers is taken
        timeout_graceful_shutdown=SHUTDOWN_S,
        ssl_certfile=certificate.chain if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
    )


def _load(config: uvicorn.Config, certificate: Certificate | None) -> None:
    """Read the certificate now, where a fault can still be said."""
    try:
        config.load()
    except OSError as error:  # ssl.SSLError is one
        if certificate is None:
            raise
        raise UsageError(
            f"certificate {certificate.chain}, key {certificate.key}: {error}; "
            "give PEM files of a certificate and of its key without a password"
        ) from error


def listen(host: str, port: int) -> socket.socket:
    """A listening socket, on any free port for 0; UsageError when it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns off Nagle's delay, 40 ms an answer, only where the protocol is named.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(128)
    except (OSError, OverflowError) as error:
        listening.close()
        raise UsageError(f"pages on {host}:{port}: {error}; give another --port") from error
    return listening


def board_of(
    source: PlantSource,
    clock: Callable[[], int],
    *,
    lost_ms: Callable[[], int | None] = lambda: None,
) -> Board:
    """The board of a plant with all its pages. clock: UTC milliseconds; lost_ms: see `Board`."""
    source.records.lost_ms = lost_ms
    return Board(source, clock, pages=Pages(source.records, clock), lost_ms=lost_ms)


def serve(
    collector: Collector,
    listening: socket.socket,
    *,
    door: Door,
    certificate: Certificate | None = None,
    ready: Callable[[str], None] = lambda _: None,
) -> Server:
    """Serve the pages of a collector's plants, told of each of its commits. ready: see `Server`."""
    sources = {
        name: PlantSource(plant, collector.store, ledger=collector.ledger)
        for name, plant in collector.plants.items()
    }
    boards = {
        name: board_of(source, collector.clock, lost_ms=lambda: collector.lost_ms)
        for name, source in sources.items()
    }
    access = Access(door, collector.ledger, collector.clock)
    operation = Operation(collector)
    server = Server(
        boards,
        listening,
        access=access,
        certificate=certificate,
        operation=operation,
        ready=ready,
    )

    def take(change: Change) -> None:
        sources[change.plant].take(change)
        server.mark(change.plant)

    server.at_end(collector.subscribe(take))
    return server
