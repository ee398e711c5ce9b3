"""Plans, what they expect, and the claims that they judge; nothing is expected without a lock."""

from __future__ import annotations

from collector.ledger import Ledger
from collector.plans import plan_state
from collector.read import Amounts
from dashboards.figures import main_plan
from dashboards.now import Claim, Plan
from plant.calendar import Span, local_date
from plant.description import Plant


class Judgement:
    """What one plant's locked plans say of its resources."""

    def __init__(self, plant: Plant, amounts: Amounts, *, ledger: Ledger) -> None:
        self._plant = plant
        self._amounts = amounts
        self._ledger = ledger

    def mark(self) -> None:
        """Note that rows were derived anew."""

    def plan(self, resource: str) -> Plan:
        """Whether something may be expected of a resource."""
        name = main_plan(self._plant, resource)
        if name is None:
            return Plan(state="none")
        found = plan_state(self._plant, name, self._ledger)
        lock = found.in_force
        locked_on = local_date(lock.locked_ms, self._plant.zone) if lock else None
        return Plan(state=found.state, locked_on=locked_on)

    def expected(self, resource: str, span: Span) -> float | None:
        return None

    def claims(self, resource: str, time_ms: int) -> list[Claim]:
        return []
