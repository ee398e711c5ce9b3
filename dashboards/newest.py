"""The newest value of every point that a plant reads, as people say it: CT ratios and pulses in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from collector.analysis.missing import known
from collector.store import COUNTER, GAUGE, Latest, Series, Store
from dashboards.now import Trouble, Value
from plant.calendar import to_ms
from plant.description import Meter, Plant
from plant.models import Point

_IN_THOUSANDS = ("W", "VA", "var")  # a plant is told in kW, whatever a meter counts in


@dataclass(frozen=True, slots=True)
class ShownPoint:
    """How one point of a meter is shown.

    factors: from when on [ms] a reading is multiplied by what, in order of time.
    """

    meter: str
    point: str
    series: Series
    unit: str
    factors: tuple[tuple[int, float], ...]

    @property
    def key(self) -> str:
        return f"{self.meter}/{self.point}"

    def factor(self, time_ms: int) -> float:
        """What a reading of that time is multiplied by."""
        return next(factor for since, factor in reversed(self.factors) if time_ms >= since)

    def value(self, latest: Latest | None, trouble: Trouble | None = None) -> Value:
        """The newest reading, as it is shown."""
        shown = None if latest is None else known(latest.value * self.factor(latest.time_ms))
        return Value(
            key=self.key,
            value=shown,
            unit=self.unit,
            time_ms=latest.time_ms if latest else None,
            kind="counter" if self.series.measurement == COUNTER else "gauge",
            trouble=trouble,
        )


def shown_points(plant: Plant) -> dict[str, list[ShownPoint]]:
    """By meter, the points that a page shows: gauges first."""
    return {name: _points(plant, name, meter) for name, meter in plant.meters.items()}


def _points(plant: Plant, name: str, meter: Meter) -> list[ShownPoint]:
    points = sorted(meter.read_points().items(), key=lambda item: item[1].kind == "counter")
    return [_shown(plant, (name, point), meter=meter, described=d) for point, d in points]


def _shown(plant: Plant, of: tuple[str, str], *, meter: Meter, described: Point) -> ShownPoint:
    measurement = COUNTER if described.kind == "counter" else GAUGE
    unit, worth = described.unit, 1.0
    if unit in _IN_THOUSANDS:
        unit, worth = f"k{unit}", 1e-3
    if meter.pulse is not None and unit == "pulse":
        unit, worth = meter.pulse.unit, meter.pulse.value
    changes = [(0, meter.ct * worth)]
    for change in sorted(meter.events, key=lambda change: change.at.replace(tzinfo=None)):
        if change.ct is not None:
            at = change.at if change.at.tzinfo else change.at.replace(tzinfo=plant.zone)
            changes.append((to_ms(at), change.ct * worth))
    return ShownPoint(*of, Series(measurement, plant.id, of), unit, tuple(changes))


class Newest:
    """The newest reading of every series, read once and then kept by the collector's changes."""

    def __init__(self, plant: str, store: Store) -> None:
        self._latest = dict(store.latest(plant))

    def take(self, latest: Mapping[Series, Latest]) -> None:
        """Note what a commit brought; late readings are not news."""
        for series, reading in latest.items():
            known = self._latest.get(series)
            if known is None or reading.time_ms >= known.time_ms:
                self._latest[series] = reading

    def of(self, series: Series) -> Latest | None:
        """The newest reading of a series."""
        return self._latest.get(series)
