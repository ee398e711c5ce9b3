"""The checks of sources and estimates of water against the rest of a plant file."""

from __future__ import annotations

from collections.abc import Iterator

from plant.checker import Checker
from plant.errors import Problem, UnitError
from plant.units import fits
from plant.water import INTAKE, Estimate


class WaterChecks(Checker):
    """Looks from estimates, and from meters that feed others, at the rest of the file."""

    def problems(self) -> Iterator[Problem]:
        """Every fault."""
        for name, meter in self.plant.meters.items():
            if meter.feeds is not None:
                others = [m for m in self.declared("meters") if m != name]
                wanted = "another meter, which counts the same again"
                yield from self.unknown(("meters", name, "feeds"), meter.feeds, others, wanted)
        for name, estimate in self.plant.estimates.items():
            yield from self._estimate(name, estimate)

    def _estimate(self, name: str, estimate: Estimate) -> Iterator[Problem]:
        at = ("estimates", name)
        known = self.declared("products", "resources")
        wanted = "one of [products] or [resources]"
        yield from self.unknown((*at, "per"), estimate.per, known, wanted)
        if estimate.per not in self.plant.products | self.plant.resources:
            return
        unit = f"m3/{self.plant.quantity_unit(estimate.per)}"
        if INTAKE in self.plant.resources:
            water = self.plant.resource_unit(INTAKE)
            unit = f"{water}/{self.plant.quantity_unit(estimate.per)}"
        try:
            is_fitting = fits(estimate.amount.unit, unit)
        except UnitError:  # told at the quantity
            return
        if not is_fitting:
            yield self.problem((*at, "amount"), str(estimate.amount), f"an amount in {unit}")
