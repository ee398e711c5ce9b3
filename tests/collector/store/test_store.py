"""What a store promises, asked of SQLite and of a real InfluxDB alike."""

from __future__ import annotations

import contextlib
import itertools
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from collector.analysis.quality import Quality
from collector.store import COUNTER, GAUGE, INTERVAL, PERFORMANCE, Latest, Series, Store
from collector.store.address import open_store
from collector.store.protocol import samples, sums_of
from plant.errors import StoreError, UsageError

ENERGY = Series(COUNTER, "p", ("incomer", "energy"))
POWER = Series(GAUGE, "p", ("incomer", "power"))
SLOTS = Series(INTERVAL, "p", ("incomer", "electricity"))
T0 = 1_767_225_600_000
_databases = itertools.count()


@pytest.fixture(params=["sqlite", pytest.param("influx", marks=pytest.mark.server("influxd"))])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    url = None
    if request.param == "influx":
        port = request.getfixturevalue("influx_port")
        url = f"influxdb://127.0.0.1:{port}/test{next(_databases)}"
    opened = open_store(url, tmp_path)
    yield opened
    opened.close()


def rows(*pairs: tuple[int, float]) -> object:
    return samples([T0 + t for t, _ in pairs], [v for _, v in pairs])


def test_what_was_written_is_read_bit_by_bit(store: Store) -> None:
    values = [0.1 + 0.2, 1e-300, 123456789.123456789, 2.0**53 + 2, 0.0, 5.0]
    times = [T0 + 1000 * i for i in range(len(values))]
    store.write({ENERGY: samples(times, values)})
    found = store.read(ENERGY, T0, end_ms=T0 + 10_000)
    assert found.times_ms.tolist() == times
    assert found.values.tobytes() == np.array(values).tobytes()
    assert (found.times_ms.dtype, found.values.dtype) == (np.int64, np.float64)


def test_the_start_of_a_range_is_in_it_and_its_end_is_not(store: Store) -> None:
    store.write({ENERGY: rows((0, 1.0), (1, 2.0), (2, 3.0))})
    found = store.read(ENERGY, T0, end_ms=T0 + 2)
    assert found.values.tolist() == [1.0, 2.0]


def test_sums_over_stretches_are_of_rows_that_hold_a_value(store: Store) -> None:
    """Missing, withdrawn and impossible rows count nowhere; a stretch may hold none."""
    codes = [Quality.measured, Quality.estimated, Quality.missing, Quality.integrated] * 2
    codes[4] = Quality.withdrawn
    values = [0.1, 0.2, math.nan, 0.4, 7.0, 1e70, math.nan, 0.8]
    slots = samples([T0 + i for i in range(8)], values, quality=codes)
    store.write({SLOTS: slots})
    stretches = T0 + np.array([[0, 2], [2, 4], [4, 7], [0, 9], [90, 99]])
    for found in (store.sums(SLOTS, stretches), sums_of(slots, stretches)):
        assert found.values == pytest.approx([0.3, 0.4, 0, 1.5, 0])
        assert found.counts.tolist() == [2, 1, 0, 4, 0]
        assert found.quality.tolist() == [1, 2, 0, 2, 0]
    nothing = store.sums(SLOTS._replace(plant="q"), stretches)
    assert nothing.counts.tolist() == [0] * 5


def test_all_that_there_is_can_be_asked_for(store: Store) -> None:
    """InfluxDB's clock ends in 2262; a later end wrapped around to nothing."""
    store.write({ENERGY: rows((0, 1.0), (1, 2.0))})
    assert store.read(ENERGY, -(2**62), end_ms=2**62).values.tolist() == [1.0, 2.0]
    assert store.latest("p", 2**62)[ENERGY].value == 2.0


def test_the_first_reading_of_a_time_stands_and_is_told_where_another_differs(
    store: Store,
) -> None:
    assert store.add({ENERGY: rows((5, 5.0), (1, 1.0))}) == {}
    assert store.add({ENERGY: rows((5, 5.0), (6, 6.0)), POWER: rows((5, 9.0))}) == {}
    told = store.add({ENERGY: rows((9, 9.0), (5, 5.5), (1, 1.0), (3, 3.0), (3, 3.5))})
    (odd,) = told.values()
    assert list(told) == [ENERGY]
    assert [(t - T0, v) for t, v in zip(odd.times_ms, odd.values, strict=True)] == [
        (3, 3.0),
        (5, 5.0),
    ]
    found = store.read(ENERGY, T0, end_ms=T0 + 99)
    assert found.values.tolist() == [1.0, 3.0, 5.0, 6.0, 9.0]
    assert store.read(POWER, T0, end_ms=T0 + 99).values.tolist() == [9.0]


def test_a_store_opened_anew_knows_what_stands(store: Any, tmp_path: Path) -> None:
    store.add({ENERGY: rows((5, 5.0))})
    url = f"influxdb://{store.url[7:]}/{store.database}" if hasattr(store, "url") else None
    again = open_store(url, tmp_path)
    (odd,) = again.add({ENERGY: rows((5, 6.0))}).values()
    assert odd.values.tolist() == [5.0]
    again.close()


def test_rows_come_in_order_of_time_whatever_order_they_were_written_in(store: Store) -> None:
    store.write({ENERGY: rows((5, 5.0), (1, 1.0))})
    store.write({ENERGY: rows((3, 3.0))})
    assert store.read(ENERGY, T0, end_ms=T0 + 9).values.tolist() == [1.0, 3.0, 5.0]


def test_a_row_written_twice_is_there_once_and_the_last_value_stands(store: Store) -> None:
    store.write({ENERGY: rows((0, 1.0))})
    store.write({ENERGY: rows((0, 1.0))})
    assert len(store.read(ENERGY, T0, end_ms=T0 + 1)) == 1
    store.write({ENERGY: rows((0, 2.0))})
    assert store.read(ENERGY, T0, end_ms=T0 + 1).values.tolist() == [2.0]


def test_series_do_not_mix(store: Store) -> None:
    other_plant = ENERGY._replace(plant="q")
    store.write({ENERGY: rows((0, 1.0)), POWER: rows((0, 2.0)), other_plant: rows((0, 3.0))})
    found = [store.read(s, T0, end_ms=T0 + 1).values.tolist() for s in (ENERGY, POWER, other_plant)]
    assert found == [[1.0], [2.0], [3.0]]
    assert store.series("p") == [ENERGY, POWER]


def test_a_series_that_was_never_written_is_empty(store: Store) -> None:
    assert len(store.read(ENERGY, 0, end_ms=T0)) == 0
    assert store.latest("p") == {}
    assert store.series("p") == []


def test_the_latest_of_each_counter_and_gauge_is_told(store: Store) -> None:
    store.write({ENERGY: rows((9, 9.0), (1, 1.0)), POWER: rows((4, 4.0)), SLOTS: rows((0, 1.0))})
    assert store.latest("p") == {
        ENERGY: Latest(T0 + 9, 9.0, 0),
        POWER: Latest(T0 + 4, 4.0, 0),
    }
    assert store.latest("p", T0 + 5) == {
        ENERGY: Latest(T0 + 1, 1.0, 0),
        POWER: Latest(T0 + 4, 4.0, 0),
    }


def test_derived_rows_carry_their_quality_and_missing_ones_no_value(store: Store) -> None:
    codes = [Quality.measured, Quality.estimated, Quality.missing, Quality.withdrawn]
    store.write(
        {SLOTS: samples([T0 + i for i in range(4)], [1.0, 2.0, math.nan, 4.0], quality=codes)}
    )
    found = store.read(SLOTS, T0, end_ms=T0 + 9)
    assert found.quality.tolist() == codes
    assert found.values[:2].tolist() == [1.0, 2.0]
    assert np.isnan(found.values[2:]).all()


def test_a_withdrawn_row_replaces_what_stood_there(store: Store) -> None:
    store.write({SLOTS: samples([T0], [7.0], quality=[Quality.measured])})
    store.write({SLOTS: samples([T0], [math.nan], quality=[Quality.withdrawn])})
    found = store.read(SLOTS, T0, end_ms=T0 + 1)
    assert found.quality.tolist() == [Quality.withdrawn]
    assert np.isnan(found.values[0])


def test_performance_rows_are_told_apart_by_figure(store: Store) -> None:
    figures = [Series(PERFORMANCE, "p", ("electricity", "day", f)) for f in ("actual", "expected")]
    store.write({series: rows((0, float(i))) for i, series in enumerate(figures)})
    assert [store.read(s, T0, end_ms=T0 + 1).values.tolist() for s in figures] == [[0.0], [1.0]]


def test_a_large_write_arrives_whole(store: Store) -> None:
    times = T0 + 10_000 * np.arange(50_000)
    values = np.arange(50_000) / 7
    store.write({ENERGY: samples(times, values)})
    found = store.read(ENERGY, T0, end_ms=int(times[-1]) + 1)
    assert np.array_equal(found.times_ms, times)
    assert np.array_equal(found.values, values)


def test_another_process_reads_while_this_one_writes(tmp_path: Path) -> None:
    store = open_store(None, tmp_path)
    store.write({ENERGY: rows((0, 1.5))})
    script = (
        "import sqlite3, sys; c = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True);"
        "print(c.execute('SELECT tags, value FROM points JOIN series ON id = series').fetchall())"
    )
    path = tmp_path / "store.sqlite"
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == """[('["incomer","energy"]', 1.5)]"""
    store.close()


def test_a_store_of_a_newer_version_is_refused_with_a_sentence(tmp_path: Path) -> None:
    store = open_store(None, tmp_path)
    store._database.connection.execute("PRAGMA user_version = 99")
    store.close()
    with pytest.raises(StoreError, match="written by a newer Cleanline"):
        open_store(None, tmp_path)


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    for url in ("influxdb://host", "http://host/db", "influxdb:///db"):
        with pytest.raises(UsageError, match="influxdb://HOST:PORT/DATABASE"):
            open_store(url, tmp_path)


def test_an_absent_influxdb_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"127\.0\.0\.1:9"):
        open_store("influxdb://127.0.0.1:9/db", tmp_path)


@pytest.mark.server("influxd")
@pytest.mark.server("influx")
def test_influxdbs_own_client_finds_what_was_written(influx_port: int, tmp_path: Path) -> None:
    store = open_store(f"influxdb://127.0.0.1:{influx_port}/own", tmp_path)
    store.write({ENERGY: rows((0, 41.5)), SLOTS: samples([T0], [2.5], quality=[Quality.estimated])})
    query = "SELECT * FROM counter; SELECT * FROM interval"
    command = ["influx", "-host", "127.0.0.1", "-port", str(influx_port)]
    command += ["-database", "own", "-format", "csv", "-execute", query]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert f"counter,{T0}000000,incomer,p,energy,41.5" in told
    assert f"interval,{T0}000000,incomer,p,estimated,electricity,2.5" in told
    store.close()


@pytest.mark.parametrize("compensates", [(0,), (99,)])
def test_sums_are_the_same_to_the_last_digit_in_every_store(
    tmp_path, monkeypatch, compensates
) -> None:
    """Evidence recomputed elsewhere agrees with what was reported."""
    monkeypatch.setattr("collector.store.sqlite._COMPENSATES", compensates)
    values = np.random.default_rng(4).lognormal(0, 3, 2000)
    slots = samples(T0 + np.arange(2000), values)
    stretches = T0 + np.array([[i, i + 96] for i in range(0, 1900, 7)])
    with contextlib.closing(open_store(None, tmp_path)) as store:
        store.write({SLOTS: slots})
        found = store.sums(SLOTS, stretches)
    assert found.values.tobytes() == sums_of(slots, stretches).values.tobytes()
    assert found.values[0] == pytest.approx(values[:96].sum(), rel=1e-13)
