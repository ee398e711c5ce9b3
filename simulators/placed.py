"""A scenario written with other addresses: free ports and serial lines of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulators.documents import find_scenario, read_documents
from simulators.scenario import write_scenario
from simulators.toml_text import Table, toml_text


@dataclass(frozen=True)
class Sites:
    """Where a written scenario's buses are."""

    plant: str
    addresses: Mapping[str, str]  # gateway/bus -> 127.0.0.1:PORT, or a serial device
    gateways: tuple[str, ...]


def place_scenario(name: str, folder: Path, *, ports: Iterator[int]) -> Sites:
    """Write a scenario's files into `folder`, each TCP bus on the next port; where they are."""
    path = find_scenario(Path(name)).resolve()
    plant: Table = read_documents(path).plant.content
    gateways: Table = {}
    addresses: dict[str, str] = {}
    for gateway, table in plant["gateways"].items():
        gateways[gateway] = {"buses": {}}
        for bus, said in table["buses"].items():
            serial = "serial" in said
            where = str(folder / f"{gateway}-{bus}") if serial else f"127.0.0.1:{next(ports)}"
            gateways[gateway]["buses"][bus] = {"serial" if serial else "tcp": where}
            addresses[f"{gateway}/{bus}"] = where
    moved: dict[str, Any] = {
        "extends": str(path),
        "changed": {"plant": {"gateways": gateways}},
    }
    folder.mkdir(parents=True, exist_ok=True)
    overlay = folder / "moved.toml"
    overlay.write_text(toml_text(moved), encoding="utf-8")
    write_scenario(overlay, folder)
    return Sites(plant["plant"]["id"], addresses, tuple(gateways))
