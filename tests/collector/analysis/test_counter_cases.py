"""Counters that went wrong in the wild: each folder of tests/cases/counters names its issue."""

from __future__ import annotations

import csv
import tomllib
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collector.analysis.accounting import account
from collector.analysis.consumption import consumption
from collector.analysis.counters import Change, CounterKind, Event, EventKind
from collector.analysis.quality import Quality

CASES = Path(__file__).parents[2] / "cases" / "counters"


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def seen(event: Event, wanted: dict[str, Any]) -> dict[str, Any]:
    """What the event says on the keys that the case names."""
    said = {
        "kind": event.kind,
        "time": event.time_ms,
        "until": event.until_ms,
        "before": pytest.approx(event.before),
        "after": pytest.approx(event.after),
        "readings": event.readings,
    }
    return {key: said[key] for key in wanted}


@pytest.mark.parametrize("folder", sorted(CASES.iterdir()), ids=lambda path: path.name)
def test_a_counter_from_the_wild_is_accounted_for(folder: Path) -> None:
    """Readings of a reported fault give the consumption, quality and events that were true."""
    case = tomllib.loads((folder / "case.toml").read_text())
    kind = CounterKind(**{"modulus": None, **case["counter"]})
    changes = [Change(EventKind(c["kind"]), ms(c["at"])) for c in case.get("changes", [])]
    with (folder / "readings.csv").open() as file:
        rows = [(ms(row["time"]), float(row["value"])) for row in csv.DictReader(file)]
    times, values = zip(*rows, strict=True)

    came_to = account(times, values, kind, changes=changes)
    amounts, quality = consumption(came_to, [ms(edge) for edge in case["edges"]])

    assert [Quality(code).name for code in quality] == case["quality"]
    np.testing.assert_allclose(amounts, case["consumption"], rtol=1e-9, atol=1e-6)
    wanted = [
        {key: ms(v) if key in ("time", "until") else v for key, v in event.items()}
        for event in case.get("events", [])
    ]
    told = came_to.events
    assert [event.kind for event in told] == [event["kind"] for event in wanted]
    assert [seen(e, w) for e, w in zip(told, wanted, strict=True)] == wanted
