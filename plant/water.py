"""What a plant file says of water beside its meters: permits, and flows that no meter sees."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from plant.fields import Name, QuantityField
from plant.points import Strict

Way = Literal["in", "evaporated", "out"]
INTAKE, DISCHARGE = "water", "wastewater"  # the resources that a water balance is drawn between
WATERS = (INTAKE, DISCHARGE)


class Permit(Strict):
    """What an authority allows: a volume of wastewater, and limits by the name of a point."""

    volume: QuantityField | None = None
    limits: dict[str, QuantityField | tuple[float, float]] = Field(default_factory=dict)


class Estimate(Strict):
    """Water that no meter sees: so much for each unit of a product or resource that is known."""

    name: str | None = None
    flow: Way  # into the plant, evaporated there, or out of it
    amount: QuantityField  # such as '0.4 m3/t'
    per: Name
    source: str  # what the amount rests on; pages print it
