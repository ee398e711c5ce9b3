"""Everything that Grafana reads of a plant, as files of its provisioning folder."""

from __future__ import annotations

import json
from collections.abc import Iterator

from dashboards.formats import Language
from dashboards.grafana.health import health
from dashboards.grafana.live import live
from dashboards.grafana.panels import Json, dashboard, uid
from dashboards.grafana.performance import performance
from dashboards.grafana.water import has_water, water
from dashboards.words import say
from plant.description import Plant

HOME = "/etc/grafana/provisioning"


def files(
    plant: Plant, address: str, database: str, *, language: Language = "en", home: str = HOME
) -> dict[str, str]:
    """Texts by path below the provisioning folder, which Grafana knows as ``home``."""
    folder = f"dashboards/{plant.id}"
    boards = {
        f"{folder}/{name}.json": json.dumps(board, indent=1, ensure_ascii=False) + "\n"
        for name, board in dashboards(plant, language).items()
    }
    return {
        f"datasources/{plant.id}.yaml": _source(plant, address, database),
        f"dashboards/{plant.id}.yaml": _provider(plant, f"{home}/{folder}"),
        **boards,
    }


def dashboards(plant: Plant, language: Language) -> dict[str, Json]:
    """The dashboards of a plant by name."""
    made = {
        "live": (live(plant, language), "6h", "10s"),
        "performance": (performance(plant, language), "90d", "5m"),
        "health": (health(plant, language), "7d", "1m"),
    }
    if has_water(plant):
        made["water"] = (water(plant, language), "30d", "1m")
    return {
        name: dashboard(
            uid(name, plant.id),
            f"{plant.name}: {say(f'grafana.title.{name}', language)}",
            panels,
            source=uid(plant.id),
            zone=plant.zone.key,
            past=past,
            refresh=refresh,
        )
        for name, (panels, past, refresh) in made.items()
    }


def _source(plant: Plant, address: str, database: str) -> str:
    return _yaml(
        [
            "datasources:",
            f"  - name: {_quoted(f'Cleanline {plant.id}')}",
            f"    uid: {_quoted(uid(plant.id))}",
            "    type: influxdb",
            "    access: proxy",
            f"    url: {_quoted(address)}",
            "    user: ${CLEANLINE_GRAFANA_USER}",
            "    secureJsonData:",
            "      password: ${CLEANLINE_GRAFANA_PASSWORD}",
            "    jsonData:",
            "      version: InfluxQL",
            "      httpMode: GET",
            f"      dbName: {_quoted(database)}",
            f"    database: {_quoted(database)}  # where Grafana before 9.5 looks for it",
        ]
    )


def _provider(plant: Plant, path: str) -> str:
    return _yaml(
        [
            "providers:",
            f"  - name: {_quoted(f'cleanline-{plant.id}')}",
            "    type: file",
            f"    folder: {_quoted(plant.name)}",
            "    allowUiUpdates: false",
            "    options:",
            f"      path: {_quoted(path)}",
        ]
    )


def _yaml(lines: Iterator[str] | list[str]) -> str:
    said = "# Written by `cleanline grafana`; a change in the plant file asks for a new one."
    return "\n".join([said, "apiVersion: 1", *lines]) + "\n"


def _quoted(text: str) -> str:
    """A YAML text; in these files a dollar sign would begin a variable."""
    return json.dumps(text, ensure_ascii=False).replace("$", "$$")
