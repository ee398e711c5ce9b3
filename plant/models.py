"""Meter models: what one make of meter says of its registers, as data.

A model is one TOML file in ``config/meters/``. Addresses are the ones in the frame
(0-based); the file says how the maker counts. Every point names its source.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from plant.errors import ModelFileError, Problem
from plant.points import (
    WORDS,
    Address,
    Duration,
    Function,
    Order,
    Part,
    Point,
    Strict,
    Trust,
    Type,
)
from plant.toml_file import parse_toml, validate
from plant.units import parse_quantity

__all__ = [
    "WORDS",
    "Found",
    "Function",
    "Limits",
    "MeterModel",
    "Order",
    "Part",
    "Point",
    "Probe",
    "Strict",
    "Trust",
    "Type",
    "find_model",
    "library",
    "load_model",
    "read_model",
]


class Limits(Strict):
    """What the meter bears in one request, and between two."""

    registers: Annotated[int, Field(ge=1, le=125)] = 125
    points: Annotated[int, Field(ge=1)] | None = None  # some count parameters, not registers
    holes: Literal["readable", "refused"] = "readable"  # registers between two points
    barriers: tuple[Address, ...] = ()  # no request spans the place just before this address
    forbidden: tuple[Address, ...] = ()  # no request touches these: reading may clear or reset
    alone: tuple[Address, ...] = ()  # registers that must be read one word at a time
    pause: Duration = "0s"  # between two requests to this meter
    timeout: Duration = "1s"

    @model_validator(mode="before")
    @classmethod
    def _forbidden_is_a_barrier(cls, given: Any) -> Any:
        """A request that does not begin on a forbidden register cannot reach over its barrier."""
        if isinstance(given, dict) and given.get("forbidden"):
            return {**given, "barriers": [*given.get("barriers", ()), *given["forbidden"]]}
        return given

    @property
    def pause_s(self) -> float:
        """The pause between two requests [s]."""
        return parse_quantity(self.pause, like="s").to("s")

    @property
    def timeout_s(self) -> float:
        """How long an answer may take [s]."""
        return parse_quantity(self.timeout, like="s").to("s")


class Probe(Part):
    """A register that tells this model from others."""

    function: Function
    equals: tuple[int, ...]


class Found(Strict):
    """A block of registers that the device itself tells the place of.

    The file's addresses hold for the place ``at``, where the block usually lies.
    """

    by: Literal["sunspec"]
    models: tuple[int, ...]  # the SunSpec models that have this layout
    length: int  # registers after the two of its head
    at: Address  # of the model's ID register


class Variant(Strict):
    """A sister of the model that has fewer points; its key is its id."""

    name: str
    lacks: tuple[str, ...] = ()
    probe: tuple[Probe, ...] = ()  # in place of the model's own
    notes: str = ""


class Head(Strict):
    """What a model file says of the meter as a whole."""

    name: str
    maker: str
    measures: Literal["energy", "water", "wastewater", "gas", "heat", "quality", "pulse", "mass"]
    main: str | None = None  # the counter whose difference is consumption
    default: tuple[str, ...]  # the points that are read when the plant file names none
    numbering: str  # how the maker counts registers, against the address in the frame
    sources: tuple[str, ...]
    trust: Trust
    settings: tuple[str, ...] = ()  # what must be set in the device for this file to be right
    notes: str = ""


class MeterModel(Strict):
    """One make of meter."""

    id: str = ""
    meter: Head
    limits: Limits = Limits()
    probe: tuple[Probe, ...] = ()
    found: Found | None = None
    variants: dict[str, Variant] = Field(default_factory=dict)
    points: dict[str, Point]

    @model_validator(mode="after")
    def _names_exist(self) -> MeterModel:
        named = [*self.meter.default, *([self.meter.main] if self.meter.main else [])]
        for name in named:
            if name not in self.points:
                raise ValueError(f"point {name!r} is named in [meter] but not described")
        if self.meter.main and self.points[self.meter.main].kind != "counter":
            raise ValueError(f"main point {self.meter.main!r} must be a counter")
        for identifier, variant in self.variants.items():
            for name in variant.lacks:
                if name not in self.points:
                    raise ValueError(f"variant {identifier!r} lacks {name!r}, which nothing has")
        return self

    def sisters(self) -> Iterator[MeterModel]:
        """The variants as models of their own."""
        for identifier, variant in self.variants.items():
            kept = {n: p for n, p in self.points.items() if n not in variant.lacks}
            head = self.meter.model_copy(
                update={
                    "name": variant.name,
                    "default": tuple(n for n in self.meter.default if n in kept),
                    "main": self.meter.main if self.meter.main in kept else None,
                    "notes": " ".join(n for n in (self.meter.notes, variant.notes) if n),
                }
            )
            changes = {
                "id": identifier,
                "meter": head,
                "points": kept,
                "probe": variant.probe or self.probe,
                "variants": {},
            }
            yield self.model_copy(update=changes)

    def moved(self, to: int) -> MeterModel:
        """The model with its block at the address where the device was found to have it."""
        assert self.found is not None  # noqa: S101 - only a model that is found moves
        by = to - self.found.at
        points = {name: _shifted(point, by) for name, point in self.points.items()}
        found = self.found.model_copy(update={"at": to})
        return self.model_copy(update={"points": points, "found": found})


def _shifted(point: Point, by: int) -> Point:
    """The point with every address of it moved by as many registers."""

    def moved(given: Any) -> Any:
        if isinstance(given, dict):
            if given.get("address") is not None:
                given = given | {"address": given["address"] + by}
            return {key: moved(value) for key, value in given.items()}
        return [moved(one) for one in given] if isinstance(given, list | tuple) else given

    return Point.model_validate(moved(point.model_dump(exclude_unset=True)))


def load_model(path: Path) -> MeterModel:
    """The model in a file; ModelFileError with all faults, each with its line."""
    return read_model(path.read_text(encoding="utf-8"), name=path.name)


def read_model(text: str, name: str) -> MeterModel:
    """The model in a text; ``name`` is the file's, used in errors."""
    document = parse_toml(text, name, ModelFileError)
    model = validate(MeterModel, document, ModelFileError)
    return model.model_copy(update={"id": name.removesuffix(".toml")})


@cache
def _files() -> dict[str, Traversable]:
    """The files of the shipped models by the id of each."""
    entries = sorted((files("config") / "meters").iterdir(), key=lambda entry: entry.name)
    return {e.name.removesuffix(".toml"): e for e in entries if e.name.endswith(".toml")}


@cache
def _of_file(identifier: str) -> dict[str, MeterModel]:
    """The model of a shipped file and its variants by id."""
    entry = _files()[identifier]
    model = read_model(entry.read_text(encoding="utf-8"), entry.name)
    return {one.id: one for one in (model, *model.sisters())}


@cache
def library() -> dict[str, MeterModel]:
    """All shipped models and their variants by id."""
    return {i: model for name in _files() for i, model in _of_file(name).items()}


def shipped_model(identifier: str) -> MeterModel | None:
    """The shipped model of that id; None when there is none. Of most, one file is read."""
    known = _of_file(identifier) if identifier in _files() else library()
    return known.get(identifier)


def find_model(identifier: str) -> MeterModel:
    """The shipped model of that id; ModelFileError that names the nearest one."""
    if model := shipped_model(identifier):
        return model
    near = difflib.get_close_matches(identifier, library(), n=1)
    raise ModelFileError(
        [
            Problem(
                file="config/meters",
                line=None,
                key="model",
                found=repr(identifier),
                wanted="one that `cleanline meters` lists",
                suggestion=near[0] if near else None,
            )
        ]
    )
