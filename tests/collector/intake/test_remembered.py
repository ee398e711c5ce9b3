"""A store that remembers gives what the store behind it has, and asks it as little as it can."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from collector.store import GAUGE, INTERVAL, Samples, Series
from collector.store import remembered as module
from collector.store.protocol import samples
from collector.store.remembered import Remembered
from collector.store.sqlite import SqliteStore
from plant.calendar import SLOT_MS

SERIES = Series(INTERVAL, "mill", ("incomer", "electricity"))


class Counted(SqliteStore):
    """Notes how many rows each read gave."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.read_rows: list[int] = []

    def read(self, series: Series, start_ms: int, *, end_ms: int) -> Samples:
        found = super().read(series, start_ms, end_ms=end_ms)
        self.read_rows.append(len(found))
        return found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Counted]:
    made = Counted(tmp_path / "s.sqlite")
    _write(made, SERIES, range(100))
    yield made
    made.close()


def _write(store: SqliteStore, series: Series, slots: range, value: float = 0.0) -> None:
    times = SLOT_MS * np.array(slots, dtype=np.int64)
    store.write({series: samples(times, times / SLOT_MS + value, quality=times // SLOT_MS % 3)})


def _asked(kept: Remembered, first: int, end: int, series: Series = SERIES) -> list[float]:
    found = kept.read(series, first * SLOT_MS, end_ms=end * SLOT_MS)
    assert found.times_ms.tolist() == [SLOT_MS * i for i in range(first, end)]
    assert found.quality.tolist() == [i % 3 for i in range(first, end)]
    return found.values.tolist()


def test_what_was_read_is_not_read_again_and_what_lies_beside_it_is_added(store: Counted) -> None:
    kept = Remembered(store)
    assert _asked(kept, 20, 40) == list(range(20, 40))
    assert _asked(kept, 25, 30) == list(range(25, 30))
    assert _asked(kept, 10, 60) == list(range(10, 60))
    assert store.read_rows == [20, 10, 20]
    assert _asked(kept, 80, 90) == list(range(80, 90))
    assert _asked(kept, 10, 90) == list(range(10, 90))
    assert sum(store.read_rows) == 80


def test_what_was_derived_anew_is_read_anew_and_nothing_before_it(store: Counted) -> None:
    kept = Remembered(store)
    other = SERIES._replace(plant="other")
    _write(store, other, range(100))
    _asked(kept, 0, 100)
    _asked(kept, 0, 100, other)
    _write(store, SERIES, range(90, 100), 0.5)
    assert _asked(kept, 89, 92) == [89, 90, 91]  # nobody said so yet
    kept.forget("mill", 90 * SLOT_MS)
    assert _asked(kept, 89, 92) == [89, 90.5, 91.5]
    kept.forget("mill", 0)
    assert _asked(kept, 0, 100) == [*range(90), *(i + 0.5 for i in range(90, 100))]
    _asked(kept, 0, 100, other)
    assert store.read_rows == [100, 100, 2, 100]


def test_rows_that_changed_while_they_were_read_are_not_kept(store: Counted) -> None:
    kept = Remembered(store)
    read = store.read

    def slow(series: Series, start_ms: int, *, end_ms: int) -> Samples:
        found = read(series, start_ms, end_ms=end_ms)
        _write(store, SERIES, range(50, 51), 0.5)
        kept.forget("mill", 50 * SLOT_MS)
        return found

    store.read = slow  # type: ignore[method-assign]
    assert _asked(kept, 50, 51) == [50]
    store.read = read  # type: ignore[method-assign]
    assert _asked(kept, 50, 51) == [50.5]


def test_readings_are_never_kept_and_nobody_can_change_what_is(store: Counted) -> None:
    kept, gauge = Remembered(store), Series(GAUGE, "mill", ("incomer", "power"))
    store.write({gauge: samples([1], [2.0])})
    assert len(kept.read(gauge, 0, end_ms=10)) == len(kept.read(gauge, 0, end_ms=10)) == 1
    assert store.read_rows == [1, 1]
    with pytest.raises(ValueError, match="read-only"):
        kept.read(SERIES, 0, end_ms=SLOT_MS).values[0] = 1.0


def test_the_series_that_was_asked_for_least_lately_goes_first(
    store: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 250)
    kept = Remembered(store)
    others = [SERIES._replace(tags=(name, "electricity")) for name in "abc"]
    for series in others:
        _write(store, series, range(100))
    for series in (others[0], others[1], others[0], others[2], others[0]):
        _asked(kept, 0, 100, series)
    assert len(store.read_rows) == 3
    _asked(kept, 0, 100, others[1])
    assert len(store.read_rows) == 4
