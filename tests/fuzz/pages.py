"""Whatever bytes a caller may send, given to the pages' own protocol and application."""

from __future__ import annotations

import asyncio
import atexit
import functools
import re
import tempfile
from pathlib import Path

import h11
import uvicorn
from uvicorn.server import ServerState

from collector.ledger import Ledger
from collector.store import open_store
from dashboards.access import Access
from dashboards.access.door import Door
from dashboards.access.patience import Patience
from dashboards.app import create_app
from dashboards.serve import board_of
from dashboards.source import PlantSource
from plant.check import load_plant

NOW_MS = 1_790_000_000_000
PATIENCE_S = 60


def _said(start: str, *headers: str, body: str = "") -> bytes:
    length = [f"Content-Length: {len(body)}"] * bool(body)
    lines = [f"{start} HTTP/1.1", "Host: localhost", *headers, *length, "", body]
    return "\r\n".join(lines).encode()


_API = "/api/v1/plants/mill"
_JSON = "Content-Type: application/json"
_NOTE = '{"about":"resource/electricity","start":"2025-03-01T08:00","text":"pump"}'
SEEDS = [
    _said(f"GET {_API}/performance?lang=vi&resource=electricity", "Range: bytes=0-9"),
    _said(
        "GET /plants/mill/load?unit=cost&weeks=4", "Cookie: lang=en; a=b", "Accept-Encoding: gzip"
    ),
    _said(
        f"POST {_API}/amounts",
        _JSON,
        body='{"quantity":"starch","day":"2025-03-01","value":12.5,"unit":"t"}',
    ),
    _said(
        f"POST {_API}/notes", _JSON, "Transfer-Encoding: chunked", "", f"{len(_NOTE):x}", _NOTE, "0"
    )
    + b"\r\n",
]


class _Line(asyncio.Transport):
    """The wire to a caller who listens to all that is said."""

    def __init__(self) -> None:
        super().__init__({"sockname": ("127.0.0.1", 80), "peername": ("127.0.0.1", 50_000)})
        self.heard = b""
        self._closing = False

    def write(self, data: bytes) -> None:  # type: ignore[override]
        self.heard += bytes(data)

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        self._closing = True

    abort = close

    def pause_reading(self) -> None:
        pass

    resume_reading = pause_reading


class _Pages:
    """The pages of a mill without any reading; they last as long as the process."""

    def __init__(self) -> None:
        from tests.fuzz.targets import PLANT  # noqa: PLC0415 - its table of targets names this

        made = tempfile.TemporaryDirectory(prefix="cleanline-fuzz-")
        atexit.register(made.cleanup)
        folder = Path(made.name)
        (folder / "plant.toml").write_text(PLANT)
        plant = load_plant(folder / "plant.toml")
        ledger = Ledger(folder)
        source = PlantSource(plant, open_store(None, folder), ledger=ledger)
        access = Access(Door(is_loopback=True), ledger, lambda: NOW_MS)
        app = create_app({"mill": board_of(source, lambda: NOW_MS)}, access)
        self._config = uvicorn.Config(app, log_config=None, access_log=False, http=Patience)
        self._config.load()
        self._loop = asyncio.new_event_loop()

    def answer(self, content: bytes) -> bytes:
        """What is said to these bytes until the first of an answer, or the last of the request."""
        return self._loop.run_until_complete(asyncio.wait_for(self._answer(content), PATIENCE_S))

    async def _answer(self, content: bytes) -> bytes:
        state, line = ServerState(), _Line()
        caller = Patience(self._config, state, {})
        caller.connection_made(line)
        caller.data_received(content)
        while state.tasks and not line.heard and caller.conn.their_state is not h11.SEND_BODY:
            await asyncio.sleep(0)
        caller.connection_lost(None)
        while state.tasks:
            await asyncio.sleep(0)
        return line.heard


_pages = functools.cache(_Pages)


def read_request(content: bytes) -> None:
    """Bytes as a caller may send them: no answer, or one that is not a fault of ours."""
    answer = _pages().answer(content) if content else b""  # asyncio never hands on nothing
    status = re.match(rb"HTTP/1\.[01] (\d+) ", answer)
    assert status is not None or answer == b"", f"no HTTP: {answer[:80]!r}"
    assert status is None or status[1] != b"500", "a fault of ours"
