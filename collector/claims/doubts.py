"""What a reader must know of how a claim came about: when it was locked, what changed later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from collector.analysis.messages import Message
from collector.analysis.observations import Observations
from collector.ledger import Entry, Ledger
from collector.plans.locked import PlanState, quantities
from plant.calendar import local_date
from plant.description import Claim, Plan, Plant
from plant.plans import overlapping


def doubts(
    plant: Plant, name: str, *, plan_name: str, state: PlanState, ledger: Ledger, now_ms: int
) -> Iterator[Message]:
    """The sentences beside the verdict of a claim whose plan is locked."""
    claim, lock = plant.claims[name], state.in_force
    assert lock is not None  # noqa: S101 - the caller looked
    late = (local_date(lock.locked_ms, plant.zone) - claim.since).days
    if late > 0:
        yield Message("locked-late", {"days": late})
    first = state.locks[0].locked_ms
    plan = plant.plans[plan_name]
    if count := sum(
        first < entry.entered_ms <= now_ms and _touches(entry, plan, claim)
        for quantity in quantities(plant, plan, claim.resource)
        for entry in ledger.amounts.history(plant.id, quantity)
        if entry.replaces is not None
    ):
        yield Message("amounts-after-lock", {"count": count})
    if others := overlapping(plant.claims, name):
        yield Message("claims-overlap", {"others": ", ".join(others)})


def nothing_made(plant: Plant, seen: Observations) -> bool | None:
    """Whether no product of a plan was made in what is seen of its reporting period: no saving of
    it means a thing. None while nothing of it is seen."""
    products = [name for name in seen.names if name in plant.products]
    if not seen.n:
        return None
    return bool(products) and not seen.columns(products).any()


def _touches(entry: Entry, plan: Plan, claim: Claim) -> bool:
    """Whether an amount is about a day that the plan looks at."""
    spans: list[tuple[date, date]] = [plan.baseline, (claim.since, claim.last_day)]
    if plan.model_period:
        spans.append(plan.model_period)
    one = entry.amount
    return any(first < one.end_day and one.first_day <= last for first, last in spans)
