"""What a plan could prove, said beforehand from its baseline alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import ceil, isfinite
from typing import Any

import numpy as np

from collector.analysis.messages import Language, Message, UnusableError
from collector.analysis.observations import Floats
from collector.analysis.power import Power, points_needed, power
from collector.analysis.reach import unseen
from collector.analysis.results import Model
from collector.analysis.verdict import OUTSIDE_LIMIT
from collector.claims.verify import Verifier, meter_uncertainty
from collector.plans.observations import cycle_of, left_over, plan_spans, step_of
from plant.calendar import local_date
from plant.description import Claim, Plan


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a reporting period of a plan, such as a claim's, will be able to show.

    power, model: None where the baseline allows none; `told` says why. claimed: a share.
    points_needed: reporting points in all that show `claimed`; None where no number does.
    """

    plan: str
    resource: str
    claim: str | None
    claimed: float | None
    model: Model | None
    power: Power | None
    points_needed: int | None
    told: tuple[Message, ...]

    def as_json(self, language: Language = "en") -> dict[str, Any]:
        """One entry of `plan power --json`."""
        found, claimed = self.power, self.claimed
        named = {"plan": self.plan, "resource": self.resource, "claim": self.claim}
        return named | {
            "claimed_percent": _percent(claimed),
            "baseline_points": self.model.fit.n if self.model else None,
            "drivers": list(self.model.fit.drivers) if self.model else None,
            "reporting_points": found.points if found else None,
            "autocorrelation_used": found.r if found else None,
            "cv_rmse_percent": _percent(found.cv_rmse if found else None),
            "half_width_percent": _percent(found.half_width if found else None),
            "provable_percent": _percent(found.provable if found else None),
            "cv_rmse_needed_percent": _percent(
                found.cv_rmse_needed(claimed) if found and claimed else None
            ),
            "points_needed": self.points_needed,
            "saving_to_prove_claim_percent": _percent(
                found.saving_to_prove(claimed) if found and claimed is not None else None
            ),
            "told": [one.text(language) for one in self.told],
        }


def prospects(verifier: Verifier, plan_name: str) -> list[Prospect]:
    """What each claim of a plan could show; a year's reporting period where it has no claim."""
    plant = verifier.plant
    claims = {n: c for n, c in plant.claims.items() if plant.plan_of(c) == plan_name}
    if not claims:
        return [_prospect(verifier, plan_name, None)]
    return [_prospect(verifier, plan_name, (name, claim)) for name, claim in claims.items()]


def _prospect(verifier: Verifier, plan_name: str, claim: tuple[str, Claim] | None) -> Prospect:
    plan, plant = verifier.plant.plans[plan_name], verifier.plant
    resource = plan.resource or plan_name
    name = claim[0] if claim else None
    claimed = claim[1].saves / 100 if claim else None
    if plan.method != "forecast":
        why = Message("power-forecast-only", {"plan": plan_name, "method": plan.method})
        return Prospect(plan_name, resource, name, claimed, None, None, None, (why,))
    baseline = verifier.baseline(plan_name, 0)
    model = baseline.model
    if model is None or baseline.fitted is None:
        assert baseline.why_not is not None  # noqa: S101 - one of the two is there
        return Prospect(plan_name, resource, name, claimed, None, None, None, (baseline.why_not,))
    period = (claim[1].since, claim[1].last_day) if claim else plan.baseline
    seen = baseline.fitted.columns(model.fit.drivers)
    try:
        found = power(
            model.fit,
            model.t,
            X=seen,
            points=max(1, len(plan_spans(plant, plan, *period))),
            confidence=plan.confidence / 100,
            meter_uncertainty=meter_uncertainty(plant, resource),
        )
    except UnusableError as error:
        return Prospect(plan_name, resource, name, claimed, model, None, None, (error.message,))
    needed = _points_needed(model, found, X=seen, claimed=claimed)
    rest = left_over(plant, plan, *period) if claim else None
    told = (*_told(found, claimed, needed), *_season(verifier, plan, model, period=period))
    told = (*told, rest) if rest else told
    return Prospect(plan_name, resource, name, claimed, model, found, needed, told)


def _season(
    verifier: Verifier, plan: Plan, model: Model, *, period: tuple[date, date]
) -> Iterator[Message]:
    """What the seasons will do to the verdict, whatever the numbers are."""
    plant = verifier.plant
    spans = plan_spans(plant, plan, *period)
    steps = [step_of(plan, local_date(span.start_ms, plant.zone)) for span in spans]
    reporting_t = np.array(steps, dtype=np.int64)
    count = unseen(model.fit, model.t, reporting_t, cycle=cycle_of(plant, plan))
    if count > OUTSIDE_LIMIT * len(steps):
        yield Message("power-season", {"unseen": count, "m": len(steps)})


def _points_needed(model: Model, found: Power, *, X: Floats, claimed: float | None) -> int | None:
    """Reporting points in all that tell a true saving as large as the claim from zero."""
    if not claimed:
        return None
    if found.provable <= claimed:
        return found.points
    narrowing = found.narrowing(claimed)
    if narrowing is None:
        return None
    rows = X[np.arange(found.points) % len(X)]
    more = points_needed(model.fit, model.t, X=rows, r=found.r, narrowing=narrowing)
    return None if more is None else found.points + more


def _told(found: Power, claimed: float | None, needed: int | None) -> Iterator[Message]:
    figures = {
        "points": found.points,
        "half": _rounded_up(found.half_width),
        "provable": _rounded_up(found.provable),
    }
    yield Message("power", figures)
    if not claimed:
        return
    target = {"target": 100 * claimed}
    if found.provable <= claimed:
        to_prove = _rounded_up(found.saving_to_prove(claimed))
        yield Message("power-enough", target | {"to_prove": to_prove})
        return
    cv_rmse = found.cv_rmse_needed(claimed)
    if cv_rmse is None:
        yield Message("power-meter", target | {"meter": _rounded_up(found.meter_half_width)})
        return
    enough = target | dict(zip(("cv", "now"), _told_apart(cv_rmse, found.cv_rmse), strict=True))
    if needed is None:
        yield Message("power-cv", enough)
    else:
        yield Message("power-points-or-cv", enough | {"needed": needed})
    yield Message("power-advice", {})


def _told_apart(share: float, other: float) -> tuple[float, float]:
    """Two shares in per cent, with two digits or as many as tell one from the other."""
    for digits in range(2, 17):
        both = tuple(float(f"{100 * one:.{digits}g}") for one in (share, other))
        if both[0] != both[1]:
            break
    return both[0], both[1]


def _rounded_up(share: float) -> float:
    """Per cent with one digit after the point; less would claim too much."""
    return ceil(1000 * share - 1e-9) / 10


def _percent(share: float | None) -> float | None:
    return None if share is None or not isfinite(share) else 100 * share
