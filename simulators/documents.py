"""The files of a scenario, found, read and laid over each other."""

import difflib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from plant.errors import ScenarioFileError, UsageError
from plant.toml_file import Document, config_hash, parse_toml
from simulators.toml_text import Table, merged, toml_text

_DEEPEST = 8  # files that stand on each other


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
    document = parse_toml(_text(path, read_file(path)), str(path), ScenarioFileError)
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
    document = parse_toml(_text(Path(named), text), named, ScenarioFileError)
    if changes := changed.get(key, {}):
        document = Document(named, merged(document.content, changes), document.text)
        text = toml_text(document.content).encode()
    return document, text


def _text(path: Path, content: bytes) -> str:
    """A TOML file's text, which is UTF-8 by TOML's own rule."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"scenario {path}: is not UTF-8 text; name a TOML file") from error


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
