"""The data from outside the plant that a statement rests on: factors and the sector's norms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from plant.description import Plant
from plant.factors import Factor, factors
from plant.sectors import Norm, Sector, sectors


class Tables(NamedTuple):
    """Emission factors by id, and the plant's sector."""

    factors: Mapping[str, Factor]
    sector: Sector | None

    def norms(self, quantity: str) -> tuple[Norm, ...]:
        """What the sector is known to use of a quantity for each unit of product."""
        found = () if self.sector is None else self.sector.norms
        return tuple(norm for norm in found if norm.quantity == quantity)


def shipped(plant: Plant) -> Tables:
    """The tables as this version ships them, those that the plant file names."""
    named = {resource.co2e for resource in plant.resources.values()}
    used = {name: factor for name, factor in factors().items() if name in named}
    return Tables(used, sectors().get(plant.plant.sector or ""))
