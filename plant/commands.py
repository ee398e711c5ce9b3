"""`cleanline check`, `schema` and `meters`: what a plant file and a meter model say."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from plant.calendar import skipped_shifts
from plant.check import load_plant
from plant.columns import aligned
from plant.description import Plant
from plant.model_lint import lint_file
from plant.models import MeterModel, find_model, library
from plant.plans import overlapping
from plant.points import Point


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
        f"{plant.name}: sound. {_count(len(plant.meters), 'meter')} on "
        f"{_count(buses, 'bus', 'buses')}, {_count(len(plant.resources), 'resource')}, "
        f"{_count(len(plant.products), 'product')}, {_count(len(plant.plans), 'plan')}, "
        f"{_count(len(plant.claims), 'claim')}."
    )
    for claims in _counted_twice(plant):
        _print(f"note: {claims}: what is saved on the same days counts in both")
    year = datetime.now(plant.zone).year
    for day, shift in skipped_shifts(plant.shifts, plant.zone, year):
        _print(f"note: shift {shift} has no hours on {day}: clocks go forward past the next one")
    return 0


def _counted_twice(plant: Plant) -> Iterator[str]:
    """Pairs of claims about one resource that share a day."""
    told: set[str] = set()
    for name, claim in plant.claims.items():
        told.add(name)
        for other in overlapping(plant.claims, name):
            if other not in told:
                yield f"claims {name} and {other} about {claim.resource}"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def schema_main(argv: list[str]) -> int:
    """Print the JSON Schema of a plant file, for editors that complete and check."""
    argparse.ArgumentParser(
        "cleanline schema", description="Print the JSON Schema of a plant file."
    ).parse_args(argv)
    _print(json.dumps(Plant.model_json_schema(by_alias=True), indent=2, ensure_ascii=False))
    return 0


def meters_main(argv: list[str]) -> int:
    """List the shipped meter models, print one as a table, or check a model file."""
    parser = argparse.ArgumentParser("cleanline meters", description="The library of meter models.")
    parser.add_argument("model", nargs="?", metavar="MODEL", help="show one model's registers")
    parser.add_argument(
        "--lint", type=Path, metavar="FILE", help="find what contradicts itself in a model file"
    )
    parser.add_argument(
        "--against", metavar="MODEL", help="with --lint: compare with this shipped model"
    )
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    given = parser.parse_args(argv)
    if given.lint:
        findings, summary = lint_file(given.lint, given.against)
        told = {"findings": findings, "summary": summary}
        _print(json.dumps(told) if given.json else "\n".join([*findings, summary]))
        return 1 if findings else 0
    if given.json:
        models = [find_model(given.model)] if given.model else library().values()
        found = [model.model_dump(mode="json", exclude_defaults=True) for model in models]
        _print(json.dumps(found[0] if given.model else found, indent=1, ensure_ascii=False))
        return 0
    _print(_table_of(find_model(given.model)) if given.model else _list_of(library()))
    return 0


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
    return aligned(rows)


def _table_of(model: MeterModel) -> str:
    head = model.meter
    heads = ("point", "function", "address", "type", "order", "factor", "unit", "kind", "needs")
    rows = [heads, *(_row_of(name, point) for name, point in model.points.items())]
    lines = [
        f"{head.maker} {head.name} ({model.id})",
        f"numbering: {head.numbering}",
        f"trust:     {head.trust}",
        *(f"source:    {source}" for source in head.sources),
        *(f"set:       {setting}" for setting in head.settings),
        *([f"notes:     {head.notes}"] if head.notes else []),
        *([f"found by:  {model.found.by}, models {model.found.models}"] if model.found else []),
        *(f"variant:   {v.name} ({i})" for i, v in model.variants.items()),
        f"limits:    {model.limits.registers} registers a request, holes {model.limits.holes}",
        "",
        aligned(rows),
        *_sources_of(model),
    ]
    return "\n".join(lines)


def _row_of(name: str, point: Point) -> tuple[str, ...]:
    numbers = point.numbers
    ordered = any(n.words > 1 for n in numbers)
    return (
        name,
        str(point.function),
        " + ".join(f"{n.address} (0x{n.address:04X})" for n in numbers),
        " + ".join(n.type if n.factor == 1 else f"{n.type} x {n.factor:g}" for n in numbers),
        "" if not ordered else "device's" if point.order_register else point.order,
        f"{point.factor:g}",
        point.unit,
        "net" if point.net else point.kind,
        ", ".join(str(helper.address) for helper in point.helpers),
    )


def _sources_of(model: MeterModel) -> list[str]:
    """The points that stand on a source or rung of their own."""
    told = {n: p for n, p in model.points.items() if p.source or p.trust}
    lines = [f"{n}: {p.source or ''}{f' ({p.trust})' if p.trust else ''}" for n, p in told.items()]
    return ["", *lines] if lines else []
