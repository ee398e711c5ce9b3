"""What InfluxDB answers in part or not at all is never taken for all that there is."""

from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pytest

from collector.store import COUNTER, INTERVAL, Series
from collector.store.influx import InfluxStore
from collector.store.protocol import samples
from collector.store.weeks import QUIET_S, Weeks
from plant.errors import StoreError

ENERGY, SLOTS = Series(COUNTER, "p", ("m", "energy")), Series(INTERVAL, "p", ("m", "electricity"))
WEEK_MS = 7 * 86_400_000
MONDAY_MS = 1_767_571_200_000  # 5 January 2026
ROW = {
    "name": "counter",
    "tags": {"meter": "m", "point": "energy"},
    "columns": ["time", "value"],
    "values": [[0, 1.0]],
}


class Answering(InfluxStore):
    """A store whose server answers as it is told."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.bodies = answer, list[str]()
        super().__init__("http://influx:8086", "plant")

    def _call(self, method: str, *_: Any, body: str | None = None, **__: Any) -> Any:
        if body is not None:
            self.bodies.append(body)
        return json.dumps(self.answer).encode(), {"X-Influxdb-Version": "1.6.7"}


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"error": "timeout"}, "timeout"),
        ({"results": [{"series": [ROW]}, {"error": "shard gone"}]}, "shard gone"),
    ],
)
def test_an_error_is_refused_wherever_it_stands(answer: Any, said: str) -> None:
    store = Answering(answer)
    with pytest.raises(StoreError, match=said):
        store.read(ENERGY, 0, end_ms=9)
    with pytest.raises(StoreError, match=said):
        store.latest("p")


def test_series_that_were_left_out_are_no_answer() -> None:
    store = Answering({"results": [{"series": [{**ROW, "partial": True}]}]})
    with pytest.raises(StoreError, match="in part; set max-row-limit = 0"):
        store.series("p")


def test_what_a_limit_of_the_server_cuts_off_is_asked_for_again() -> None:
    """InfluxDB of a `max-row-limit` answers with its first rows, without an error."""
    asked = []

    class Limited(Answering):
        def _query(self, query: str) -> Any:
            asked.append(query)
            first = int(query.rpartition(">= ")[2].partition("ms")[0])
            rows = [[at, float(at)] for at in range(first, 5)][:2]
            return iter([{**ROW, "values": rows, "partial": True}] if rows else [])

    found = Limited({}).read(ENERGY, 0, end_ms=9)
    assert found.times_ms.tolist() == found.values.tolist() == [0, 1, 2, 3, 4]
    assert len(asked) == 4


def test_rows_of_a_quiet_week_are_written_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """InfluxDB acknowledged them and had them no more: it was freeing the shard meanwhile."""
    monkeypatch.setattr(time, "sleep", lambda _: None)
    store = Answering({"results": []})
    early, late = samples([MONDAY_MS], [1.0]), samples([MONDAY_MS + WEEK_MS], [2.0])
    store.write({ENERGY: early})
    assert len(store.bodies) == 2
    assert store.bodies[0] == store.bodies[1]
    store.write({ENERGY: samples([MONDAY_MS + 1, MONDAY_MS + WEEK_MS], [1.0, 2.0]), SLOTS: early})
    *_, first, again = store.bodies
    assert len(first.splitlines()) == 3
    assert again == f"counter,meter=m,plant=p,point=energy value=2.0 {late.times_ms[0]}"
    store.write({ENERGY: late})
    assert len(store.bodies) == 5


def test_a_week_begins_on_monday_and_is_quiet_again_after_a_while() -> None:
    now_s = [0.0]
    weeks = Weeks(lambda: now_s[0])
    times = MONDAY_MS + np.array([-1, 0, WEEK_MS - 1, WEEK_MS])
    rows = {ENERGY: samples(times, [0.0] * 4)}
    monday = {ENERGY: samples([MONDAY_MS], [0.0])}
    assert weeks.quiet(monday)[ENERGY].times_ms.tolist() == [MONDAY_MS]
    assert weeks.quiet(rows)[ENERGY].times_ms.tolist() == [times[0], times[3]]
    now_s[0] = QUIET_S
    assert weeks.quiet(rows) == {}
    now_s[0] += QUIET_S + 1
    assert len(weeks.quiet(rows)[ENERGY]) == 4
