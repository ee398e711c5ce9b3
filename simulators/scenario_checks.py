"""Whether what a scenario names exists in its plant and process."""

import difflib
from collections.abc import Iterator

from plant.description import Plant
from plant.errors import Problem
from plant.toml_file import Document, KeyPath
from simulators.faults.base import Fault
from simulators.framing import HAS_TRANSACTION, framing_of
from simulators.process import Process
from simulators.scenario_file import ScenarioFile


def problems_of(
    file: ScenarioFile, plant: Plant, *, process: Process, document: Document
) -> list[Problem]:
    """Everything that names what does not exist."""
    return [
        *_meter_problems(file, plant, process=process, document=document),
        *_fault_problems(file, plant, document),
        *_truth_problems(file, plant, document),
    ]


def _meter_problems(
    file: ScenarioFile, plant: Plant, *, process: Process, document: Document
) -> Iterator[Problem]:
    """Meters that the plant lacks or the scenario forgets, and quantities that do not exist."""
    known = [*process.names, *process.signals]
    for name in sorted(set(plant.meters) - set(file.meters)):
        wanted = "what this meter of the plant file measures"
        yield problem(document, ("meters", name), "nothing", wanted)
    for name, meter in file.meters.items():
        at = ("meters", name)
        if name not in plant.meters:
            near = difflib.get_close_matches(name, plant.meters, n=1)
            yield problem(document, at, "an unknown meter", "a meter of the plant file", near)
        for quantity in (*meter.quantities, *meter.also.values()):
            if quantity not in known:
                wanted = "an amount or signal of the process"
                near = difflib.get_close_matches(quantity, known, n=1)
                yield problem(document, (*at, "measures"), repr(quantity), wanted, near)


def _fault_problems(file: ScenarioFile, plant: Plant, document: Document) -> Iterator[Problem]:
    """Faults of meters, points or buses that do not exist, or that their line cannot have."""
    for i, fault in enumerate(file.faults):
        if wrong := fault_misfit(plant, fault):
            key, found, known = wrong
            near = difflib.get_close_matches(found, known, n=1)
            wanted = "one of " + ", ".join(known)
            yield problem(document, ("faults", str(i), key), repr(found), wanted, near)


def _truth_problems(file: ScenarioFile, plant: Plant, document: Document) -> Iterator[Problem]:
    """Verdicts on claims, and events of meters, that do not exist."""
    named = [("verdicts", name, plant.claims) for name in file.truth.verdicts]
    named += [("events", event.meter, plant.meters) for event in file.truth.events]  # type: ignore[misc]
    for key, name, known in named:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            wanted = "one of " + ", ".join(known)
            yield problem(document, ("truth", key), repr(name), wanted, near)


def fault_misfit(plant: Plant, fault: Fault) -> tuple[str, str, list[str]] | None:
    """What of a fault does not fit a plant: its key, what it says, and what would fit."""
    buses = {f"{g}/{b}": bus for g, one in plant.gateways.items() for b, bus in one.buses.items()}
    for key, known in (("bus", buses), ("meter", plant.meters), ("gateway", plant.gateways)):
        named = getattr(fault, key)
        if named is not None and named not in known:
            return key, named, sorted(known)
    if fault.bus is None and fault.meter is None:
        return None
    point = getattr(fault, "point", None)
    if fault.meter is not None and point is not None:
        points = plant.meters[fault.meter].meter_model.points
        if point not in points:
            return "point", point, sorted(points)
    bus = buses[fault.bus or plant.meters[str(fault.meter)].bus]
    numbered = framing_of(bus) in HAS_TRANSACTION
    if fault.kind == ("crc" if numbered else "wrong-transaction"):
        return "kind", fault.kind, ["wrong-unit", "truncated", "garbage"]
    return None


def problem(
    document: Document, path: KeyPath, found: str, wanted: str, near: list[str] | None = None
) -> Problem:
    """One thing that is wrong, with its line."""
    line = document.line_of(path)
    return Problem(document.name, line, ".".join(path), found, wanted, near[0] if near else None)
