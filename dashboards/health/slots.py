"""How well the quarter hours of a meter are known, in all and step by step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from collector.analysis.quality import Quality
from collector.store.protocol import Codes
from dashboards.health.result import Known, Slots
from dashboards.records import Records
from plant.calendar import SLOT_MS


class Grid(NamedTuple):
    """Quarter hours from a start to before an end, in steps of several."""

    start_ms: int
    end_ms: int
    step_ms: int

    @property
    def slots(self) -> int:
        """How many quarter hours there are."""
        return (self.end_ms - self.start_ms) // SLOT_MS


def slots_of(records: Records, meter: str, grid: Grid) -> tuple[Slots, list[Known]]:
    """All quarter hours of the grid, and each step by the worst of its own."""
    codes = _codes(records, meter, grid)
    counts = np.bincount(codes, minlength=4)
    slots = Slots(
        measured=int(counts[Quality.measured]),
        estimated=int(counts[Quality.estimated]),
        integrated=int(counts[Quality.integrated]),
        missing=int(counts[Quality.missing]),
    )
    return slots, _course(codes, grid.step_ms // SLOT_MS)


def _codes(records: Records, meter: str, grid: Grid) -> Codes:
    """(n,) the quality of each quarter hour; one without a row is missing."""
    codes = np.full(grid.slots, Quality.missing, dtype=np.int8)
    source = records.sources.get(meter)
    if source is not None:
        rows = records.store.read(source.intervals, grid.start_ms, end_ms=grid.end_ms)
        has_value = ~np.isnan(rows.values)
        place = (rows.times_ms[has_value] - grid.start_ms) // SLOT_MS
        codes[place] = rows.quality[has_value]
        return codes
    for point in records.points[meter][:1]:
        rows = records.store.read(point.series, grid.start_ms, end_ms=grid.end_ms)
        codes[np.unique((rows.times_ms - grid.start_ms) // SLOT_MS)] = Quality.measured
    return codes


def _course(codes: Codes, size: int) -> list[Known]:
    """How well each step of so many quarter hours is known; the last may have fewer."""
    if not codes.size:
        return []
    starts = np.arange(0, codes.size, size)
    missing = np.add.reduceat(codes == Quality.missing, starts, dtype=np.int64)
    estimated = np.add.reduceat(codes == Quality.estimated, starts, dtype=np.int64)
    counts = np.diff(starts, append=codes.size)
    kinds = np.select(
        [missing == counts, missing > 0, estimated > 0],
        [Known.missing, Known.partly, Known.estimated],
        Known.whole,
    )
    return [Known(kind) for kind in kinds.tolist()]
