"""By which plan something is expected of a resource, and of which days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from collector.analysis.messages import Message
from collector.claims.verify import Baseline, Verifier
from collector.plans.locked import reporting_start
from dashboards.figures import main_plan
from dashboards.now import Plan as PlanShown
from dashboards.records import Records
from plant.calendar import local_date
from plant.description import Plan, Plant

Part = Literal["baseline", "between", "reporting"]


@dataclass(frozen=True)
class Expecting:
    """The plan of a resource, how it stands, and its baseline; all None where there is none."""

    name: str | None
    plan: Plan | None
    shown: PlanShown
    baseline: Baseline | None
    since: date | None  # the first day of the reporting period
    claims: tuple[str, ...] = ()  # of a backcast, where each has a model of its own
    claim: str | None = None  # the one of them whose model it is

    def part(self, day: date) -> Part:
        """The part of the plan that a period beginning on a day belongs to."""
        if self.plan is None or self.since is None:
            return "between"
        if self.plan.baseline[0] <= day <= self.plan.baseline[1]:
            return "baseline"
        return "reporting" if day >= self.since else "between"

    def allows(self, day: date) -> bool:
        """Whether something may be expected of it: of the reporting period by a lock alone."""
        part = self.part(day)
        return part == "baseline" or (part == "reporting" and self.shown.state == "locked")

    def is_idle(self, verifier: Verifier, time_ms: int) -> bool:
        """Whether nothing was made in the reporting period, so that no saving of it is told."""
        if self.name is None or self.since is None:
            return False
        return verifier.is_idle(self.name, self.since, time_ms) is True

    @property
    def why_not(self) -> dict[str, str] | None:
        """By language, why the baseline has no model."""
        why = self.baseline.why_not if self.baseline else None
        return in_both(why) if why else None


def in_both(why: Message) -> dict[str, str]:
    """A sentence by language."""
    return {"en": why.text("en"), "vi": why.text("vi")}


def expecting(
    records: Records,
    resource: str,
    time_ms: int,
    *,
    claim: str | None = None,
    day: date | None = None,
) -> Expecting:
    """By the first plan of a resource; of a backcast, by the claim that is named, else of a day."""
    plant = records.plant
    name = main_plan(plant, resource)
    if name is None:
        return Expecting(None, None, PlanShown(state="none"), None, None)
    claims = _claims(plant, name)
    chosen = claim if claim in claims else claim_of(plant, name, day)
    stood = records.verifier.state(name)
    lock = stood.in_force
    locked_on = local_date(lock.locked_ms, plant.zone) if lock else None
    return Expecting(
        name=name,
        plan=plant.plans[name],
        shown=PlanShown(state=stood.state, locked_on=locked_on),
        baseline=records.verdicts.baseline(name, time_ms, chosen),
        since=plant.claims[chosen].since if chosen else reporting_start(plant, name),
        claims=claims,
        claim=chosen,
    )


def claim_of(plant: Plant, plan: str, day: date | None = None) -> str | None:
    """The claim of a backcast that looks at a day: the last that has begun by then, or the first.

    None where all claims of a plan have one model.
    """
    claims = _claims(plant, plan)
    begun = [name for name in claims if day is not None and plant.claims[name].since <= day]
    return next(iter([*begun[-1:], *claims]), None)


def _claims(plant: Plant, plan: str) -> tuple[str, ...]:
    """Claims of a backcast, in order of their beginning: each fits its own reporting period."""
    if plant.plans[plan].method != "backcast":
        return ()
    found = [(claim.since, name) for name, claim in plant.claims.items()]
    return tuple(n for _, n in sorted(found) if plant.plan_of(plant.claims[n]) == plan)
