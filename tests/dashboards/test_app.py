"""The pages and the API over real HTTP: nothing is asked of another host, errors are told."""

import gzip
import http.client
import json
import re
import socket
from collections.abc import Callable, Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from dashboards.access import Access
from dashboards.access.door import Door
from dashboards.board import Board
from dashboards.serve import Server, listen
from plant.errors import StoreError, UsageError

pytestmark = pytest.mark.slow

Get = Callable[..., tuple[http.client.HTTPResponse, bytes]]


def open_access(now_ms: int) -> Access:
    """Nobody has an account, on loopback."""
    return Access(Door(), None, lambda: now_ms)


@pytest.fixture
def server(source: Any, now_ms: int) -> Iterator[Server]:
    """A server on a free port that shows one plant."""
    boards = {"demo": Board(source, lambda: now_ms)}
    running = Server(boards, listen("127.0.0.1", 0), access=open_access(now_ms))
    yield running
    running.close()


@pytest.fixture
def get(server: Server) -> Get:
    """Ask the server for a path; the body is decompressed."""

    def ask(path: str, **headers: str) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=60)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", path, headers=names)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        return answer, body

    return ask


def test_the_page_carries_its_data_and_its_language(get: Get) -> None:
    answer, body = get("/?lang=vi")
    page = body.decode()
    assert answer.status == 200
    assert '<html lang="vi"' in page
    assert "Đồng hồ đo" in page
    found = re.search(r'<script type="application/json" id="view">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    view = json.loads(found[1])
    assert view["now"]["plant"]["name"] == 'Tapioca </script> & "Co"'
    assert set(view["charts"]) == {"rate-electricity", "months-electricity"}
    assert "lang=vi" in answer.headers["Set-Cookie"]


def test_the_language_switch_keeps_the_rest_of_the_address(get: Get) -> None:
    _, body = get("/?wall=1&lang=vi")
    assert b'href="?wall=1&amp;lang=en"' in body
    assert b'data-mode="wall"' in body


def test_the_browsers_language_is_taken_when_none_is_asked_for(get: Get) -> None:
    _, body = get("/", Accept_Language="vi-VN,vi;q=0.9")
    assert b'<html lang="vi"' in body


def test_every_answer_forbids_other_hosts(get: Get) -> None:
    for path in ("/", "/api/v1/plants", "/nowhere"):
        answer, _ = get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'; script-src 'self'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_no_page_or_asset_names_another_host(get: Get) -> None:
    _, page = get("/")
    assets = re.findall(rb'(?:href|src)="(/static/[^"]+)"', page)
    assert len(assets) >= 4
    for path in assets:
        _, body = get(path.decode())
        hosts = set(re.findall(rb"https?://[\w.-]+", body))
        assert hosts <= {b"http://www.w3.org"}, path  # the name of SVG, not an address


def test_a_page_asks_at_once_for_every_module_that_it_comes_to_import(get: Get) -> None:
    _, page = get("/")
    asked = set(re.findall(r'<link rel="modulepreload" href="[^"]+/([\w-]+\.js)">', page.decode()))
    imported = {"now.js"}
    while (
        new := {
            name
            for module in imported
            for name in re.findall(
                r'from "\./([\w-]+\.js)"', get(f"/static/x/{module}")[1].decode()
            )
        }
        - imported
    ):
        imported |= new
    assert len(imported) > 10
    assert asked == imported - {"now.js"}


def test_assets_are_compressed_and_kept_for_ever_under_their_hash(get: Get) -> None:
    _, page = get("/")
    found = re.search(rb'data-static="([^"]+)"', page)
    assert found is not None
    answer, body = get(f"{found[1].decode()}/plotly.min.js", Accept_Encoding="gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "immutable" in answer.headers["Cache-Control"]
    assert int(answer.headers["Content-Length"]) < 1_600_000
    first, rest = body.split(b"\n", 1)
    assert first == b"//# allFunctionsCalledOnLoad"
    assert rest.startswith(b"/**\n* plotly.js")
    answer, plain = get("/static/0ld/base.css")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert b":root" in plain
    answer, _ = get("/static/x/../app.py")
    assert answer.status == 404


def test_the_api_gives_what_the_page_shows(get: Get) -> None:
    _, body = get("/api/v1/plants/demo/now")
    now = json.loads(body)
    assert now["tiles"][0]["claims"][0]["saving_percent"] == 6.55
    _, body = get("/api/v1/plants/demo/now/view?lang=vi")
    assert json.loads(body)["now"] == now
    assert json.loads(get("/api/v1/plants")[1])[0]["plant"] == "demo"


def test_a_store_that_does_not_answer_is_said_in_one_sentence(source: Any, now_ms: int) -> None:
    def refuse(time_ms: int) -> None:
        raise StoreError("the store at influxdb://nowhere does not answer")

    source.now = refuse  # from the beginning: the page is computed before anybody asks
    board = Board(source, lambda: now_ms)
    server = Server({"demo": board}, listen("127.0.0.1", 0), access=open_access(now_ms))
    try:
        with pytest.raises(HTTPError) as answer:
            urlopen(f"{server.address}api/v1/plants/demo/now")
    finally:
        server.close()
    assert answer.value.code == 503
    told = json.loads(answer.value.read())["detail"]
    assert told == "the store at influxdb://nowhere does not answer"


def test_several_plants_have_a_list_and_a_page_each(source: Any, now_ms: int) -> None:
    boards = {name: Board(source, lambda: now_ms) for name in ("north", "south")}
    server = Server(boards, listen("127.0.0.1", 0), access=open_access(now_ms))
    try:
        with urlopen(server.address) as answer:
            assert b'{"north": "Tapioca \\u003c/script>' in answer.read()
        with urlopen(f"{server.address}plants/south") as answer:
            assert b'data-plant="south"' in answer.read()
    finally:
        server.close()


def test_the_api_documents_itself_without_pages_of_another_host(get: Get) -> None:
    _, body = get("/api/v1/openapi.json")
    document = json.loads(body)
    assert "/api/v1/plants/{plant}/now" in document["paths"]
    assert "Tile" in document["components"]["schemas"]
    assert get("/docs")[0].status == get("/redoc")[0].status == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/plants/none", 404),
        ("/api/v1/plants/none/now", 404),
        ("/api/v1/plants/demo/now/view?lang=fr", 422),
        ("/api/v1/events?plant=none", 404),
        ("/static/x/none.js", 404),
    ],
)
def test_what_is_not_there_is_said(get: Get, path: str, status: int) -> None:
    assert get(path)[0].status == status


def test_the_stream_begins_with_the_page_and_goes_on_with_what_is_read(
    server: Server, source: Any
) -> None:
    connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=60)
    connection.request("GET", "/api/v1/events?lang=vi", headers={"Last-Event-ID": "before-7"})
    answer = connection.getresponse()
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    events = _events(answer)
    assert next(events) == ("broker", None)
    assert next(events)[0] == "ping"  # the clock from which the page counts ages
    assert next(events)[0] == "page"
    name, data = next(events)
    assert (name, data["values"]) == (
        "live",
        {"incomer/power": [source.live(0).values["incomer/power"][0], 640.0]},
    )
    source.power = 655.5
    server.mark("demo")
    name, data = next(events)
    assert data["values"]["incomer/power"][1] == 655.5
    assert "health" not in data
    connection.close()


def _events(answer: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    name = ""
    while line := answer.readline().decode().strip("\n") or " ":
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            yield name, json.loads(line[6:])


def test_what_listens_names_its_protocol_so_that_answers_are_not_held_back() -> None:
    """asyncio turns off Nagle's algorithm only for sockets that do: else 40 ms an answer."""
    with listen("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP


def test_a_taken_port_is_said_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"127.0.0.1:{port}.*give another --port"):
            listen("127.0.0.1", port)
