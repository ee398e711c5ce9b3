"""The rows of a claim: what the regression saw of each period, and what it had to leave out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from collector.analysis.missing import known
from collector.analysis.observations import Floats, Steps
from collector.analysis.quality import Quality
from collector.analysis.results import Outcome
from collector.plans.observations import observations, step_of
from collector.read import Amounts
from collector.statement.row import Part, Row
from plant.calendar import Span, local_date
from plant.description import Plan

OTHER = "other"  # why a row is left out, when nothing is missing


def rows_of(
    amounts: Amounts,
    resource: str,
    plan: Plan,
    spans: Sequence[Span],
    *,
    part: Part,
    outcome: Outcome,
) -> list[Row]:
    """One row for each span, in order; expected is None where the outcome says nothing of it."""
    seen = observations(amounts, resource, plan, list(spans))
    place = {int(step): i for i, step in enumerate(seen.t)}
    totals = amounts.totals(resource, spans)
    columns = {name: amounts.totals(name, spans).values for name in plan.drivers}
    expected, moved = _expected(outcome, part), _added(outcome, part)
    found = []
    for number, span in enumerate(spans):
        first, last = _days_of(span, amounts.plant.zone)
        step = step_of(plan, first)
        at = place.get(step)
        actual = known(totals.values[number])
        drivers = {name: known(column[number]) for name, column in columns.items()}
        missing = _missing({resource: actual, **drivers})
        if at is not None:
            actual = float(seen.y[at])
            drivers = dict(zip(seen.names, map(float, seen.X[at]), strict=True))
        found.append(
            Row(
                label=span.label,
                first=first,
                last=last,
                part=part,
                actual=actual,
                drivers=drivers,
                quality=Quality(int(totals.quality[number])).name,
                origin=totals.origins[number],
                expected=expected.get(step),
                adjustment=moved.get(step, 0.0),
                missing=() if at is not None else missing,
            )
        )
    return found


def _days_of(span: Span, zone: ZoneInfo) -> tuple[date, date]:
    """The first and the last local day."""
    return local_date(span.start_ms, zone), local_date(span.end_ms, zone) - timedelta(days=1)


def _missing(amounts: Mapping[str, float | None]) -> tuple[str, ...]:
    """Why a row is left out."""
    return tuple(name for name, value in amounts.items() if value is None) or (OTHER,)


def _expected(outcome: Outcome, part: Part) -> dict[int, float]:
    """Step -> what the baseline's performance would have used."""
    if part == "reporting":
        return _by_step(outcome.reporting_t, outcome.expected_points)
    if part == "baseline":
        return _by_step(outcome.baseline_t, outcome.baseline_points)
    if outcome.model is None or outcome.saving is None:
        return {}
    fit = outcome.model.fit
    return _by_step(outcome.model.t, (fit.y - fit.residuals) * outcome.factor)


def _added(outcome: Outcome, part: Part) -> dict[int, float]:
    """Step -> what adjustments added to it."""
    return _by_step(outcome.reporting_t, outcome.added_points) if part == "reporting" else {}


def _by_step(steps: Steps | None, values: Floats | None) -> dict[int, float]:
    if steps is None or values is None:
        return {}
    return {int(step): float(value) for step, value in zip(steps, values, strict=True)}
