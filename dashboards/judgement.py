"""Plans, what they expect, and the claims that they judge; nothing is expected without a lock."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from collector.analysis.results import VerifiedClaim
from collector.ledger import Ledger
from collector.pace import expect_parts
from collector.store import Store
from collector.store.protocol import Floats
from collector.verify import Baseline, Verifier
from dashboards.figures import main_plan
from dashboards.freshness import Freshness
from dashboards.now import Claim, Plan
from plant.calendar import Span, local_date
from plant.description import Plant


class Judgement:
    """What one plant's locked plans say of its resources; claims and models are kept a while."""

    def __init__(self, plant: Plant, store: Store, *, ledger: Ledger) -> None:
        self._plant = plant
        self._verifier = Verifier(plant, store, ledger=ledger)
        self._freshness = Freshness()
        self._ledger = ledger
        self._revision: tuple[int, int, int] | None = None
        self._locks: Mapping[str, int] = {}
        self._claims: list[Claim] = []
        self._baselines: dict[str, Baseline] = {}

    def mark(self) -> None:
        """Note that rows were derived anew."""
        self._freshness.mark()

    def plan(self, resource: str) -> Plan:
        """Whether something may be expected of a resource."""
        name = main_plan(self._plant, resource)
        if name is None:
            return Plan(state="none")
        found = self._verifier.state(name)
        lock = found.in_force
        locked_on = local_date(lock.locked_ms, self._plant.zone) if lock else None
        return Plan(state=found.state, locked_on=locked_on)

    def claims(self, resource: str, time_ms: int) -> list[Claim]:
        """What was claimed of a resource, and what is known of it."""
        self._renew(time_ms)
        return [claim for claim in self._claims if claim.resource == resource]

    def expected(self, resource: str, span: Span) -> float | None:
        """What a locked plan expects of the output of a span that still runs."""
        self._renew(span.end_ms)
        name = main_plan(self._plant, resource)
        baseline = self._baselines.get(name) if name else None
        if baseline is None:
            return None
        amounts = self._verifier.amounts

        def seen(driver: str, spans: Sequence[Span]) -> Floats:
            found = [amounts.so_far(driver, span).value for span in spans]
            return np.array(found, dtype=np.float64)

        value = float(expect_parts(amounts, baseline, [span], seen=seen)[0])
        return value if math.isfinite(value) else None

    def _renew(self, time_ms: int) -> None:
        states = {name: self._verifier.state(name) for name in self._plant.plans}
        locks = {n: len(state.locks) for n, state in states.items() if state.state == "locked"}
        revision = self._ledger.revision(self._plant.id)
        known = (locks, revision) == (self._locks, self._revision)
        if not self._freshness.is_due(time_ms) and known:
            return
        self._locks, self._revision = locks, revision
        self._baselines = {name: self._verifier.baseline(name, time_ms) for name in locks}
        self._claims = [shown(claim) for claim in self._verifier.claims(time_ms)]


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
