"""The bytes of pages served by uvicorn and Starlette with nothing behind them: what is compared."""

from __future__ import annotations

import contextlib
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPConnection

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dashboards.serve import listen


class Peer:
    """Bodies that are being served."""

    def __init__(self, host: str, port: int) -> None:
        self._at = host, port
        self.address = f"http://{host}:{port}"

    def ask(self, name: str) -> float:
        """Seconds that the bytes of that name take."""
        connection = HTTPConnection(*self._at, timeout=60)
        began = time.perf_counter()
        connection.request("GET", f"/{name}", headers={"Accept-Encoding": "gzip"})
        connection.getresponse().read()
        connection.close()
        return time.perf_counter() - began


def _answer(body: bytes, media_type: str) -> Callable[[Request], Response]:
    return lambda _: Response(body, media_type=media_type)


@contextlib.contextmanager
def peer(bodies: Mapping[str, bytes], media_type: str = "application/json") -> Iterator[Peer]:
    """Serve bodies by name, compressed as our own are, while this lasts."""
    routes = [Route(f"/{name}", _answer(body, media_type)) for name, body in bodies.items()]
    pressed = Middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app = Starlette(routes=routes, middleware=[pressed])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    listening = listen("127.0.0.1", 0)
    thread = threading.Thread(target=lambda: server.run(sockets=[listening]), daemon=True)
    thread.start()
    try:
        yield Peer(*listening.getsockname()[:2])
    finally:
        server.should_exit = True
        thread.join(5)


def median_s(static: Peer, name: str, times: int) -> float:
    """The median of so many answers [s]."""
    return statistics.median(static.ask(name) for _ in range(times))
