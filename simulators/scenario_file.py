"""What a scenario file may say, and how one file stands on another."""

import difflib
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, PlainValidator, SerializeAsAny

from plant.calendar import to_ms
from plant.description import config_hash
from plant.errors import ScenarioFileError, UsageError
from plant.fields import Share
from plant.toml_file import Document, parse_toml
from simulators.faults.base import Fault
from simulators.process_file import Improvement
from simulators.toml_text import Table, merged, toml_text
from simulators.worktime import Strict

Verdict = Literal["proven", "plausible", "refuted", "undecided"]
_DEEPEST = 8  # files that stand on each other


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


class SeenEvent(Strict):
    """An event of a meter that an honest collector finds."""

    meter: str
    kind: str  # as the collector names it: reset, swap, glitch, ...
    at: datetime  # within a day of it, in the plant's zone

    def time_ms(self, zone: ZoneInfo) -> int:
        """When it happened [ms, UTC]."""
        return to_ms(self.at if self.at.tzinfo else self.at.replace(tzinfo=zone))


class Truth(Strict):
    """What no process model can know: what an honest collector must say of this scenario."""

    verdicts: dict[str, Verdict | tuple[Verdict, ...]] = Field(default_factory=dict)
    events: tuple[SeenEvent, ...] = ()
    unknown: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # quantity -> months
    wrong: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # no collector could know
    covered: tuple[str, ...] = ()  # claims whose 90 % interval holds the true saving


def _fault_of(table: Any) -> Fault:
    # Thirty-five kinds take a while to load, and most scenarios name none.
    from simulators.faults.catalogue import fault_of  # noqa: PLC0415

    return fault_of(table)


FaultTable = Annotated[
    SerializeAsAny[Fault], PlainValidator(_fault_of, json_schema_input_type=dict[str, Any])
]


class Changed(Strict):
    """What the plant file and the process file say otherwise in this scenario."""

    plant: dict[str, Any] = Field(default_factory=dict)
    process: dict[str, Any] = Field(default_factory=dict)


class ScenarioFile(Strict):
    """What a scenario says, the files that it stands on included."""

    says: str = ""
    plant: str  # a file; its path is taken from the file that names it
    process: str
    changed: Changed = Changed()
    seed: int = Field(ge=0)
    origin: date  # the counters' first day
    until: date | None = None  # the last day of its history
    improvements: dict[str, Improvement] = Field(default_factory=dict)
    developments: dict[str, Improvement] = Field(default_factory=dict)  # what saves nothing
    meters: dict[str, MeterOf]
    faults: tuple[FaultTable, ...] = ()
    truth: Truth = Truth()


@dataclass(frozen=True)
class Documents:
    """The files of a scenario, read and joined."""

    scenario: Document
    plant: Document
    plant_config: str  # hash of the plant file as others read it
    process: Document
    config: str  # hash of all that decides its numbers


def find_scenario(name: Path) -> Path:
    """The file of that path, or the shipped scenario or plant of that name."""
    if name.exists() or len(name.parts) != 1:
        return name
    for path in (_shipped("scenarios") / f"{name}.toml", _shipped("plants") / name):
        if path.is_file():
            return path
        if path.is_dir():
            return path / "scenario.toml"
    return name


def shipped_scenarios() -> list[Path]:
    """The files of all shipped scenarios, in the order of their names."""
    return sorted(_shipped("scenarios").glob("*.toml"))


def shipped_plants() -> list[Path]:
    """The scenario files of all shipped plants, in the order of the plants' names."""
    return sorted(_shipped("plants").glob("*/scenario.toml"))


def _shipped(folder: str) -> Path:
    return Path(str(files("config") / folder))


def read_documents(path: Path) -> Documents:
    """All that a scenario says; ScenarioFileError where a file is no TOML."""
    document = _joined(path, depth=0)
    changed = document.content.get("changed", {})
    plant, plant_text = _changed(document, "plant", changed)
    process, process_text = _changed(document, "process", changed)
    own = {k: v for k, v in document.content.items() if k not in ("plant", "process", "says")}
    return Documents(
        scenario=document,
        plant=plant,
        plant_config=config_hash(plant_text),
        process=process,
        config=config_hash(toml_text(own).encode() + plant_text + process_text),
    )


def _joined(path: Path, *, depth: int) -> Document:
    """A scenario file laid over the one that it extends.

    A key takes the place of the base's; `meters` and `changed` are joined table by table.
    """
    document = parse_toml(read_file(path).decode(), str(path), ScenarioFileError)
    content = dict(document.content)
    for key in ("plant", "process"):
        if isinstance(content.get(key), str):
            content[key] = str(path.parent / content[key])
    extended = content.pop("extends", None)
    if extended is not None:
        if depth == _DEEPEST:
            raise UsageError(f"scenario {path}: more than {_DEEPEST} files extend each other")
        beside = path.parent / str(extended)
        base = _joined(
            beside if beside.exists() else find_scenario(Path(str(extended))), depth=depth + 1
        ).content
        for key in ("meters", "changed"):
            if key in base and key in content:
                content[key] = merged(base[key], content[key])
        content = base | {"says": ""} | content
    return Document(document.name, content, document.text)


def _changed(scenario: Document, key: str, changed: Table) -> tuple[Document, bytes]:
    """The plant's or the process's file, and its bytes with this scenario's changes."""
    named = scenario.content.get(key)
    if not isinstance(named, str):
        return Document(scenario.name, {}, ""), b""  # the scenario's own check tells it
    text = read_file(Path(named))
    document = parse_toml(text.decode(), named, ScenarioFileError)
    if changes := changed.get(key, {}):
        document = Document(named, merged(document.content, changes), document.text)
        text = toml_text(document.content).encode()
    return document, text


def read_file(path: Path) -> bytes:
    """A file's content; UsageError when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        known = [p.stem for p in shipped_scenarios()] + [p.parent.name for p in shipped_plants()]
        near = difflib.get_close_matches(str(path), known, n=1)
        what = f"did you mean {near[0]}?" if near else "name an existing TOML file, or one that"
        raise UsageError(
            f"scenario {path}: {error.strerror}; {what} `cleanline simulate --list` lists"
            + (" all" if near else "")
        ) from error
