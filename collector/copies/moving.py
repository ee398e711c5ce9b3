"""All series of plants from one store to another, read back and compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from collector.store import Series, Store
from plant.calendar import DAY_MS
from plant.errors import StoreError

FIRST_MS = 946_684_800_000  # 2000; nothing older is taken in
PIECE_MS = 30 * DAY_MS


class Moved(NamedTuple):
    """One series that stands in both stores, and its rows."""

    series: Series
    rows: int


def move(source: Store, target: Store, *, plants: Iterable[str], until_ms: int) -> Iterator[Moved]:
    """Copy series by series; StoreError when one does not come back as it was.

    What the target held before stays, but for rows of the same times. It may be begun again.
    until_ms: no row is later.
    """
    for plant in plants:
        for series in source.series(plant):
            pieces = range(FIRST_MS, until_ms, PIECE_MS)
            yield Moved(series, sum(_move_piece(source, target, series, at) for at in pieces))


def _move_piece(source: Store, target: Store, series: Series, start_ms: int) -> int:
    rows = source.read(series, start_ms, end_ms=start_ms + PIECE_MS)
    if not len(rows):
        return 0
    target.write({series: rows})
    back = target.read(series, start_ms, end_ms=start_ms + PIECE_MS)
    kept = np.isin(back.times_ms, rows.times_ms)
    same = (
        np.array_equal(back.times_ms[kept], rows.times_ms)
        and np.array_equal(back.values[kept], rows.values, equal_nan=True)
        and np.array_equal(back.quality[kept], rows.quality)
    )
    if not same:
        raise StoreError(f"move: {'/'.join(series.tags)} did not come back as it was; run it again")
    return len(rows)
