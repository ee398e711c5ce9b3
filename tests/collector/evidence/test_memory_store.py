"""The store of a check does what the embedded store does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.evidence.memory import MemoryStore
from collector.store import COUNTER, INTERVAL, Series
from collector.store.protocol import samples
from collector.store.sqlite import SqliteStore

SERIES = [Series(COUNTER, "mill", ("a", "energy")), Series(INTERVAL, "mill", ("a", "electricity"))]
ROWS = st.lists(
    st.tuples(st.integers(0, 20), st.floats(-1e9, 1e9), st.integers(0, 4)),
    max_size=8,
    unique_by=lambda row: row[0],
)
WRITES = st.lists(st.tuples(st.sampled_from(SERIES), ROWS), max_size=6)


@pytest.mark.slow
@settings(max_examples=40)
@given(writes=WRITES, start=st.integers(-1, 21), end=st.integers(-1, 22))
def test_the_same_writes_read_the_same(
    tmp_path_factory, writes: list, start: int, end: int
) -> None:
    memory = MemoryStore()
    sqlite = SqliteStore(tmp_path_factory.mktemp("s") / "store.sqlite")
    for series, rows in writes:
        times, values, quality = zip(*rows, strict=True) if rows else ((), (), ())
        codes = quality if series.measurement == INTERVAL else np.zeros(len(rows))
        for store in (memory, sqlite):
            store.write({series: samples(times, values, quality=codes)})
    for series in SERIES:
        ours = memory.read(series, start, end_ms=end)
        theirs = sqlite.read(series, start, end_ms=end)
        for one, other in zip(
            (ours.times_ms, ours.values, ours.quality),
            (theirs.times_ms, theirs.values, theirs.quality),
            strict=True,
        ):
            np.testing.assert_array_equal(one, other)
    assert memory.latest("mill") == sqlite.latest("mill")
    assert memory.latest("mill", 7) == sqlite.latest("mill", 7)
    assert memory.latest("hill") == {}
    sqlite.close()


READINGS = st.lists(st.tuples(st.integers(0, 9), st.sampled_from([1.0, 2.0])), min_size=1)


@settings(max_examples=40)
@given(batches=st.lists(READINGS, max_size=6))
def test_of_readings_the_first_stands_in_both(tmp_path_factory, batches: list) -> None:
    memory = MemoryStore()
    sqlite = SqliteStore(tmp_path_factory.mktemp("s") / "store.sqlite")
    first: dict[int, float] = {}
    for batch in batches:
        for time_ms, value in batch:
            first.setdefault(time_ms, value)
        wanted = sorted({(t, first[t]) for t, value in batch if value != first[t]})
        rows = samples(*zip(*batch, strict=True))
        for store in (memory, sqlite):
            told = store.add({SERIES[0]: rows})
            odd = told.get(SERIES[0], samples([], []))
            assert list(zip(odd.times_ms.tolist(), odd.values.tolist(), strict=True)) == wanted
            found = store.read(SERIES[0], 0, end_ms=99)
            assert dict(zip(found.times_ms, found.values, strict=True)) == first
    sqlite.close()
