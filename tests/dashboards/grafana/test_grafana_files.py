"""The files for Grafana: generated from the plant, committed for the demonstration's."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import dashboards
from dashboards.grafana.commands import main
from dashboards.grafana.provision import files
from plant.check import load_plant
from plant.errors import UsageError

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "config/plants/kontum-starch/plant.toml"
COMMITTED = Path(dashboards.__file__).parent / "grafana/provisioning"
ALL = sorted((ROOT / "config/plants").glob("*/plant.toml"))


def test_the_committed_files_are_the_generated_ones(tmp_path: Path) -> None:
    assert main([str(DEMO), "--out", str(tmp_path)]) == 0
    made = {p.relative_to(tmp_path): p.read_bytes() for p in tmp_path.rglob("*.*")}
    kept = {p.relative_to(COMMITTED): p.read_bytes() for p in COMMITTED.rglob("*.*")}
    assert len(made) == 6
    assert made == kept, "type: cleanline grafana PLANT --out dashboards/grafana/provisioning"


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("language", ["en", "vi"])
def test_every_plant_has_dashboards_that_overlap_nowhere(path: Path, language: str) -> None:
    plant = load_plant(path)
    made = files(plant, "http://127.0.0.1:8086", "db", language=language)  # type: ignore[arg-type]
    boards = [json.loads(text) for name, text in made.items() if name.endswith(".json")]
    assert len(boards) >= 3
    for board in boards:
        assert board["timezone"] == plant.zone.key
        assert len(board["uid"]) <= 40
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            at = panel["gridPos"]
            cells = {
                (x, y)
                for x in range(at["x"], at["x"] + at["w"])
                for y in range(at["y"], at["y"] + at["h"])
            }
            assert not cells & taken, panel["title"]
            assert at["x"] + at["w"] <= 24
            taken |= cells
        ids = [panel["id"] for panel in board["panels"]]
        assert len(set(ids)) == len(ids)


def test_no_query_reads_derived_rows_without_looking_at_their_quality() -> None:
    boards = json.dumps([json.loads(path.read_text("utf-8")) for path in COMMITTED.rglob("*.json")])
    queries = re.findall(r'"query": "((?:[^"\\]|\\.)*)"', boards)
    derived = [q for q in queries if "interval" in q.split("WHERE")[0] or "performance" in q]
    assert len(derived) > 30
    assert all("quality" in query for query in derived)
    assert '"spanNulls": true' not in boards


def test_one_meter_whose_ct_changed_is_drawn_with_each_factor_in_its_time(tmp_path: Path) -> None:
    text = DEMO.read_text("utf-8").replace(
        "[meters.incomer]\n",
        '[meters.incomer]\nct = 2\nevents = [{ at = "2025-02-01T00:00", ct = 4 }]\n',
    )
    (tmp_path / "plant.toml").write_text(text, encoding="utf-8")
    made = files(load_plant(tmp_path / "plant.toml"), "http://h:1", "db")
    live = json.loads(made["dashboards/kontum-starch/live.json"])
    (panel,) = [p for p in live["panels"] if p["title"] == "Rate [kW]"]
    first, second = (target["query"] for target in panel["targets"])
    assert "time < 1738342800000ms" in first
    assert "time >= 1738342800000ms" in second
    ratio = [float(re.search(r"\* ([\d.]+)", query)[1]) for query in (first, second)]  # type: ignore[index]
    assert ratio[1] == 2 * ratio[0]


def test_the_address_of_the_store_is_that_of_the_data_source(tmp_path: Path) -> None:
    store = "influxdbs://influx.plant.example:9999/cleaner"
    assert main([str(DEMO), "--out", str(tmp_path), "--store", store, "--lang", "vi"]) == 0
    source = (tmp_path / "datasources/kontum-starch.yaml").read_text("utf-8")
    assert 'url: "https://influx.plant.example:9999"' in source
    assert source.count('"cleaner"') == 2
    assert "version: InfluxQL" in source
    board = (tmp_path / "dashboards/kontum-starch/health.json").read_text("utf-8")
    assert "Chất lượng dữ liệu" in board


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="name a folder with --out"):
        main([str(DEMO), "--out", str(tmp_path / "file")])
