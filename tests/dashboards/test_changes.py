"""What people enter from the pages: told at once, by whom and when, and never removed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from collector.ledger import Alarm
from collector.options import login_name
from dashboards.access import Access
from dashboards.access.door import Door
from dashboards.serve import Server, board_of, listen
from dashboards.source import PlantSource
from plant.calendar import day_start_ms

pytestmark = pytest.mark.slow

Post = Callable[..., tuple[int, Any]]
NOTE = {"start": "2025-06-02T08:30", "about": "resource/electricity", "text": " new motor "}


@pytest.fixture
def address(own_mill: Any) -> Iterator[str]:
    """Where the API of a mill is served, on which nobody has an account."""
    source = PlantSource(own_mill.plant, own_mill.store, ledger=own_mill.ledger)
    board = board_of(source, lambda: own_mill.now_ms)
    access = Access(Door(), own_mill.ledger, lambda: own_mill.now_ms)
    server = Server({"mill": board}, listen("127.0.0.1", 0), access=access)
    yield server.address
    server.close()


@pytest.fixture
def post(address: str) -> Post:
    """`post(path, body)`: the status, and what was answered."""

    def send(path: str, body: Any, **headers: str) -> tuple[int, Any]:
        names = {"Content-Type": "application/json", **headers}
        request = Request(
            f"{address}api/v1/plants/mill/{path}", json.dumps(body).encode(), headers=names
        )
        try:
            with urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            return error.code, json.loads(error.read())

    return send


def _events(address: str) -> Any:
    with urlopen(f"{address}api/v1/plants/mill/events?days=30", timeout=60) as answer:
        return json.loads(answer.read())


def test_a_note_shows_at_once_by_the_plants_clock_with_its_author(
    address: str, post: Post, own_mill: Any
) -> None:
    assert _events(address)["notes"] == []
    status, entered = post("notes", NOTE)
    assert status == 201
    (note,) = _events(address)["notes"]
    assert note["id"] == entered["id"]
    midnight_ms = day_start_ms(date(2025, 6, 2), own_mill.plant.zone)
    assert note["start_ms"] == note["end_ms"] == midnight_ms + 8.5 * 3_600_000
    assert note["said"] == {
        "author": login_name(),
        "text": "new motor",
        "entered_ms": own_mill.now_ms,
    }
    (line,) = own_mill.ledger.audit.newest()
    assert (line.action, line.detail) == ("take_note", f"note {entered['id']}")


def test_a_withdrawn_note_stays_with_the_reason(address: str, post: Post) -> None:
    _, entered = post("notes", NOTE)
    assert post(f"notes/{entered['id']}/withdrawals", {"text": " "})[0] == 422
    assert post(f"notes/{entered['id']}/withdrawals", {"text": "wrong day"})[0] == 201
    assert post(f"notes/{entered['id']}/withdrawals", {"text": "again"})[0] == 404
    (note,) = _events(address)["notes"]
    assert note["withdrawn"]["text"] == "wrong day"


def test_an_alarm_is_acknowledged_with_or_without_words(
    address: str, post: Post, own_mill: Any
) -> None:
    at_ms = own_mill.now_ms
    alarm = Alarm(0, "stale", "incomer", at_ms, at_ms, None, 400.0, 300.0, "s")
    own_mill.ledger.alarms.change("mill", opened=[alarm])
    (opened,) = own_mill.ledger.alarms.open("mill")
    for text in ("", "cable cut"):
        assert post(f"alarms/{opened.id}/acknowledgements", {"text": text})[0] == 201
    assert post("alarms/99/acknowledgements", {"text": ""})[0] == 404
    (shown,) = _events(address)["alarms"]
    assert [said["text"] for said in shown["said"]] == ["", "cable cut"]
    assert shown["closed_ms"] is None


SENSELESS: list[dict[str, str]] = [
    {"text": "  "},
    {"start": "2025-06-02T08:30+07:00"},
    {"start": "0001-01-01T00:00"},
    {"end": "2025-06-01T00:00"},
    {"about": "meter/nobody"},
    {"about": "resource/water"},
    {"author": "somebody else"},
    {"text": "x" * 2001},
]


def test_what_makes_no_sense_is_refused_in_a_sentence(address: str, post: Post) -> None:
    for changed in SENSELESS:
        status, said = post("notes", NOTE | changed)
        assert status == 422, changed
        assert said["detail"], changed
        assert _events(address)["notes"] == [], changed


def test_a_page_of_another_site_cannot_enter_anything(address: str, post: Post) -> None:
    foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert post("notes", NOTE, **foreign)[0] == 403
    assert _events(address)["notes"] == []
