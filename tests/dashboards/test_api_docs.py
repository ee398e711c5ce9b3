"""Every example of docs/api.md is typed, and answered."""

from __future__ import annotations

import argparse
import http.client
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dashboards.access import Access
from dashboards.access.door import Door
from dashboards.serve import Server, board_of, listen
from dashboards.source import PlantSource
from dashboards.stream import PING_S

pytestmark = pytest.mark.slow

TEXT = (Path(__file__).parents[2] / "docs/api.md").read_text("utf-8")
EXAMPLES = [line for line in TEXT.splitlines() if line.startswith("curl ")]
PARSER = argparse.ArgumentParser()
PARSER.add_argument("-X", default="GET")
PARSER.add_argument("-H", action="append", default=[])
PARSER.add_argument("-d")
PARSER.add_argument("-N", action="store_true")
PARSER.add_argument("url")


@pytest.fixture
def address(own_mill: Any) -> Iterator[str]:
    """Where the API of a mill is served."""
    source = PlantSource(own_mill.plant, own_mill.store, ledger=own_mill.ledger)
    board = board_of(source, lambda: own_mill.now_ms)
    access = Access(Door(), own_mill.ledger, lambda: own_mill.now_ms)
    server = Server({"mill": board}, listen("127.0.0.1", 0), access=access)
    yield urlsplit(server.address).netloc
    server.close()


def test_every_example_is_answered(address: str) -> None:
    assert len(EXAMPLES) > 8
    for example in EXAMPLES:
        asked = PARSER.parse_args(shlex.split(example)[1:])
        connection = http.client.HTTPConnection(address, timeout=60)
        path = asked.url.removeprefix("http://127.0.0.1:8080")
        headers = dict(header.split(": ") for header in asked.H)
        connection.request(asked.X, path, asked.d, headers)
        answer = connection.getresponse()
        assert answer.status in (200, 201), (example, answer.read())
        if asked.N:
            assert answer.readline() == b"retry: 2000\n"
        elif "json" in answer.headers["Content-Type"]:
            assert json.loads(answer.read()), example
        else:
            assert b"," in answer.read(), example
        connection.close()


def test_a_reader_that_names_the_last_event_gets_what_it_missed(
    address: str, own_mill: Any
) -> None:
    def first_id(**headers: str) -> bytes:
        connection = http.client.HTTPConnection(address, timeout=60)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET", "/api/v1/events?plant=mill&page=now", headers=names)
        answer = connection.getresponse()
        while not (line := answer.readline()).startswith(b"id: "):
            assert line
        connection.close()
        return line.removeprefix(b"id: ").strip()

    boot, _, number = first_id().decode().partition("-")
    assert number == "1"
    assert first_id(Last_Event_ID=f"{boot}-0").decode() == f"{boot}-1"
    assert first_id(Last_Event_ID=f"{boot}-1").decode() == f"{boot}-2"


def test_a_ping_comes_as_often_as_the_document_says() -> None:
    said = re.search(r"after (\d+) s of silence", TEXT)
    assert said is not None
    assert float(said[1]) == PING_S
