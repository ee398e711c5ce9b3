"""What a sector's plants are known to use for each unit of product: context, never a baseline."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from plant.errors import FactorFileError, UnitError
from plant.points import Strict
from plant.toml_file import parse_toml, validate
from plant.units import parse_unit


def _unit(text: str) -> str:
    try:
        parse_unit(text)
    except UnitError as error:
        raise ValueError(str(error)) from error
    return text


class Norm(Strict):
    """One norm or benchmark: what it is of, for whom, within which boundary, and who said so."""

    quantity: str  # a resource as plants name it, or "energy" for all energy together
    value: float | None = None
    range: tuple[float, float] | None = None
    unit: Annotated[str, AfterValidator(_unit)]
    basis: str  # what one unit of product is
    applies: str = ""
    boundary: str
    kind: Literal["regulation", "survey", "benchmark"]
    period: str = ""
    source: str

    @model_validator(mode="after")
    def _has_a_figure(self) -> Norm:
        if (self.value is None) == (self.range is None):
            raise ValueError("either value = figure or range = [low, high]")
        return self


class Sector(Strict):
    """A sector and what is known of it; `unread` names sources whose values were not read."""

    name: str
    name_vi: str
    unread: tuple[str, ...] = ()
    norms: tuple[Norm, ...] = ()


def read_sector(text: str, name: str) -> Sector:
    """The sector in a file's text; FactorFileError with every fault."""
    return validate(Sector, parse_toml(text, name, FactorFileError), FactorFileError)


@cache
def sectors() -> dict[str, Sector]:
    """All shipped sectors by id."""
    folder = files("config") / "sectors"
    entries = sorted(
        (e for e in folder.iterdir() if e.name.endswith(".toml")), key=lambda e: e.name
    )
    return {
        entry.name.removesuffix(".toml"): read_sector(entry.read_text(encoding="utf-8"), entry.name)
        for entry in entries
    }
