"""`cleanline check`, `schema` and `meters`: what a plant file and a meter model say."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from plant.check import load_plant
from plant.description import Plant
from plant.models import MeterModel, find_model, library


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")


def check_main(argv: list[str]) -> int:
    """Check plant files; every fault is raised as a PlantFileError."""
    parser = argparse.ArgumentParser(
        "cleanline check", description="Check a plant file as a whole."
    )
    parser.add_argument("plant", type=Path, metavar="PLANT", help="the plant's TOML file")
    plant = load_plant(parser.parse_args(argv).plant)
    buses = sum(len(gateway.buses) for gateway in plant.gateways.values())
    _print(
        f"{plant.name}: sound. {len(plant.meters)} meters on {buses} buses, "
        f"{len(plant.resources)} resources, {len(plant.products)} products, "
        f"{len(plant.plans)} plans, {len(plant.claims)} claims."
    )
    return 0


def schema_main(argv: list[str]) -> int:
    """Print the JSON Schema of a plant file, for editors that complete and check."""
    argparse.ArgumentParser(
        "cleanline schema", description="Print the JSON Schema of a plant file."
    ).parse_args(argv)
    _print(json.dumps(Plant.model_json_schema(by_alias=True), indent=2, ensure_ascii=False))
    return 0


def meters_main(argv: list[str]) -> int:
    """List the shipped meter models, or print one as a table."""
    parser = argparse.ArgumentParser("cleanline meters", description="The library of meter models.")
    parser.add_argument("model", nargs="?", metavar="MODEL", help="show one model's registers")
    name = parser.parse_args(argv).model
    _print(_table_of(find_model(name)) if name else _list_of(library()))
    return 0


def _columns(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _list_of(models: dict[str, MeterModel]) -> str:
    rows = [("model", "meter", "measures", "points", "trust")]
    rows += [
        (
            m.id,
            f"{m.meter.maker} {m.meter.name}",
            m.meter.measures,
            str(len(m.points)),
            m.meter.trust,
        )
        for m in models.values()
    ]
    return _columns(rows)


def _table_of(model: MeterModel) -> str:
    head = model.meter
    rows = [("point", "function", "address", "type", "order", "factor", "unit", "kind")]
    for name, point in model.points.items():
        numbers = point.numbers
        rows.append(
            (
                name,
                str(point.function),
                " + ".join(f"{n.address} (0x{n.address:04X})" for n in numbers),
                " + ".join(n.type for n in numbers),
                point.order,
                f"{point.factor:g}",
                point.unit,
                point.kind,
            )
        )
    lines = [
        f"{head.maker} {head.name} ({model.id})",
        f"numbering: {head.numbering}",
        f"trust:     {head.trust}",
        *(f"source:    {source}" for source in head.sources),
        *([f"notes:     {head.notes}"] if head.notes else []),
        f"limits:    {model.limits.registers} registers a request, holes {model.limits.holes}",
        "",
        _columns(rows),
    ]
    return "\n".join(lines)
