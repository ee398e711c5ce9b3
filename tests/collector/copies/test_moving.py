"""Series go from the embedded store to InfluxDB and back, and come out the same."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from collector.analysis.quality import Quality
from collector.copies.moving import move
from collector.copies.moving_commands import move_main
from collector.lease import claim
from collector.ledger import Ledger
from collector.store import COUNTER, GAUGE, INTERVAL, Series, Store, open_store
from collector.store.protocol import samples
from collector.store.sqlite import SqliteStore
from plant.errors import StoreError

T0 = 1_760_000_000_000
MONTH_MS = 30 * 86_400_000
ENERGY = Series(COUNTER, "mill", ("incomer", "energy"))
POWER = Series(GAUGE, "mill", ("incomer", "power"))
ROWS = Series(INTERVAL, "mill", ("incomer", "electricity"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A year of readings, and derived rows of which one has no value."""
    store = SqliteStore(tmp_path / "data" / "store.sqlite")
    times = T0 + np.arange(13) * MONTH_MS
    quality = [Quality.measured, Quality.missing, Quality.estimated]
    store.write(
        {
            ENERGY: samples(times, np.arange(13) / 7),
            POWER: samples(times, -np.arange(13) * 1e300),
            ROWS: samples([T0, T0 + 900_000, T0 + 1_800_000], [1.5, np.nan, 2.5], quality=quality),
        }
    )
    store.close()
    return tmp_path / "data"


def content(store: Store) -> dict[Series, tuple[list[int], str, list[int]]]:
    found = {series: store.read(series, 0, end_ms=2**62) for series in store.series("mill")}
    return {
        series: (rows.times_ms.tolist(), repr(rows.values.tolist()), rows.quality.tolist())
        for series, rows in found.items()
    }


@pytest.mark.server("influxd")
def test_what_went_to_influxdb_and_back_is_what_it_was(
    data: Path, plant_file: Path, tmp_path: Path, influx_port: int, capsys: pytest.CaptureFixture
) -> None:
    url = f"influxdb://127.0.0.1:{influx_port}/{tmp_path.name}"
    ledger = Ledger(data)
    options = [str(plant_file), "--data", str(data)]
    assert move_main([*options, "--to", url, "--json"]) == 0
    assert {row["measurement"]: row["rows"] for row in json.loads(capsys.readouterr().out)} == {
        COUNTER: 13, GAUGE: 13, INTERVAL: 3
    }  # fmt: skip
    (line,) = ledger.audit.newest()
    ledger.close()
    assert (line.plant, line.action, line.detail) == ("mill", "move", f"to {url}: 3 series")
    before = open_store(None, data)
    elsewhere = tmp_path / "other"
    assert move_main([str(plant_file), "--data", str(elsewhere), "--store", url]) == 0
    after = open_store(None, elsewhere)
    assert content(after) == content(before)
    assert len(content(after)) == 3
    assert "no ledger in" in capsys.readouterr().err
    before.close()
    after.close()


def test_it_waits_for_no_collector_and_says_what_is_missing(
    data: Path, plant_file: Path, capsys: pytest.CaptureFixture
) -> None:
    options = [str(plant_file), "--data", str(data)]
    assert move_main(options) == 2
    assert "give --to influxdb://HOST:PORT/DATABASE" in capsys.readouterr().err
    held = claim(data)
    assert move_main([*options, "--to", "influxdb://127.0.0.1:1/none"]) == 2
    assert "is in use by another collector" in capsys.readouterr().err
    held.release()


def test_a_store_that_loses_a_row_is_found_out(data: Path, tmp_path: Path) -> None:
    class Lossy(SqliteStore):
        def read(self, series: Series, start_ms: int, *, end_ms: int):
            found = super().read(series, start_ms, end_ms=end_ms)
            return samples(found.times_ms[1:], found.values[1:], quality=found.quality[1:])

    source, target = open_store(None, data), Lossy(tmp_path / "lossy.sqlite")
    with pytest.raises(StoreError, match="did not come back as it was"):
        list(move(source, target, plants=["mill"], until_ms=T0 + 13 * MONTH_MS))
    source.close()
    target.close()
