"""`cleanline grafana`: data source and dashboards of a plant as Grafana's provisioning files."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from collector.store.address import influx_address
from dashboards.formats import LANGUAGES
from dashboards.grafana.provision import HOME, files
from plant.check import load_plant
from plant.errors import UsageError

STORE = "influxdb://127.0.0.1:8086/cleanline"


def main(argv: list[str]) -> int:
    """Write the files; the store that they ask is InfluxDB, the only one that Grafana reads."""
    arguments = _parser().parse_args(argv)
    plant = load_plant(arguments.plant)
    address, database = influx_address(arguments.store)
    written = files(plant, address, database, language=arguments.lang, home=arguments.home)
    for name, text in written.items():
        path = arguments.out / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror}; name a folder with --out") from error
        sys.stdout.write(f"{path}\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "cleanline grafana",
        description="Write the provisioning files of Grafana: a data source for InfluxQL, and the "
        "dashboards live, performance, health and, for a plant that meters it, water.",
    )
    add = parser.add_argument
    add("plant", type=Path, metavar="PLANT", help="the plant file")
    add("--out", type=Path, metavar="DIR", default=Path("grafana"), help="default grafana/")
    add("--home", metavar="DIR", default=HOME, help=f"where Grafana will find it; default {HOME}")
    add("--store", metavar="URL", default=STORE, help=f"default {STORE}")
    add("--lang", choices=LANGUAGES, default="en", help="language of titles")
    return parser
