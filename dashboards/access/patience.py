"""Connections that wait for too long, or are too many: a stranger cannot use up the files.

Whoever reaches the port can open connections before anybody asks for a name. Each holds a file of
the process that also stores readings, so their number is bounded, and a request must be whole
soon after its first byte. An answer, such as a stream of events, may last.
"""

from __future__ import annotations

import asyncio
import resource

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 1000
MOST_FILES = 8192  # of the process; what systemd gives by default is less than the connections
WHOLE_WITHIN_S = 20.0
_UNFINISHED = (h11.IDLE, h11.SEND_BODY)


class Patience(H11Protocol):
    """One connection, ended when its request does not come to its end."""

    _ending: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a caller in, or not."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - it carries a stream
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Read on; a whole request is waited for no more."""
        super().data_received(data)
        self._wait()

    def on_response_complete(self) -> None:
        """Wait for the next request, of which a part may be there."""
        super().on_response_complete()
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is waited for."""
        super().connection_lost(exc)
        self._stop_waiting()

    def _wait(self) -> None:
        if self.conn.their_state not in _UNFINISHED:
            self._stop_waiting()
        elif self._ending is None and not self.transport.is_closing():
            self._ending = self.loop.call_later(WHOLE_WITHIN_S, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None


def allow_files() -> None:
    """Let this process open more files than connections may take, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(MOST_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
