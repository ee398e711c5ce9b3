"""The web server beside the collector: one thread, one event loop."""

from __future__ import annotations

import socket
import threading
from ipaddress import ip_address

import uvicorn
from fastapi import FastAPI

from plant.errors import UsageError

SHUTDOWN_S = 2


class Server:
    """Pages being served; ``address`` is where."""

    def __init__(self, app: FastAPI, listening: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=SHUTDOWN_S,
        )
        self._server = uvicorn.Server(config)
        self._listening = listening
        self._thread = threading.Thread(target=self._run, name="pages", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """The address to open in a browser."""
        host, port = self._listening.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/"

    def close(self) -> None:
        """Stop serving."""
        self._server.should_exit = True
        self._thread.join(SHUTDOWN_S + 3)

    def _run(self) -> None:
        self._server.run(sockets=[self._listening])


def listen(
    host: str, port: int, *, insecure_http: bool = False, strict: bool = True
) -> socket.socket:
    """A listening socket; UsageError when it may not or cannot be had.

    strict: a taken port is an error; else any free one is taken instead.
    """
    if not insecure_http and not _is_loopback(host):
        raise UsageError(
            f"pages on {host}: anybody in the network could read them, unencrypted; "
            "give a loopback address, or --insecure-http if you mean it"
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        try:
            listening.bind((host, port))
        except OSError:
            if strict or not port:
                raise
            listening.bind((host, 0))
        listening.listen(128)
    except OSError as error:
        listening.close()
        raise UsageError(
            f"pages on {host}:{port}: {error.strerror}; give another --port"
        ) from error
    return listening


def serve(app: FastAPI, listening: socket.socket) -> Server:
    """Serve an application on a listening socket until ``close``."""
    return Server(app, listening)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
