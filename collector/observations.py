"""What a plan's regression sees: one row a day, week or month, from meters and imports."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from collector.analysis.observations import Observations, observe
from collector.read import Amounts
from plant.calendar import Span, day_start_ms, local_date, periods
from plant.description import Plan, Plant


def plan_spans(plant: Plant, plan: Plan, first: date, last: date) -> list[Span]:
    """The plan's periods that lie wholly within the days first to last, both included."""
    end = last + timedelta(days=1)
    end_ms = day_start_ms(end, plant.zone)
    spans = periods(plan.by, first, end, plant.zone)
    return [span for span in spans if span.end_ms <= end_ms]


def observations(amounts: Amounts, resource: str, plan: Plan, spans: list[Span]) -> Observations:
    """Consumption of a resource and the plan's drivers over spans; what lacks is excluded."""
    plant = amounts.plant
    columns = [amounts.totals(driver, spans).values for driver in plan.drivers]
    return observe(
        [step_of(plan, local_date(span.start_ms, plant.zone)) for span in spans],
        amounts.totals(resource, spans).values,
        X=np.column_stack(columns) if columns else np.empty((len(spans), 0)),
        names=plan.drivers,
        missing="exclude",
    )


def step_of(plan: Plan, day: date) -> int:
    """The number of a period on one axis for all time."""
    if plan.by == "month":
        return 12 * day.year + day.month - 1
    return day.toordinal() // 7 if plan.by == "week" else day.toordinal()
