"""What a plan's regression sees: one row a day, week or month, from meters and imports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from collector.analysis.messages import Message
from collector.analysis.observations import Floats, Observations, Reason, Shape, observe
from collector.analysis.reach import Cycle
from collector.read import Amounts
from collector.read.computed import Totals
from plant.calendar import Span, day_start_ms, local_date, periods
from plant.description import Plan, Plant
from plant.units import Dimension, parse_unit

YEAR_DAYS = 365.2425
STEP_DAYS = {"day": 1.0, "week": 7.0, "month": YEAR_DAYS / 12}


def plan_spans(plant: Plant, plan: Plan, first: date, last: date) -> list[Span]:
    """The plan's periods that lie wholly within the days first to last, both included."""
    end = last + timedelta(days=1)
    end_ms = day_start_ms(end, plant.zone)
    spans = periods(plan.by, first, end, plant.zone)
    return [span for span in spans if span.end_ms <= end_ms]


def left_over(plant: Plant, plan: Plan, first: date, last: date) -> Message | None:
    """What is said of the days first to last that fill no whole period of the plan."""
    days = (last - first).days + 1
    spans = plan_spans(plant, plan, first, last)
    whole = sum(
        (local_date(span.end_ms, plant.zone) - local_date(span.start_ms, plant.zone)).days
        for span in spans
    )
    if whole == days:
        return None
    return Message(f"part-{plan.by}", {"days": days - whole, "all": days})


def observations(amounts: Amounts, resource: str, plan: Plan, spans: list[Span]) -> Observations:
    """Consumption of a resource and the plan's drivers over spans; what lacks is excluded."""
    plant, names = amounts.plant, (*plan.drivers, *plan.terms)
    steps = [step_of(plan, local_date(span.start_ms, plant.zone)) for span in spans]
    known = {name: amounts.totals(name, spans) for name in (resource, *plan.drivers)}
    return observe(
        steps,
        known[resource].values,
        X=_columns(names, lambda name: known[name].values, spans, plant.zone),
        names=names,
        excluded=_spread(known),
        missing="exclude",
        shapes=plan_shapes(plan),
        labels={step: span.label for step, span in zip(steps, spans, strict=True)},
    )


def _spread(known: dict[str, Totals]) -> dict[int, Reason]:
    """Rows that hold a share of a longer amount: one amount told many times is no evidence."""
    return {
        row: Message("never-observed", {"what": name})
        for name in reversed(known)
        for row, origin in enumerate(known[name].origins)
        if origin == "spread"
    }


def driver_values(amounts: Amounts, names: Sequence[str], spans: Sequence[Span]) -> Floats:
    """Drivers and terms (n, k) by name over spans; NaN where one is missing."""
    zone = amounts.plant.zone
    return _columns(names, lambda name: amounts.totals(name, spans).values, spans, zone)


def _columns(
    names: Sequence[str], values: Callable[[str], Floats], spans: Sequence[Span], zone: ZoneInfo
) -> Floats:
    columns = [_TERMS[name](spans, zone) if name in _TERMS else values(name) for name in names]
    return np.column_stack(columns) if columns else np.empty((len(spans), 0))


def plan_shapes(plan: Plan) -> dict[str, Shape]:
    """How the plan's drivers and terms enter that do not enter as they are."""
    return {**plan.change_point, **{term: term for term in plan.terms}}


def _weekday(spans: Sequence[Span], zone: ZoneInfo) -> Floats:
    """0 for Monday to 6."""
    return np.array([local_date(span.start_ms, zone).weekday() for span in spans], dtype=float)


def _season(spans: Sequence[Span], zone: ZoneInfo) -> Floats:
    """The phase of the year in the middle of each span, from 0 to 1."""
    first = np.array([local_date(span.start_ms, zone).toordinal() for span in spans], dtype=float)
    end = np.array([local_date(span.end_ms, zone).toordinal() for span in spans], dtype=float)
    phase: Floats = ((first + end) / 2 / YEAR_DAYS) % 1.0
    return phase


_TERMS = {"weekday": _weekday, "season": _season}


def cycle_of(plant: Plant, plan: Plan) -> Cycle:
    """When the conditions of a plan come again, and the drivers that stand on a temperature."""
    warm = (name for name in plan.drivers if "temperature" in dict(_dimension(plant, name)))
    return Cycle((plan.cycle or YEAR_DAYS) / STEP_DAYS[plan.by], frozenset(warm))


def _dimension(plant: Plant, name: str) -> Dimension:
    return parse_unit(plant.quantity_unit(name)).dimension


def step_of(plan: Plan, day: date) -> int:
    """The number of a period on one axis for all time."""
    if plan.by == "month":
        return 12 * day.year + day.month - 1
    return day.toordinal() // 7 if plan.by == "week" else day.toordinal()
