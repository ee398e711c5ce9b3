"""The application of two plants with a ledger of accounts, called without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from json import dumps
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest
from argon2 import PasswordHasher

from collector.ledger import Ledger, Token, User
from collector.service import Collector
from collector.store import open_store
from dashboards.access import Access, Role, passwords
from dashboards.access.door import Door
from dashboards.access.gate import hashed
from dashboards.app import create_app
from dashboards.operation import Operation
from dashboards.serve import board_of
from dashboards.source import PlantSource
from plant.broker import BrokerAddress, parse_broker
from plant.check import load_plant

NOW_MS = 1_770_000_000_000
PASSWORD = "a long enough password"
PLANT = """
[plant]
id = "{name}"
name = "Plant {name}"
[products.starch]
unit = "t"
[resources.electricity]
[gateways.yard.buses.panel]
tcp = "127.0.0.1:5020"
[meters.incomer]
bus = "yard/panel"
model = "schneider-pm5560"
resource = "electricity"
"""


class Answer(NamedTuple):
    """What the application said."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def cookie(self) -> str:
        """The cookie as a browser would send it back."""
        return self.headers.get("set-cookie", "").partition(";")[0]


async def _ask(app: Any, scope: dict[str, Any], body: bytes) -> Answer:
    said: dict[str, Any] = {}
    parts: list[bytes] = []
    started = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if scope.pop("unsent", False):
            return {"type": "http.request", "body": body, "more_body": False}
        await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            said.update(message)
            headers = {k.decode(): v.decode() for k, v in message["headers"]}
            said["headers"] = headers
            if headers.get("content-type", "").startswith("text/event-stream"):
                started.set()
        else:
            parts.append(message.get("body", b""))

    scope["unsent"] = True
    running = asyncio.ensure_future(app(scope, receive, send))
    begun = asyncio.ensure_future(started.wait())
    await asyncio.wait({running, begun}, return_when=asyncio.FIRST_COMPLETED)
    begun.cancel()
    if not running.done():
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    else:
        running.result()
    return Answer(said["status"], said["headers"], b"".join(parts))


def call(
    app: Any,
    path: str,
    *,
    method: str = "GET",
    form: dict[str, str] | None = None,
    json: Any = None,
    client: str = "127.0.0.1",
    server: str = "127.0.0.1",
    **headers: str,
) -> Answer:
    """One request. headers: with underscores for hyphens; Host is localhost unless it is given."""
    path, _, query = path.partition("?")
    names = {"host": "localhost:8080"} | {k.replace("_", "-"): v for k, v in headers.items()}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "scheme": "http",
        "query_string": query.encode(),
        "headers": [(k.lower().encode(), v.encode()) for k, v in names.items()],
        "client": (client, 50000),
        "server": (server, 8080),
        "state": {},
    }
    text = urlencode(form or {}) if json is None else dumps(json)
    return asyncio.run(_ask(app, scope, text.encode()))


class Site:
    """Two plants, their ledger, and the application that shows them."""

    def __init__(self, folder: Path) -> None:
        self.now_ms = NOW_MS
        self.folder = folder
        self.ledger = Ledger(folder)
        self.store = open_store(None, folder)
        self.plants = {}
        self.broker: BrokerAddress | None = parse_broker("mqtt://127.0.0.1:1")
        for name in ("north", "south"):
            file = folder / f"{name}.toml"
            file.write_text(PLANT.format(name=name))
            self.plants[name] = load_plant(file)
        self.open(Door())

    def clock(self) -> int:
        return self.now_ms

    def open(self, door: Door, *plants: str) -> None:
        """Serve the plants, all unless they are named, behind a door."""
        shown = {name: self.plants[name] for name in plants or self.plants}
        sources = {n: PlantSource(p, self.store, ledger=self.ledger) for n, p in shown.items()}
        boards = {name: board_of(source, self.clock) for name, source in sources.items()}
        self.access = Access(door, self.ledger, self.clock)
        collector = Collector(
            shown, self.store, ledger=self.ledger, broker=self.broker, clock=self.clock
        )
        self.collector = collector
        self.app = create_app(boards, self.access, operation=Operation(collector))

    def add_user(self, name: str, **roles: Role) -> None:
        """A user with the password of all tests."""
        named = {plant: role.name for plant, role in roles.items()}
        self.ledger.accounts.add(User(name, HASH, named), self.now_ms)

    def add_token(self, secret: str, *plants: str) -> None:
        """A token of that secret; its name is the secret too."""
        self.ledger.accounts.add_token(Token(secret, plants, self.now_ms), hashed(secret))

    def call(self, path: str, **options: Any) -> Answer:
        """One request to the application."""
        return call(self.app, path, **options)

    def log_in(self, name: str, password: str = PASSWORD, **options: Any) -> Answer:
        """Post the form of the login page."""
        form = {"name": name, "password": password}
        return self.call("/login", method="POST", form=form, **options)

    def close(self) -> None:
        self.store.close()
        self.ledger.close()


CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
HASH = CHEAP.hash(PASSWORD)


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes of the real cost would take most of the tests' time."""
    monkeypatch.setattr(passwords, "_hasher", CHEAP)
    monkeypatch.setattr(passwords, "_nobody", HASH)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """Two plants behind a door on loopback; nobody has an account yet."""
    running = Site(tmp_path)
    yield running
    running.close()


@pytest.fixture
def password() -> str:
    """The password of every user."""
    return PASSWORD


@pytest.fixture
def ask() -> Callable[..., Answer]:
    """`ask(app, path, ...)`: one request to any application."""
    return call
