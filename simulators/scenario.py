"""A scenario file: which plant, which process, what each meter measures, what improves when."""

import difflib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import Field

from plant.check import load_plant
from plant.description import Plant, config_hash
from plant.errors import Problem, ScenarioFileError, UsageError
from plant.fields import Share
from plant.toml_file import Document, KeyPath, parse_toml, validate
from simulators.faults.base import Fault, Placed
from simulators.faults.board import Board
from simulators.faults.catalogue import AnyFault
from simulators.framing import framing_of
from simulators.process import Improvement, Process, ProcessFile
from simulators.timeline import Timeline
from simulators.worktime import Strict


class MeterOf(Strict):
    """What a meter of the plant file measures, and how well."""

    measures: str | tuple[str, ...]
    also: dict[str, str] = Field(default_factory=dict)  # point -> amount or signal
    start: float = 0.0  # what its counter showed at the origin [point's unit]
    error: Share = 0.0  # its gain is drawn once from within +- this share
    power_factor: float = Field(default=0.86, gt=0.0, le=1.0)

    @property
    def quantities(self) -> tuple[str, ...]:
        """The amounts whose sum it measures, or the one signal."""
        return (self.measures,) if isinstance(self.measures, str) else self.measures


class ScenarioFile(Strict):
    """What a scenario file says."""

    plant: str  # beside the scenario file
    process: str | ProcessFile
    seed: int = Field(ge=0)
    origin: date  # the counters' first day
    improvements: dict[str, Improvement] = Field(default_factory=dict)
    meters: dict[str, MeterOf]
    faults: tuple[AnyFault, ...] = ()


@dataclass(frozen=True)
class Scenario:
    """A scenario, ready to run."""

    path: Path
    config: str  # hash of all files that decide its numbers
    file: ScenarioFile
    plant: Plant
    process: Process

    def board(self) -> Board:
        """Its faults, at work at their times."""
        origin_s = float(self.process.clock.start_s(self.file.origin.toordinal()))
        return Board(
            (self.place(fault, origin_s) for fault in self.file.faults),
            buses={name: meter.bus for name, meter in self.plant.meters.items()},
        )

    def place(self, fault: Fault, now_s: float) -> Placed:
        """A fault with its times; one that says no beginning begins at `now_s` [s, UTC]."""
        return Placed(fault, fault.when(self.plant.zone, now_s, seed=self.file.seed))

    def timeline(self, *, without: frozenset[str] = frozenset()) -> Timeline:
        """Its process on the axis of time."""
        return Timeline(self.process, self.file.origin, without=without)


def load_scenario(path: Path) -> Scenario:
    """The scenario in a file; ScenarioFileError with every fault, PlantFileError of its plant."""
    content = _read(path)
    document = parse_toml(content.decode(), str(path), ScenarioFileError)
    file = validate(ScenarioFile, document, ScenarioFileError)
    plant = load_plant(path.parent / file.plant)
    described, process_content = _described(path, file)
    try:
        process = Process(
            described, plant.plant.timezone, seed=file.seed, improvements=file.improvements
        )
    except ValueError as error:
        raise ScenarioFileError(
            [_problem(document, ("improvements",), str(error), "parameters that exist")]
        ) from error
    scenario = Scenario(
        path=path,
        config=config_hash(content + process_content + plant.config.encode()),
        file=file,
        plant=plant,
        process=process,
    )
    problems = [*_meter_problems(scenario, document), *_fault_problems(scenario, document)]
    if problems:
        raise ScenarioFileError(problems)
    return scenario


def _described(path: Path, file: ScenarioFile) -> tuple[ProcessFile, bytes]:
    if isinstance(file.process, ProcessFile):
        return file.process, b""
    process_path = path.parent / file.process
    content = _read(process_path)
    document = parse_toml(content.decode(), str(process_path), ScenarioFileError)
    return validate(ProcessFile, document, ScenarioFileError), content


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"scenario {path}: {error.strerror}; name an existing TOML file"
        ) from error


def _meter_problems(scenario: Scenario, document: Document) -> list[Problem]:
    """Meters that the plant lacks or the scenario forgets, and quantities that do not exist."""
    known = [*scenario.process.names, *scenario.process.signals]
    forgotten = sorted(set(scenario.plant.meters) - set(scenario.file.meters))
    wanted = "what this meter of the plant file measures"
    problems = [_problem(document, ("meters", name), "nothing", wanted) for name in forgotten]
    for name, meter in scenario.file.meters.items():
        at = ("meters", name)
        if name not in scenario.plant.meters:
            wanted = "a meter of the plant file"
            near = difflib.get_close_matches(name, scenario.plant.meters, n=1)
            problems.append(_problem(document, at, "an unknown meter", wanted, near))
        for quantity in (*meter.quantities, *meter.also.values()):
            if quantity not in known:
                wanted = "an amount or signal of the process"
                near = difflib.get_close_matches(quantity, known, n=1)
                problems.append(_problem(document, (*at, "measures"), repr(quantity), wanted, near))
    return problems


def _fault_problems(scenario: Scenario, document: Document) -> list[Problem]:
    """Faults of meters, points or buses that do not exist, or that their line cannot have."""
    problems = []
    for i, fault in enumerate(scenario.file.faults):
        if wrong := fault_misfit(scenario.plant, fault):
            key, found, known = wrong
            near = difflib.get_close_matches(found, known, n=1)
            wanted = "one of " + ", ".join(known)
            problems.append(_problem(document, ("faults", str(i), key), repr(found), wanted, near))
    return problems


def fault_misfit(plant: Plant, fault: Fault) -> tuple[str, str, list[str]] | None:
    """What of a fault does not fit a plant: its key, what it says, and what would fit."""
    buses = {f"{g}/{b}": bus for g, one in plant.gateways.items() for b, bus in one.buses.items()}
    if fault.bus is not None and fault.bus not in buses:
        return "bus", fault.bus, sorted(buses)
    if fault.meter is not None and fault.meter not in plant.meters:
        return "meter", fault.meter, sorted(plant.meters)
    point = getattr(fault, "point", None)
    if fault.meter is not None and point is not None:
        points = plant.meters[fault.meter].meter_model.points
        if point not in points:
            return "point", point, sorted(points)
    bus = buses[fault.bus or plant.meters[str(fault.meter)].bus]
    is_serial = framing_of(bus) == "rtu"
    if fault.kind == ("wrong-transaction" if is_serial else "crc"):
        return "kind", fault.kind, ["wrong-unit", "truncated", "garbage"]
    return None


def _problem(
    document: Document, path: KeyPath, found: str, wanted: str, near: list[str] | None = None
) -> Problem:
    line = document.line_of(path)
    return Problem(document.name, line, ".".join(path), found, wanted, near[0] if near else None)
