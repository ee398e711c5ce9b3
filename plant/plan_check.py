"""The checks of plans, claims and computed quantities against the rest of a plant file."""

from __future__ import annotations

from collections.abc import Iterator

from plant.checker import Checker
from plant.errors import Problem, UnitError
from plant.plans import TERMS
from plant.units import fits, parse_unit


class PlanChecks(Checker):
    """Looks from plans, claims and computed quantities at the rest of the file."""

    def problems(self) -> Iterator[Problem]:
        """Every fault."""
        faults = list(self._computed())
        yield from faults
        yield from self._plans()
        yield from self._claims()
        if not faults:
            yield from self._temperatures()

    def _computed(self) -> Iterator[Problem]:
        """What a quantity is computed from must exist, and lead somewhere."""
        known = self.declared("resources", "products", "drivers")
        for table in ("products", "drivers"):
            for name in getattr(self.plant, table):
                at = (table, name, "weights" if table == "products" else "from")
                for part in self.plant.computed_from(name):
                    wanted = "one of [products], [drivers] or [resources]"
                    yield from self.unknown(at, part, known, wanted)
                    if self._leads_to(part, name):
                        yield self.problem(at, repr(part), "no circle")
                if name in TERMS:
                    wanted = f"another name: terms = [{name!r}] means something else"
                    yield self.problem((table, name), repr(name), wanted)
        for name, meter in self.plant.meters.items():
            key, quantity = (
                ("product", meter.product) if meter.product else ("driver", meter.driver)
            )
            if quantity and self.plant.computed_from(quantity):
                wanted = "a quantity that is not computed"
                yield self.problem(("meters", name, key), repr(quantity), wanted)

    def _leads_to(self, start: str, wanted: str) -> bool:
        seen, coming = set(), [start]
        while coming:
            name = coming.pop()
            if name == wanted:
                return True
            if name not in seen:
                seen.add(name)
                coming.extend(self.plant.computed_from(name))
        return False

    def _temperatures(self) -> Iterator[Problem]:
        """Degree days are counted from a temperature."""
        for name, driver in self.plant.drivers.items():
            if driver.from_ is None or not driver.is_degree_days:
                continue
            unit = self.plant.quantity_unit(driver.from_)
            try:
                is_temperature = fits(unit, "degC") and parse_unit(unit).dimension != ()
            except UnitError:
                continue
            if not is_temperature:
                at = ("drivers", name, "from")
                yield self.problem(at, f"{driver.from_} in {unit}", "a temperature in degC or degF")

    def _plans(self) -> Iterator[Problem]:
        for name, plan in self.plant.plans.items():
            told = {"resource": plan.resource or name, "drivers": plan.drivers}
            yield from self.references("plans", name, told)
            for driver in plan.drivers:
                if self._leads_to(driver, plan.resource or name):
                    wanted = "a driver that does not come from what is judged: it explains itself"
                    yield self.problem(("plans", name, "drivers"), repr(driver), wanted)
        for name, entry in self.unread("plans"):
            yield from self.references("plans", name, {"resource": name} | entry)

    def _claims(self) -> Iterator[Problem]:
        plant = self.plant
        for name, entry in self.unread("claims"):
            yield from self.references("claims", name, entry)
        for name, claim in plant.claims.items():
            at = ("claims", name)
            yield from self.references("claims", name, claim.__dict__)
            plan_name = plant.plan_of(claim)
            if plan_name is None and not self._has_a_plan_with_a_fault(claim.resource):
                wanted = f"a plan to judge it by: write [plans.{claim.resource}]"
                yield self.problem((*at, "resource"), f"{claim.resource!r} without one", wanted)
            if plan_name not in plant.plans:
                continue
            plan = plant.plans[plan_name]
            what, last = "baseline", plan.baseline[1]
            if plan.model_period is not None:
                what, last = "model period", plan.model_period[1]
            if claim.since <= last:
                wanted = f"a day after the {what}'s last, {last}"
                yield self.problem((*at, "since"), str(claim.since), wanted)

    def _has_a_plan_with_a_fault(self, resource: str) -> bool:
        """Whether the file has a plan of a resource that could not be read: told already."""
        plans = self.document.content.get("plans", {})
        return any(
            name == resource or (isinstance(plan, dict) and plan.get("resource") == resource)
            for name, plan in (plans.items() if isinstance(plans, dict) else ())
        )
