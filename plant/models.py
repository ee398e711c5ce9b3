"""Meter models: what one make of meter says of its registers, as data.

A model is one TOML file in ``config/meters/``. Addresses are the ones in the frame
(0-based); the file says how the maker counts. Every point names its source.
"""

from __future__ import annotations

import difflib
from enum import StrEnum
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from plant.errors import ModelFileError, Problem, UnitError
from plant.toml_file import parse_toml, validate
from plant.units import is_known, parse_quantity, parse_unit, ratio

WORDS = {
    "bit": 1, "int16": 1, "uint16": 1, "int32": 2, "uint32": 2, "float32": 2,
    "int64": 4, "uint64": 4, "float64": 4,
}  # fmt: skip
Type = Literal["bit", "int16", "uint16", "int32", "uint32", "float32", "int64", "uint64", "float64"]
Order = Literal["ABCD", "CDAB", "BADC", "DCBA"]
Sentinel = Literal["nan", "max", "min", "zero"]
Address = Annotated[int, Field(ge=0, le=65535)]
Function = Literal[1, 2, 3, 4]


def _known_unit(text: str) -> str:
    if not is_known(text):
        raise ValueError("a known unit, such as kWh, m3/h or mg/L")
    parse_unit(text)
    return text


UnitText = Annotated[str, AfterValidator(_known_unit)]


class Trust(StrEnum):
    """The rung that a register map stands on."""

    MAKER = "maker's document"
    SECOND = "second source"
    SEEN = "seen on hardware"


class Strict(BaseModel):
    """A part of a file in which an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(Strict):
    """One number in registers: where it lies and how it is coded."""

    address: Address
    type: Type
    order: Order | None = None
    factor: float = 1

    @property
    def words(self) -> int:
        """Registers (or bits) that it takes."""
        return WORDS[self.type]


class Exponent(Part):
    """A register that holds a power of ten (SunSpec scale factor, TUF-2000 multiplier)."""

    add: int = 0


class UnitRegister(Part):
    """A register that says which unit the value is in."""

    units: dict[str, UnitText]  # TOML keys are texts; each is the register's number


class Quality(Part):
    """A register that says whether the value may be believed."""

    mask: int = 0xFFFF
    shift: int = 0
    least: int | None = None
    most: int | None = None
    one_of: tuple[int, ...] | None = None
    says: str

    def accepts(self, word: int) -> bool:
        """Whether this register's word lets the value pass."""
        level = (word & self.mask) >> self.shift
        return (
            (self.least is None or level >= self.least)
            and (self.most is None or level <= self.most)
            and (self.one_of is None or level in self.one_of)
        )


class Point(Strict):
    """One quantity that a meter gives, and the registers that hold it."""

    function: Function
    address: Address | None = None
    type: Type | None = None
    order: Order = "ABCD"
    factor: float = 1
    parts: tuple[Part, ...] = ()
    exponent: Exponent | None = None
    unit: UnitText
    unit_register: UnitRegister | None = None
    kind: Literal["counter", "gauge"] = "gauge"
    resettable: bool = False
    modulus: float | None = None  # the value at which it begins again at zero [unit]
    resolution: float | None = None  # the smallest step [unit]
    max_rate: str | None = None  # largest plausible rate of a counter, e.g. "2 MW"
    least: float | None = None  # plausible range of the value [unit]
    most: float | None = None
    sentinels: tuple[Sentinel | int, ...] = ("nan",)
    quality: tuple[Quality, ...] = ()
    update: str = "0s"  # how often the meter itself renews the registers
    source: str | None = None
    trust: Trust | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Point:
        if bool(self.parts) == (self.address is not None):
            raise ValueError("give either address and type, or parts")
        if self.address is not None and self.type is None:
            raise ValueError("type is missing beside address")
        if self.kind == "gauge" and (self.modulus or self.max_rate or self.resettable):
            raise ValueError("modulus, max_rate and resettable belong to a counter")
        self._check_quantities()
        return self

    def _check_quantities(self) -> None:
        try:
            parse_quantity(self.update, like="s")
            if self.max_rate is not None:
                parse_quantity(self.max_rate, like=f"{self.unit}/h")
        except UnitError as error:
            raise ValueError(str(error)) from error
        if self.unit_register:
            for unit in self.unit_register.units.values():
                try:
                    ratio(unit, self.unit)
                except UnitError as error:
                    raise ValueError(str(error)) from error

    @cached_property
    def numbers(self) -> tuple[Part, ...]:
        """The numbers whose sum is the value."""
        if self.parts:
            return self.parts
        assert self.address is not None  # noqa: S101 - _is_whole saw to it
        assert self.type is not None  # noqa: S101
        return (Part(address=self.address, type=self.type),)

    @cached_property
    def everything(self) -> tuple[Part, ...]:
        """All numbers that one value needs: its own, exponent, unit and quality registers."""
        helpers = [p for p in (self.exponent, self.unit_register) if p is not None]
        return (*self.numbers, *helpers, *self.quality)

    @property
    def wraps_at(self) -> float | None:
        """The value at which the counter begins again [unit], from the type if nothing is said."""
        if self.modulus is not None or self.kind != "counter" or len(self.numbers) != 1:
            return self.modulus
        bits = {"uint16": 16, "uint32": 32}.get(self.numbers[0].type)
        return None if bits is None or self.exponent else 2.0**bits * self.factor

    @property
    def step(self) -> float | None:
        """The size of one count [unit]; None for a float whose step is not said."""
        if self.resolution is not None:
            return self.resolution
        whole = all(p.type not in ("float32", "float64") for p in self.numbers)
        one = len({p.factor for p in self.numbers}) == 1
        return self.factor * self.numbers[0].factor if whole and one and not self.exponent else None

    @property
    def max_rate_per_h(self) -> float | None:
        """The largest plausible rate [unit/h]; None when the model does not say."""
        if self.max_rate is None:
            return None
        return parse_quantity(self.max_rate).to(f"{self.unit}/h")

    @property
    def update_s(self) -> float:
        """How often the meter renews the registers [s]."""
        return parse_quantity(self.update).to("s")


class Limits(Strict):
    """What the meter bears in one request, and between two."""

    registers: Annotated[int, Field(ge=1, le=125)] = 125
    points: int | None = None  # some meters count parameters, not registers
    holes: Literal["readable", "refused"] = "readable"  # registers between two points
    barriers: tuple[Address, ...] = ()  # no request spans the place just before this address
    alone: tuple[Address, ...] = ()  # registers that must be read one word at a time
    pause: str = "0s"  # between two requests to this meter
    timeout: str = "1s"

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
    notes: str = ""


class MeterModel(Strict):
    """One make of meter."""

    id: str = ""
    meter: Head
    limits: Limits = Limits()
    probe: tuple[Probe, ...] = ()
    points: dict[str, Point]

    @model_validator(mode="after")
    def _names_exist(self) -> MeterModel:
        named = [*self.meter.default, *([self.meter.main] if self.meter.main else [])]
        for name in named:
            if name not in self.points:
                raise ValueError(f"point {name!r} is named in [meter] but not described")
        if self.meter.main and self.points[self.meter.main].kind != "counter":
            raise ValueError(f"main point {self.meter.main!r} must be a counter")
        return self


def load_model(path: Path) -> MeterModel:
    """The model in a file; ModelFileError with all faults, each with its line."""
    return read_model(path.read_text(encoding="utf-8"), name=path.name)


def read_model(text: str, name: str) -> MeterModel:
    """The model in a text; ``name`` is the file's, used in errors."""
    document = parse_toml(text, name, ModelFileError)
    model = validate(MeterModel, document, ModelFileError)
    return model.model_copy(update={"id": name.removesuffix(".toml")})


@cache
def library() -> dict[str, MeterModel]:
    """All shipped models by id."""
    folder = files("config") / "meters"
    entries = sorted(
        (e for e in folder.iterdir() if e.name.endswith(".toml")), key=lambda e: e.name
    )
    models = (read_model(entry.read_text(encoding="utf-8"), entry.name) for entry in entries)
    return {model.id: model for model in models}


def find_model(identifier: str) -> MeterModel:
    """The shipped model of that id; ModelFileError that names the nearest one."""
    models = library()
    if identifier in models:
        return models[identifier]
    near = difflib.get_close_matches(identifier, models, n=1)
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
