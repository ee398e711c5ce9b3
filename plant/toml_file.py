"""TOML files with faults that name their line.

``tomllib`` says nothing of where a value stood, so a light scan of the text maps each key
path to its line; pydantic's errors are then told at that line, all at once.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from plant.errors import Problem, ProblemsError

KeyPath = tuple[str, ...]
M = TypeVar("M", bound=BaseModel)

_HEADER = re.compile(r"^\s*\[\[?\s*(?P<path>[^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(
    r"""^\s*(?P<path>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*="""
)
MOST_CHARACTERS = 4 * 2**20  # a plant of 30,000 meters takes half of it
# tomllib goes back to the start for each part of a key: no file of ours has keys of so many.
_LONG_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){16}""")
_SEGMENT = re.compile(r"""[\w-]+|"([^"]*)"|'([^']*)'""")


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed TOML file; its text tells the line of each key."""

    name: str
    content: dict[str, Any]
    text: str

    def line_of(self, path: KeyPath) -> int | None:
        """The line of a key, or of the nearest table around it."""
        lines = _key_lines(self.text)
        for length in range(len(path), 0, -1):
            if path[:length] in lines:
                return lines[path[:length]]
        return None


def _split(path: str) -> KeyPath:
    return tuple(m[1] or m[2] or m[0] for m in _SEGMENT.finditer(path))


def _numbered(path: KeyPath, entries: Mapping[KeyPath, int]) -> KeyPath:
    """A path with the number of the last entry behind each array of tables in it."""
    found: KeyPath = ()
    for part in path:
        found = (*found, part)
        if found in entries:
            found = (*found, str(entries[found] - 1))
    return found


@lru_cache(8)
def _key_lines(text: str) -> dict[KeyPath, int]:
    lines: dict[KeyPath, int] = {}
    entries: dict[KeyPath, int] = {}  # of each array of tables, how many so far
    table: KeyPath = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            path = _split(header["path"])
            if line.lstrip().startswith("[["):
                array = (*_numbered(path[:-1], entries), path[-1])
                lines.setdefault(array, number)
                entries[array] = entries.get(array, 0) + 1
            table = _numbered(path, entries)
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, *_split(key["path"])), number)
    return lines


def parse_toml(text: str, name: str, error: type[ProblemsError]) -> Document:
    """The document in a text; ``error`` with the place when it is not TOML."""
    if len(text) > MOST_CHARACTERS:
        found, wanted = f"{len(text)} characters", f"at most {MOST_CHARACTERS}"
        raise error([Problem(name, None, "file", found, wanted)])
    if deep := _LONG_KEY.search(text):
        at = text.count("\n", 0, deep.start()) + 1
        raise error([Problem(name, at, "file", "a key of more than 16 parts", "fewer")])
    try:
        return Document(name, tomllib.loads(text), text)
    except RecursionError as fault:
        raise error([Problem(name, None, "file", "values nested too deeply", "fewer")]) from fault
    except ValueError as fault:  # TOMLDecodeError is one; a number of thousands of digits another
        place = re.search(r"at line (\d+)", str(fault))
        line = int(place[1]) if place else None
        what = re.sub(r"\s*\(at .*\)$", "", str(fault))
        raise error([Problem(name, line, "file", f"no valid TOML ({what})", "TOML 1.0")]) from fault


def config_hash(content: bytes) -> str:
    """The hash that packs carry, so that two copies of a plant file cannot drift unseen."""
    return hashlib.sha256(content).hexdigest()[:16]


def validate(model: type[M], document: Document, error: type[ProblemsError]) -> M:
    """The document as a model; ``error`` with every fault at once."""
    try:
        return model.model_validate(document.content)
    except ValidationError as fault:
        raise error([describe(e, model, document) for e in fault.errors()]) from fault


def describe(fault: ErrorDetails, model: type[BaseModel], document: Document) -> Problem:
    """One of pydantic's errors as a problem with line, found, wanted and suggestion."""
    path = tuple(str(part) for part in fault["loc"])
    key = ".".join(path) or "file"
    line = document.line_of(path)
    if fault["type"] == "extra_forbidden":
        known = _known_keys(model, path[:-1])
        close = difflib.get_close_matches(path[-1], known, n=1)
        wanted = "one of " + ", ".join(sorted(known)) if known else "no such key"
        return Problem(
            document.name, line, key, "an unknown key", wanted, close[0] if close else None
        )
    if fault["type"] == "missing":
        return Problem(document.name, line, key, "nothing", "a value")
    wanted = fault["msg"].removeprefix("Value error, ").replace("Input should be ", "")
    wanted = wanted.replace("a valid tuple", "a list in [brackets]")
    near = _near_choice(fault)
    return Problem(document.name, line, key, _brief(fault["input"]), wanted, near)


def _brief(found: object) -> str:
    text = repr(found)
    return text if len(text) <= 60 else text[:57] + "..."


def _near_choice(fault: ErrorDetails) -> str | None:
    if fault["type"] not in ("literal_error", "enum") or not isinstance(fault["input"], str):
        return None
    choices = re.findall(r"'([^']*)'", str(fault.get("ctx", {}).get("expected", "")))
    near = difflib.get_close_matches(fault["input"], choices, n=1)
    return near[0] if near else None


def _known_keys(model: type[BaseModel], path: KeyPath) -> list[str]:
    """The keys that the table at a path may have."""
    schema = model.model_json_schema()
    node: dict[str, Any] = schema
    for part in path:
        node = _resolve(node, schema)
        inner = node.get("properties", {}).get(part) or node.get("additionalProperties")
        if inner is None and "items" in node:
            inner = node["items"]
        if inner is None and "prefixItems" in node:
            inner = node["prefixItems"][0]
        if not isinstance(inner, dict):
            return []
        node = inner
    return list(_resolve(node, schema).get("properties", {}))


def _resolve(node: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    for option in node.get("anyOf", []):
        if option.get("type") != "null":
            return _resolve(option, schema)
    if "$ref" in node:
        target: dict[str, Any] = schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
        return target
    return node
