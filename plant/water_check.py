"""The checks of sources and estimates of water against the rest of a plant file."""

from __future__ import annotations

from collections.abc import Iterator

from plant.checker import Checker
from plant.errors import Problem, UnitError
from plant.models import shipped_model
from plant.toml_file import KeyPath
from plant.units import Quantity, fits
from plant.water import DISCHARGE, INTAKE, Estimate, Permit


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
        for name, permit in self.plant.permits.items():
            yield from self._permit(name, permit)

    def _permit(self, name: str, permit: Permit) -> Iterator[Problem]:
        """A permit that nothing could ever break, or that could not be compared."""
        at = ("permits", name)
        if permit.volume is not None:
            if DISCHARGE not in self.declared("resources"):
                wanted = f"[resources.{DISCHARGE}], whose volume it limits"
                yield self.problem((*at, "volume"), str(permit.volume), wanted)
            elif DISCHARGE in self.plant.resources:
                unit = f"{self.plant.resource_unit(DISCHARGE)}/day"
                yield from self._amount((*at, "volume"), permit.volume, unit)
        units = self._gauges()
        for point, limit in permit.limits.items():
            where = (*at, "limits", point)
            yield from self.unknown(where, point, list(units), "a point that some meter reads")
            if isinstance(limit, Quantity):
                if point in units:
                    yield from self._amount(where, limit, units[point])
            elif limit[0] >= limit[1]:
                yield self.problem(where, str(list(limit)), "the lower limit first")

    def _gauges(self) -> dict[str, str]:
        """The unit of each point that is read and is no counter, by its name."""
        models = [(meter, shipped_model(meter.model)) for meter in self.plant.meters.values()]
        return {
            point: described.unit
            for meter, model in models
            if model is not None and set(meter.points) <= set(model.points)
            for point, described in meter.read_points().items()
            if described.kind != "counter"
        }

    def _amount(self, at: KeyPath, found: Quantity, unit: str) -> Iterator[Problem]:
        """An amount must convert to the unit that it is compared in."""
        try:
            is_fitting = fits(found.unit, unit)
        except UnitError:  # told at the unit
            return
        if not is_fitting:
            yield self.problem(at, str(found), f"an amount in {unit}")

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
        yield from self._amount((*at, "amount"), estimate.amount, unit)
