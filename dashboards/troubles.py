"""The points of which no value comes although their meter answers, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from collector.ledger import Ledger
from collector.store import Latest, Series
from dashboards.newest import ShownPoint
from dashboards.now import Trouble
from plant.calendar import SLOT_MS
from plant.reading import Event

KINDS = ("rejected", "exception")
LOOK_BACK_MS = 3 * SLOT_MS  # an agent tells a trouble that lasts again every quarter of an hour


def told_troubles(ledger: Ledger, plant: str, time_ms: int) -> dict[str, Event]:
    """By meter/point, the newest word of a trouble with it."""
    since_ms, until_ms = time_ms - LOOK_BACK_MS, time_ms + LOOK_BACK_MS
    told: dict[str, Event] = {}
    for _, _, event in ledger.journal.events(plant, since_ms, until_ms=until_ms):
        if event.point and event.kind in KINDS:
            told.setdefault(f"{event.meter}/{event.point}", event)
    return told


def open_troubles(
    points: Mapping[str, list[ShownPoint]],
    told: Mapping[str, Event],
    newest: Callable[[Series], Latest | None],
) -> dict[str, Trouble]:
    """By meter/point, the troubles after which no value was read."""
    found = {}
    for point in (point for points_of in points.values() for point in points_of):
        event, latest = told.get(point.key), newest(point.series)
        if event and (latest is None or latest.time_ms < event.time_ms):
            found[point.key] = Trouble(kind=event.kind, text=event.text, since_ms=event.time_ms)
    return found
