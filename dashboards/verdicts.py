"""Baselines and claims of one plant, shared by all its pages and computed again once what they
rest on has changed: rows, amounts, locks, adjustments, or the day that is over.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from datetime import timedelta

from collector.analysis.messages import Message
from collector.analysis.results import Outcome, VerifiedClaim
from collector.claims.verify import Baseline, Verifier
from collector.ledger import Ledger
from plant.calendar import day_start_ms, local_date
from plant.description import Plan

SETTLED_MS = 60_000  # without a row of the baseline: what was on its way has come

_Key = tuple[str, str | None]  # plan, claim


class Verdicts:
    """What the verifier says, kept; any thread may ask, and mark what has changed."""

    def __init__(self, verifier: Verifier, ledger: Ledger) -> None:
        self._verifier = verifier
        self._plant = verifier.plant
        self._ledger = ledger
        self._baselines: dict[_Key, Baseline] = {}
        self._claims: dict[str, VerifiedClaim] | None = None
        self._known: tuple[object, ...] = ()
        self._marks: deque[tuple[int, int]] = deque()  # not taken in yet: when, from when on
        self._arrived_ms: dict[str, int] = {}  # plan -> when rows of its baseline last came
        self._lock = threading.Lock()

    def mark(self, time_ms: int, from_ms: int) -> None:
        """Note at a time that consumption was derived anew from a time on; returns at once."""
        self._marks.append((time_ms, from_ms))

    def baseline(self, plan: str, time_ms: int, claim: str | None = None) -> Baseline:
        """The model of a plan's baseline, of a backcast that of a claim; none while its history
        is still arriving, since it would change from minute to minute."""
        with self._lock:
            self._renew(time_ms)
            key = plan, claim
            if key not in self._baselines:
                self._baselines[key] = self._verifier.baseline(plan, time_ms, claim)
            found = self._baselines[key]
            if not self._is_arriving(plan, found, time_ms):
                return found
            return found._replace(model=None, why_not=_arriving(plan))

    def claims(self, time_ms: int) -> dict[str, VerifiedClaim]:
        """Every claim by name, in the order of the plant file."""
        plans = {name: self._plant.plan_of(c) for name, c in self._plant.claims.items()}
        arriving = {
            plan
            for plan in set(plans.values())
            if plan is not None
            and self._verifier.state(plan).state == "locked"
            and _is_withheld(self.baseline(plan, time_ms))
        }
        with self._lock:
            self._renew(time_ms)
            if self._claims is None:
                self._claims = {one.claim: one for one in self._verifier.claims(time_ms)}
            found = self._claims
        return {
            name: _withheld(one, plan) if (plan := plans[name]) in arriving else one
            for name, one in found.items()
        }

    def _renew(self, time_ms: int) -> None:
        """Let go of what no longer stands."""
        states = tuple(self._verifier.state(name) for name in self._plant.plans)
        known = (
            self._ledger.revision(self._plant.id),
            local_date(time_ms, self._plant.zone),
            [(state.state, len(state.locks)) for state in states],
        )
        if known != self._known:
            self._known, self._claims = known, None
            self._baselines.clear()
        while self._marks:
            self._take(*self._marks.popleft())

    def _take(self, time_ms: int, from_ms: int) -> None:
        """Take in that rows from a time on are new: only whole days are judged."""
        today_ms = day_start_ms(local_date(time_ms, self._plant.zone), self._plant.zone)
        if from_ms < today_ms:
            self._claims = None
        for name, plan in self._plant.plans.items():
            end_ms = self._end_ms(plan)
            if from_ms < end_ms:
                self._arrived_ms[name] = time_ms
            if from_ms < (today_ms if plan.method == "backcast" else end_ms):
                self._baselines = {k: v for k, v in self._baselines.items() if k[0] != name}

    def _end_ms(self, plan: Plan) -> int:
        """Until when a plan looks at what was before its reporting period."""
        last = max(period[1] for period in (plan.baseline, plan.model_period) if period)
        return day_start_ms(last + timedelta(days=1), self._plant.zone)

    def _is_arriving(self, plan: str, found: Baseline, time_ms: int) -> bool:
        """Whether periods of the baseline lack, and what they lack is on its way."""
        if found.fitted is not None and not found.fitted.excluded:
            return False
        arrived_ms = self._arrived_ms.get(plan)
        if arrived_ms is not None and 0 <= time_ms - arrived_ms < SETTLED_MS:
            return True
        end_ms = self._end_ms(self._plant.plans[plan])
        return self._ledger.derivation.awaits(self._plant.id, end_ms)


def _arriving(plan: str | None) -> Message:
    return Message("history-arriving", {"plan": plan})


def _is_withheld(baseline: Baseline) -> bool:
    return baseline.why_not is not None and baseline.why_not.key == "history-arriving"


def _withheld(one: VerifiedClaim, plan: str | None) -> VerifiedClaim:
    """A claim without numbers, while those it would have change from minute to minute."""
    question = one.outcome.question
    outcome = Outcome(question, "undecided" if question.finished else None, _arriving(plan))
    return replace(one, outcome=outcome, further={**one.further, "senpi": None})
