"""The dashboard Data health: who was read, how much of each day is known, what was estimated."""

from __future__ import annotations

from collections.abc import Iterator

from collector.store import COUNTER, GAUGE
from dashboards.formats import Language
from dashboards.grafana import panels, queries
from dashboards.grafana.panels import Sized
from dashboards.words import say
from plant.description import Plant


def health(plant: Plant, language: Language) -> Iterator[Sized]:
    """The panels of all meters."""
    points = [queries.newest(plant.id, measurement) for measurement in (COUNTER, GAUGE)]
    note = say("grafana.newest.note", language)
    yield panels.table(say("grafana.newest", language), points, note=note), 24, 12
    hours = [queries.readings_an_hour(plant.id)]
    yield panels.series(say("grafana.readings", language), hours, unit="1"), 24, 8
    alias, tags = "$tag_meter", {"plant": plant.id}
    for key, rows in (("known", queries.KNOWN), ("estimates", queries.ESTIMATED)):
        counted = [queries.day_counts(tags, alias, rows=rows, zone=plant.zone)]
        title = say(f"grafana.{key}", language, whole=queries.SLOTS_A_DAY)
        yield panels.dots(title, counted, unit="1"), 12, 9
