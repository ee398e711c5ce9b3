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

Ask = Callable[[str], float]  # seconds that the bytes of that name take


def _answer(body: bytes) -> Callable[[Request], Response]:
    return lambda _: Response(body, media_type="application/json")


@contextlib.contextmanager
def peer(bodies: Mapping[str, bytes]) -> Iterator[Ask]:
    """Serve bodies by name, compressed as our own are, while this lasts."""
    routes = [Route(f"/{name}", _answer(body)) for name, body in bodies.items()]
    pressed = Middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    app = Starlette(routes=routes, middleware=[pressed])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    listening = listen("127.0.0.1", 0)
    thread = threading.Thread(target=lambda: server.run(sockets=[listening]), daemon=True)
    thread.start()
    host, port = listening.getsockname()[:2]

    def ask(name: str) -> float:
        connection = HTTPConnection(host, port, timeout=60)
        began = time.perf_counter()
        connection.request("GET", f"/{name}", headers={"Accept-Encoding": "gzip"})
        connection.getresponse().read()
        connection.close()
        return time.perf_counter() - began

    try:
        yield ask
    finally:
        server.should_exit = True
        thread.join(5)


def median_s(ask: Ask, name: str, times: int) -> float:
    """The median of so many answers [s]."""
    return statistics.median(ask(name) for _ in range(times))
