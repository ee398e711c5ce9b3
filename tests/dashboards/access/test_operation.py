"""What those see who watch over the collector: /healthz and /metrics."""

from __future__ import annotations

import json
import re
import shutil
from collections import namedtuple
from typing import Any

import pytest

from collector.ledger import Intake, Sender
from dashboards import operation
from dashboards.access import Role
from dashboards.board import Board
from plant.errors import StoreError
from plant.wire import Status

pytestmark = pytest.mark.slow

SAMPLE = re.compile(r'cleanline_[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+-]+')


@pytest.fixture
def well(site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The site, its collector connected."""
    line = site.collector._link
    assert line.lost_ms == site.now_ms
    monkeypatch.setattr(line, "lost_ms", None)
    return site


def _healthz(site: Any) -> tuple[int, dict[str, Any]]:
    answer = site.call("/healthz")
    return answer.status, json.loads(answer.body)


def test_all_is_well_when_broker_store_and_disk_are(well: Any) -> None:
    well.collector.stats.last_commit_ms = well.now_ms - 1500
    status, told = _healthz(well)
    assert (status, told["status"], told["last_commit_age_s"]) == (200, "ok", 1.5)
    assert told["checks"] == {"broker": True, "store": True, "disk": True}
    assert told["disk_free_bytes"] > 0


def test_a_collector_that_lost_its_broker_is_not_well(site: Any) -> None:
    status, told = _healthz(site)
    assert (status, told["status"], told["checks"]["broker"]) == (503, "failing", False)
    assert told["last_commit_age_s"] is None


def test_a_plant_of_imported_amounts_needs_no_broker(site: Any) -> None:
    site.broker = None
    site.open(site.access.door)
    status, told = _healthz(site)
    assert (status, told["checks"]["broker"]) == (200, None)


def test_a_store_that_refuses_is_not_well(well: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    well.collector.stats.is_refused = True
    assert _healthz(well)[1]["checks"]["store"] is False
    well.collector.stats.is_refused = False

    def refuse() -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(well.ledger, "probe", refuse)
    assert _healthz(well)[0] == 200  # looked at a moment ago
    well.now_ms += operation.PROBE_MS
    status, told = _healthz(well)
    assert (status, told["checks"]["store"]) == (503, False)


def test_a_disk_without_room_is_not_well(well: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**12, 10**12, 10**6))
    status, told = _healthz(well)
    assert (status, told["checks"]["disk"], told["disk_free_bytes"]) == (503, False, 10**6)


def _samples(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(SAMPLE.fullmatch(line) for line in lines), text
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_the_metrics_count_what_came_and_what_became_of_it(well: Any) -> None:
    stats = well.collector.stats
    stats.packs, stats.stored_packs, stats.readings, stats.readings_in = 12, 9, 180, 200
    stats.aside["malformed"] += 2
    stats.lag_ms = 1250
    status = Status("online", "b", well.now_ms, outbox_depth=7, clock_offset_ms=-1500)
    well.ledger.journal.set_status("north", "yard", status=status, received_ms=well.now_ms - 4000)
    well.ledger.journal.record(Intake(seen={Sender("north", "yard", "box"): [1, 2, 5]}))
    answer = well.call("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = _samples(answer.body.decode())
    yard = '{plant="north",gateway="yard"}'
    assert {
        "cleanline_packs_received_total": 12,
        "cleanline_packs_stored_total": 9,
        "cleanline_readings_received_total": 200,
        "cleanline_readings_stored_total": 180,
        'cleanline_packs_set_aside_total{reason="malformed"}': 2,
        "cleanline_lag_seconds": 1.25,
        "cleanline_broker_connected": 1,
        "cleanline_store_writable": 1,
        f"cleanline_gateway_outbox_packs{yard}": 7,
        f"cleanline_gateway_clock_offset_seconds{yard}": -1.5,
        f"cleanline_gateway_missing_packs{yard}": 2,
        f"cleanline_gateway_heard_age_seconds{yard}": 4,
    }.items() <= found.items()


def test_what_is_not_known_has_no_sample(well: Any) -> None:
    found = _samples(well.call("/metrics").body.decode())
    assert "cleanline_lag_seconds" not in found
    assert 'cleanline_gateway_outbox_packs{plant="north",gateway="yard"}' not in found
    assert found['cleanline_gateway_missing_packs{plant="north",gateway="yard"}'] == 0


def test_metrics_tell_of_the_gateways_of_ones_own_plants_alone(well: Any) -> None:
    well.add_user("ana", north=Role.administrator)
    well.add_token("prometheus", "south")
    text = well.call("/metrics", authorization="Bearer prometheus").body.decode()
    assert 'plant="south"' in text
    assert "north" not in text
    assert well.call("/metrics").status == 401


def test_every_page_is_told_when_the_broker_is_lost_and_when_it_is_back(well: Any) -> None:
    lost: list[int | None] = [None]
    board = Board(well, well.clock, lost_ms=lambda: lost[0])
    for value in (1000, None):
        lost[0] = value
        before = board.quiet.position, board.stream.position
        board._tell_line()
        assert before != (board.quiet.position, board.stream.position)
        board._tell_line()
        told = [event for stream in (board.quiet, board.stream) for event in stream._ring]
        assert told[-1].name == "broker"
        assert json.loads(told[-1].data["vi"]) == value
    assert board.quiet.position.endswith("-2")  # once for each change
    lost[0] = 2000
    assert board._line() == b"event: broker\ndata: 2000\n\n"
