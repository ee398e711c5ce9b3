"""The data from outside the plant that a statement rests on: factors and the sector's norms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from plant.description import Plant
from plant.factors import Factor, factors
from plant.sectors import Norm, Sector, sectors
from plant.units import fits

ALL_ENERGY = "energy"  # what norms call all energy together


class Tables(NamedTuple):
    """Emission factors by id, and the plant's sector."""

    factors: Mapping[str, Factor]
    sector: Sector | None

    def norms(self, quantity: str, unit: str) -> tuple[Norm, ...]:
        """What the sector is known to use of a quantity, or of all energy, for each product."""
        found = () if self.sector is None else self.sector.norms
        named = {quantity, ALL_ENERGY} if fits(unit, "MJ") else {quantity}
        return tuple(norm for norm in found if norm.quantity in named)


def shipped(plant: Plant) -> Tables:
    """The tables as this version ships them, those that the plant file names."""
    return Tables(named(plant, factors()), sectors().get(plant.plant.sector or ""))


def named(plant: Plant, tables: Mapping[str, Factor]) -> dict[str, Factor]:
    """The factors that the plant's resources name: its own, and those of the tables."""
    wanted = {resource.co2e for resource in plant.resources.values()}
    return {name: one for name, one in {**tables, **plant.own_factors}.items() if name in wanted}
