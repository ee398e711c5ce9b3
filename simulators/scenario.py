"""A scenario, ready to run: its plant, its process, its faults, its time."""

from dataclasses import dataclass
from pathlib import Path

from plant.check import check_plant
from plant.description import Plant
from plant.errors import ScenarioFileError
from plant.toml_file import validate
from simulators.documents import Documents, find_scenario, read_documents, read_file
from simulators.faults.base import Fault, Placed
from simulators.faults.board import Board
from simulators.process import Process
from simulators.process_file import ProcessFile
from simulators.scenario_checks import problem, problems_of
from simulators.scenario_file import MeterOf, ScenarioFile
from simulators.timeline import Timeline
from simulators.toml_text import toml_text

__all__ = ["MeterOf", "Scenario", "ScenarioFile", "load_scenario", "write_scenario"]


@dataclass(frozen=True)
class Scenario:
    """A scenario, ready to run."""

    path: Path
    config: str  # hash of all that decides its numbers
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
    """The scenario of a path or a shipped name; ScenarioFileError or PlantFileError, all faults."""
    path = find_scenario(path)
    return scenario_of(path, read_documents(path))


def scenario_of(path: Path, documents: Documents, process: Process | None = None) -> Scenario:
    """The scenario in these files, and the process if somebody has made it of them already."""
    file = validate(ScenarioFile, documents.scenario, ScenarioFileError)
    plant = check_plant(documents.plant)
    plant = plant.read_from(Path(file.plant).resolve(), documents.plant_config)
    process = process or _process(file, plant, documents)
    problems = problems_of(file, plant, process=process, document=documents.scenario)
    if problems:
        raise ScenarioFileError(problems)
    return Scenario(path=path, config=documents.config, file=file, plant=plant, process=process)


def _process(file: ScenarioFile, plant: Plant, documents: Documents) -> Process:
    described = validate(ProcessFile, documents.process, ScenarioFileError)
    for key, changes in (("improvements", file.improvements), ("developments", file.developments)):
        try:
            described.check_changes(changes)
        except ValueError as error:
            wrong = problem(documents.scenario, (key,), str(error), "parameters that exist")
            raise ScenarioFileError([wrong]) from error
    return Process.of(described, plant.plant.timezone, file)


def write_scenario(path: Path, folder: Path) -> Path:
    """Write a scenario as files that stand alone: plant.toml, process.toml, scenario.toml.

    An unchanged plant file is copied byte for byte, and so keeps its hash.
    """
    documents = read_documents(find_scenario(path))
    content = documents.scenario.content
    changed = content.get("changed", {})
    folder.mkdir(parents=True, exist_ok=True)
    for key, document in (("plant", documents.plant), ("process", documents.process)):
        source = read_file(Path(content[key]))
        text = toml_text(document.content).encode() if changed.get(key) else source
        (folder / f"{key}.toml").write_bytes(text)
    own = {k: v for k, v in content.items() if k != "changed"}
    own |= {"plant": "plant.toml", "process": "process.toml"}
    (folder / "scenario.toml").write_text(toml_text(own), encoding="utf-8")
    return folder / "scenario.toml"
