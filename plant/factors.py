"""Emission factors: dated data with their source; a reading takes the one of its own year.

A file of ``config/factors/`` holds either the years of one factor, which bears the file's name,
or fuels, each of which is a factor of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, NamedTuple

from pydantic import Field, model_validator

from plant.errors import FactorFileError, UnitError
from plant.points import Strict
from plant.toml_file import parse_toml, validate
from plant.units import Quantity, ratio

EMITTED = "tCO2e"  # what every emission is told in


class Fuel(Strict):
    """One fuel of a file."""

    value: float
    biogenic: bool = False


class FactorFile(Strict):
    """What a file of factors says."""

    name: str
    unit: str
    source: str
    years: dict[int, float] = Field(default_factory=dict)
    fuels: dict[str, Fuel] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _has_one_kind(self) -> FactorFile:
        if bool(self.years) == bool(self.fuels):
            raise ValueError("either [years] or [fuels]")
        return self


class OwnFactor(Strict):
    """A factor that a plant file gives: of a supplier's paper, or a newer announcement."""

    name: str | None = None
    unit: str
    source: Annotated[str, Field(min_length=1)]
    value: Annotated[float, Field(ge=0)] | None = None
    years: dict[int, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    biogenic: bool = False

    @model_validator(mode="after")
    def _has_one_kind(self) -> OwnFactor:
        if bool(self.years) == (self.value is not None):
            raise ValueError("either value or years = { 2024 = 0.65 }")
        return self

    def called(self, identifier: str) -> Factor:
        """The factor by its name in the plant file."""
        about = (self.name or identifier, self.unit, self.source, "")
        return Factor(
            identifier, *about, dict(sorted(self.years.items())), self.value, self.biogenic
        )


class YearFactor(NamedTuple):
    """A factor as it holds in one year."""

    value: float  # in the unit of its Factor
    year: int | None  # the year that it was announced for; None for one that does not change
    stands_in: bool  # for a later year, of which none is known


class Factor(NamedTuple):
    """One emission factor."""

    id: str
    name: str
    unit: str
    source: str
    file: str  # of config/factors/; none of a plant's own
    years: Mapping[int, float]
    value: float | None
    biogenic: bool

    def in_year(self, year: int) -> YearFactor | None:
        """The factor of a year, or the newest before it; None before the first one."""
        if self.value is not None:
            return YearFactor(self.value, None, False)
        known = max((y for y in self.years if y <= year), default=None)
        return None if known is None else YearFactor(self.years[known], known, known != year)

    def per(self, unit: str, calorific: Quantity | None = None) -> float:
        """What turns the factor into tCO2e for each `unit` of a resource.

        calorific: net calorific value, where the resource is not counted in energy.
        Raises UnitError where the two do not fit.
        """
        top, _, bottom = self.unit.partition("/")
        emitted = float(ratio(top, EMITTED))
        if calorific is None:
            return emitted * float(ratio(unit, bottom))
        energy, _, counted = calorific.unit.partition("/")
        if not counted:
            raise UnitError(f"a calorific value in {calorific.unit}; write it like '36 MJ/m3'")
        return emitted * calorific.value * float(ratio(energy, bottom) * ratio(unit, counted))


def read_factors(text: str, name: str) -> Iterator[Factor]:
    """The factors in a file's text; ``name`` is the file's. Raises FactorFileError."""
    found = validate(FactorFile, parse_toml(text, name, FactorFileError), FactorFileError)
    about = (found.unit, found.source, name)
    if found.years:
        identifier = name.removesuffix(".toml")
        yield Factor(identifier, found.name, *about, dict(sorted(found.years.items())), None, False)
    for fuel, one in found.fuels.items():
        yield Factor(fuel, f"{found.name}: {fuel}", *about, {}, one.value, one.biogenic)


def factor_text(file: str) -> str:
    """The text of a shipped file of factors, by its name."""
    return (files("config") / "factors" / file).read_text(encoding="utf-8")


@cache
def factors() -> dict[str, Factor]:
    """All shipped factors by id."""
    folder = files("config") / "factors"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return {one.id: one for name in names for one in read_factors(factor_text(name), name)}
