"""Plans, what they expect, and the claims that they judge; nothing is expected without a lock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from collector.analysis.results import VerifiedClaim
from collector.plans.pace import expect_parts
from collector.store.protocol import Floats
from dashboards.expecting import claim_of
from dashboards.figures import Wanted, main_plan
from dashboards.now import Claim, Plan
from dashboards.records import Records
from plant.calendar import Span, local_date


class Judgement:
    """What one plant's locked plans say of its resources."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def plan(self, resource: str) -> Plan:
        """Whether something may be expected of a resource."""
        name = main_plan(self._records.plant, resource)
        if name is None:
            return Plan(state="none")
        found = self._records.verifier.state(name)
        lock = found.in_force
        locked_on = local_date(lock.locked_ms, self._records.plant.zone) if lock else None
        return Plan(state=found.state, locked_on=locked_on)

    def claims(self, resource: str, time_ms: int) -> list[Claim]:
        """What was claimed of a resource, and what is known of it."""
        found = self._records.verdicts.claims(time_ms).values()
        return [shown(one) for one in found if one.resource == resource]

    def expected(self, resource: str, span: Span) -> Wanted | None:
        """What a locked plan expects of the output of a span that still runs."""
        name = main_plan(self._records.plant, resource)
        if name is None or self._records.verifier.state(name).state != "locked":
            return None
        amounts = self._records.amounts

        def seen(driver: str, spans: Sequence[Span]) -> Floats:
            found = [amounts.so_far(driver, span).value for span in spans]
            return np.array(found, dtype=np.float64)

        today = local_date(span.start_ms, self._records.plant.zone)
        claim = claim_of(self._records.plant, name, today)
        baseline = self._records.verdicts.baseline(name, span.end_ms, claim)
        parts = expect_parts(amounts, baseline, [span], seen=seen)
        value, half = float(parts.expected[0]), float(parts.half[0])
        return Wanted(value, half) if math.isfinite(value) else None


def shown(claim: VerifiedClaim) -> Claim:
    """A claim as the page shows it."""
    told: dict[str, Any] = claim.as_json()
    numbers = {
        name: value if value is None or math.isfinite(value) else None
        for name, value in told.items()
        if name in Claim.model_fields and isinstance(value, float | None)
    }
    reason = claim.outcome.reason
    return Claim.model_validate(
        told | numbers | {"reason": {"en": reason.text("en"), "vi": reason.text("vi")}}
    )
