"""What the resources of a plant are, and what they came to in periods, of one area or of all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from collector.analysis.quality import Quality
from collector.claims.senpi import energy_per_unit
from collector.deriving.sources import Source, sources_of
from collector.rates import Rates
from collector.read import Amounts
from collector.read.spans import add_up
from collector.store.protocol import Codes, Floats
from collector.valuing import cut, unit_worths
from plant.calendar import Span
from plant.description import Plant
from plant.units import fits

Kind = Literal["energy", "fuel", "water", "wastewater", "waste", "material", "other"]
FUELS = ("gas", "biogas", "fuel", "coal", "diesel", "steam", "heat")  # without calorific value


def kind_of(plant: Plant, resource: str) -> Kind:
    """What a resource is, by its unit and by what it is called."""
    unit = plant.resource_unit(resource)
    if energy_per_unit(plant, resource) is not None:
        return "energy"
    if resource in FUELS:
        return "fuel"
    if "wastewater" in resource or "effluent" in resource:
        return "wastewater"
    if resource.startswith(("waste", "sludge")):
        return "waste"
    if fits(unit, "m3"):
        return "water"
    return "material" if fits(unit, "t") else "other"


class Quantities:
    """Amounts of a plant's resources and products over any periods."""

    def __init__(self, amounts: Amounts, area: str | None = None) -> None:
        self.plant = amounts.plant
        self._amounts = amounts
        self._area = area
        self._sources = sources_of(self.plant)

    def used(self, resource: str, spans: Sequence[Span]) -> tuple[Floats, Codes]:
        """What the area, or the plant, took of a resource (n,), and how well that is known."""
        if self._area is None:
            totals = self._amounts.parts(resource, spans)
            return totals.values, totals.quality
        inside = {
            name: meter
            for name, meter in self.plant.meters.items()
            if meter.resource == resource and meter.area == self._area and name in self._sources
        }
        top = [self._sources[name] for name, meter in inside.items() if meter.within not in inside]
        return add_up([self.metered(one, spans) for one in top], len(spans))

    def made(self, product: str, spans: Sequence[Span]) -> Floats:
        """What the plant made (n,)."""
        return self._amounts.parts(product, spans).values

    def metered(self, source: Source, spans: Sequence[Span]) -> tuple[Floats, Codes]:
        """What one meter counted (n,)."""
        return self._amounts.metered.consumption_of(source, spans)

    def by_meter(self, meter: str, spans: Sequence[Span]) -> Floats | None:
        """The same by the meter's name; None where it counts nothing."""
        source = self._sources.get(meter)
        return None if source is None else self.metered(source, spans)[0]

    def valued(self, resource: str, values: Floats, spans: Sequence[Span], *, by: Rates) -> Floats:
        """Cost or CO2e of amounts (n,); every part takes the rate of its own day."""
        zone = self.plant.zone
        parts = cut(spans, by, zone=zone)
        return values * unit_worths(
            parts, values, read=lambda of: self.used(resource, of)[0], zone=zone
        )


def qualities(codes: Codes) -> tuple[str, ...]:
    """Qualities by name."""
    return tuple(Quality(int(code)).name for code in codes)
