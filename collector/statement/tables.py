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
    named = {resource.co2e for resource in plant.resources.values()}
    used = {name: factor for name, factor in factors().items() if name in named}
    return Tables(used, sectors().get(plant.plant.sector or ""))
