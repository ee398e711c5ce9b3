"""Claims judged by their locked plans.

Without a lock, or after the plan was changed without one, nothing is expected of the reporting
period: a claim then has a reason and no numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from collector.analysis.evaluation import baseline_model, evaluate_periods
from collector.analysis.messages import Message, UnusableError
from collector.analysis.observations import Floats, Observations
from collector.analysis.periods import Periods
from collector.analysis.results import Model, Outcome, Question, VerifiedClaim
from collector.claims.adjusting import ONE_DAY, added, told, touching
from collector.claims.doubts import doubts, nothing_made
from collector.claims.senpi import energies, senpi
from collector.ledger import Adjustment, Ledger
from collector.plans.locked import PlanState, meter_uncertainty_percent, plan_state
from collector.plans.observations import (
    cycle_of,
    driver_values,
    left_over,
    observations,
    plan_spans,
    step_of,
)
from collector.read import Amounts
from collector.store import Store
from plant.calendar import Span, day_start_ms, from_ms, local_date
from plant.description import Claim, Plan, Plant

# A maker's accuracy is a bound; its standard uncertainty is that of an even spread within it.
BOUND_TO_STANDARD = 1 / np.sqrt(3)
NOTHING_MADE = Message("nothing-made", {})


class Baseline(NamedTuple):
    """A plan's baseline: the model, or the sentence that says why there is none."""

    resource: str
    plan: Plan
    model: Model | None
    why_not: Message | None
    adjustments: list[Adjustment]
    fitted: Observations | None = None  # what the model was fitted to
    factor: float = 1.0  # of the model, by the plan's method

    def expect(self, amounts: Amounts, spans: Sequence[Span]) -> Floats:
        """What is expected of spans (n,) [unit of the resource]; NaN where a driver lacks.

        Adjustments are in it.
        """
        if self.model is None:
            return np.full(len(spans), np.nan)
        by_model = self.model.fit.expect(driver_values(amounts, self.model.fit.drivers, spans))
        return by_model * self.factor + added(self.adjustments, spans, amounts.plant.zone)


class Verifier:
    """Judges the claims of one plant; every call looks at store and ledger anew."""

    def __init__(self, plant: Plant, store: Store, *, ledger: Ledger) -> None:
        self.plant = plant
        self.amounts = Amounts(plant, store, ledger=ledger)
        self._ledger = ledger

    def state(self, plan_name: str) -> PlanState:
        """Whether a plan is open, locked or changed since."""
        return plan_state(self.plant, plan_name, self._ledger)

    def baseline(self, plan_name: str, now_ms: int, claim: str | None = None) -> Baseline:
        """The model of a plan, which may stand without a lock since it expects nothing yet.

        A backcast looks at a reporting period, that of the claim, else of the plan's first: it
        needs the lock.
        """
        plan = self.plant.plans[plan_name]
        resource = plan.resource or plan_name
        adjustments = self._ledger.adjustments.history(self.plant.id, resource)
        claims = [
            one
            for name, one in self.plant.claims.items()
            if self.plant.plan_of(one) == plan_name and claim in (None, name)
        ]
        is_open = self.state(plan_name).state != "locked"
        if plan.method == "backcast" and (is_open or not claims):
            why = Message("looks-back", {"plan": plan_name, "method": plan.method})
            return Baseline(resource, plan, None, why, adjustments)
        try:
            reporting = min(claims, key=lambda c: c.since) if plan.method == "backcast" else None
            periods = self._periods(resource, plan, reporting, now_ms=now_ms)
            model = baseline_model(periods.fitted, intercept=plan.intercept)
            return Baseline(
                resource, plan, model, None, adjustments, periods.fitted, periods.factor(model.fit)
            )
        except UnusableError as error:
            return Baseline(resource, plan, None, error.message, adjustments)

    def is_idle(self, plan_name: str, since: date, now_ms: int) -> bool | None:
        """Whether no product of a plan was made in its periods from a day on that have ended.

        None while none of them is known.
        """
        plan = self.plant.plans[plan_name]
        known = plan_spans(self.plant, plan, since, local_date(now_ms, self.plant.zone))
        ended = [span for span in known if span.end_ms <= now_ms]
        return nothing_made(self.plant, self._seen(plan.resource or plan_name, plan, ended))

    def claims(self, now_ms: int) -> list[VerifiedClaim]:
        """Every claim of the plant file, in its order."""
        return [self.claim(name, now_ms) for name in self.plant.claims]

    def claim(self, name: str, now_ms: int) -> VerifiedClaim:
        """One claim as it stands at an instant."""
        claim = self.plant.claims[name]
        plan_name = self.plant.plan_of(claim)
        if plan_name is None:
            reason = Message("no-plan", {"resource": claim.resource})
            outcome = _unjudged(self._question(claim, None, now_ms), reason)
            return self._named(name, outcome, {"adjustments": [], "senpi": None})
        state = self.state(plan_name)
        further = {
            "plan": _told(plan_name, state, self.plant),
            "adjustments": self._adjusted(claim, None),
            "senpi": None,
        }
        question = self._question(claim, self.plant.plans[plan_name], now_ms)
        if state.state != "locked":
            reason = Message(f"plan-{state.state}", {"plan": plan_name})
            return self._named(name, _unjudged(question, reason), further)
        outcome = self._outcome(claim, self.plant.plans[plan_name], question, now_ms=now_ms)
        further["adjustments"] = self._adjusted(claim, outcome)
        beside = doubts(
            self.plant, name, plan_name=plan_name, state=state, ledger=self._ledger, now_ms=now_ms
        )
        outcome = replace(outcome, warnings=(*beside, *outcome.warnings))
        if claim.resource not in energies(self.plant):
            return self._named(name, outcome, further | {"senpi": None})
        found = self._senpi(claim, plan_name, outcome, now_ms=now_ms)
        return self._named(name, outcome, further | {"senpi": found})

    def _senpi(
        self, claim: Claim, plan_name: str, outcome: Outcome, *, now_ms: int
    ) -> dict[str, Any]:
        """SEnPI over the claim's period; every energy is judged by its own plan."""
        own = self.plant.plans[plan_name]
        outcomes: dict[str, Outcome | None] = {claim.resource: outcome}
        for resource in energies(self.plant):
            if resource == claim.resource:
                continue
            other = claim.model_copy(update={"resource": resource, "plan": None})
            name = self.plant.plan_of(other)
            plan = self.plant.plans[name] if name else None
            if name is None or plan is None or self.state(name).state != "locked":
                continue
            if (plan.baseline, plan.model_period) == (own.baseline, own.model_period):
                question = self._question(other, plan, now_ms)
                outcomes[resource] = self._outcome(other, plan, question, now_ms=now_ms)
        return senpi(self.plant, outcomes, own.method)

    def _question(self, claim: Claim, plan: Plan | None, now_ms: int) -> Question:
        last = claim.last_day
        end_ms = day_start_ms(last.fromordinal(last.toordinal() + 1), self.plant.zone)
        confidence = 0.9 if plan is None else plan.confidence / 100
        return Question(claim.saves / 100, now_ms >= end_ms, confidence, "integrated")

    def _periods(self, resource: str, plan: Plan, claim: Claim | None, *, now_ms: int) -> Periods:
        """What the regression sees; without a claim, a reporting period without rows."""
        since = plan_spans(self.plant, plan, claim.since, claim.last_day) if claim else []
        ended = [span for span in since if span.end_ms <= now_ms]
        reporting = self._seen(resource, plan, ended)
        moved = added(self._adjustments(claim) if claim else [], ended, self.plant.zone)
        steps = [step_of(plan, local_date(span.start_ms, self.plant.zone)) for span in ended]
        by_step = dict(zip(steps, moved.tolist(), strict=True))
        between = plan.model_period and plan_spans(self.plant, plan, *plan.model_period)
        return Periods(
            self._seen(resource, plan, plan_spans(self.plant, plan, *plan.baseline)),
            reporting,
            np.array([by_step[int(step)] for step in reporting.t], dtype=np.float64),
            plan.method,
            self._seen(resource, plan, between) if between else None,
        )

    def _seen(self, resource: str, plan: Plan, spans: list[Span]) -> Observations:
        return observations(self.amounts, resource, plan, spans)

    def _outcome(self, claim: Claim, plan: Plan, question: Question, *, now_ms: int) -> Outcome:
        periods = self._periods(claim.resource, plan, claim, now_ms=now_ms)
        outcome = evaluate_periods(
            periods,
            question,
            intercept=plan.intercept,
            meter_uncertainty=meter_uncertainty(self.plant, claim.resource),
            cycle=cycle_of(self.plant, plan),
            senseless=NOTHING_MADE if nothing_made(self.plant, periods.reporting) else None,
        )
        rest = left_over(self.plant, plan, claim.since, claim.last_day)
        return replace(outcome, warnings=(*outcome.warnings, rest)) if rest else outcome

    def _adjustments(self, claim: Claim) -> list[Adjustment]:
        """Those that touch the claim's period, whether it has ended or not."""
        entered = self._ledger.adjustments.history(self.plant.id, claim.resource)
        start_ms = day_start_ms(claim.since, self.plant.zone)
        end_ms = day_start_ms(claim.last_day + ONE_DAY, self.plant.zone)
        return touching(entered, [Span(start_ms, end_ms, "")], self.plant.zone)

    def _adjusted(self, claim: Claim, outcome: Outcome | None) -> list[dict[str, Any]]:
        """Every adjustment; counted: as much of it as is in the expected use, None without one."""
        plan_name, zone = self.plant.plan_of(claim), self.plant.zone
        found = self._adjustments(claim)
        counted: list[float | None] = [None] * len(found)
        if outcome is not None and outcome.reporting_t is not None and plan_name is not None:
            plan = self.plant.plans[plan_name]
            since = plan_spans(self.plant, plan, claim.since, claim.last_day)
            steps = [step_of(plan, local_date(span.start_ms, zone)) for span in since]
            in_use = np.isin(steps, outcome.reporting_t)
            counted = [float(added([one], since, zone)[in_use].sum()) for one in found]
        return [
            told(one, zone) | {"counted": sum_} for one, sum_ in zip(found, counted, strict=True)
        ]

    def _named(self, name: str, outcome: Outcome, further: dict[str, Any]) -> VerifiedClaim:
        claim = self.plant.claims[name]
        return VerifiedClaim(
            claim=name,
            resource=claim.resource,
            since=claim.since.isoformat(),
            until=claim.last_day.isoformat(),
            unit=self.plant.resource_unit(claim.resource),
            outcome=outcome,
            further=further,
        )


def meter_uncertainty(plant: Plant, resource: str) -> float:
    """Relative standard uncertainty that all readings of a resource share."""
    return float(meter_uncertainty_percent(plant, resource) / 100 * BOUND_TO_STANDARD)


def _unjudged(question: Question, reason: Message) -> Outcome:
    return Outcome(question, "undecided" if question.finished else None, reason)


def _told(name: str, state: PlanState, plant: Plant) -> dict[str, Any]:
    """The plan of a claim: how it stands, and every lock and amendment."""
    return {
        "plan": name,
        "state": state.state,
        "locks": [
            {
                "hash": lock.hash,
                "locked": from_ms(lock.locked_ms, plant.zone).isoformat(timespec="seconds"),
                "author": lock.author,
                "reason": lock.reason,
                "readings_known": lock.readings_known,
            }
            for lock in state.locks
        ],
    }
