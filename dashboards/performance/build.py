"""The result of the page Performance, from plan, store and ledger."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from collector.analysis.quality import Quality
from collector.claims.verify import NOTHING_MADE, Baseline
from collector.plans.observations import plan_spans
from collector.store.protocol import Floats
from dashboards.expecting import expecting, in_both
from dashboards.figures import main_plan
from dashboards.now import Span as Stretch
from dashboards.paging import Ask
from dashboards.performance.fitted import baseline_line, expectation
from dashboards.performance.happenings import happenings
from dashboards.performance.result import Performance, Point, Sum
from dashboards.performance.sums import accumulate, levels, sum_of
from dashboards.records import Records
from dashboards.worth import Scale
from plant.calendar import Span, local_date
from plant.description import Plan, Plant

MOST_DAYS = 1100
RECENT = {"day": 7, "week": 4, "month": 3}


def build(records: Records, ask: Ask, time_ms: int) -> Performance:
    """The page of the resource asked for, else of the first that has a plan."""
    plant = records.plant
    planned = [name for name in plant.resources if main_plan(plant, name)]
    others = [name for name in plant.resources if name not in planned]
    order = [*planned, *others]
    subject = records.subject(ask.resource, order)
    by_plan = expecting(records, subject.resource, time_ms, claim=ask.claim)
    plan_name, baseline = by_plan.name, by_plan.baseline
    plan = by_plan.plan or _no_plan(plant, time_ms)
    spans = [span for span in _spans(plant, plan, time_ms) if span.end_ms <= time_ms]
    product = records.product_of(subject.resource)
    driver = _main_driver(plan, product, baseline)
    points = _points(records, subject.resource, spans, product=product, driver=driver)
    scale = Scale(plant, subject.resource, ask.unit)
    used = [math.nan if p.consumption is None else p.consumption for p in points]
    rates = scale.of(spans, used, read=lambda of: _parts(records, subject.resource, of))
    points = [
        p.model_copy(update={"part": by_plan.part(p.day), "rate": _known(rate)})
        for p, rate in zip(points, rates, strict=True)
    ]
    is_idle = by_plan.is_idle(records.verifier, time_ms)
    model = None
    if baseline is not None and baseline.model is not None:
        wanted = [by_plan.allows(p.day) and not (is_idle and p.part == "reporting") for p in points]
        points = expectation(records.amounts, baseline, wanted, spans=spans, points=points)
        points = accumulate(points)
        model = baseline_line(baseline, driver=driver)
    start_ms = spans[0].start_ms if spans else time_ms
    end_ms = spans[-1].end_ms if spans else time_ms
    return Performance(
        plant=records.head,
        time_ms=time_ms,
        span=Stretch(start_ms=start_ms, end_ms=end_ms),
        resource=subject,
        resources=[records.subjects[name] for name in order],
        by=plan.by,
        plan_name=plan_name,
        plan=by_plan.shown,
        method=plan.method,
        why_not=in_both(NOTHING_MADE) if is_idle else by_plan.why_not,
        baseline=plan.baseline if plan_name else None,
        reporting_since=by_plan.since,
        product=product,
        product_name=(plant.products[product].name or product) if product else None,
        unit=ask.unit,
        measure=scale.measure,
        specific_unit=f"{scale.unit}/{plant.products[product].unit}" if product else None,
        driver=driver,
        driver_name=_called(plant, driver),
        driver_unit=plant.quantity_unit(driver) if driver else None,
        model=model,
        points=points,
        levels=levels(points, baseline.model if baseline else None, plan=plan),
        recent=_recent(points, spans, plan.by),
        reporting=_reporting(points, spans),
        happenings=happenings(records, subject.resource, start_ms, end_ms=time_ms),
        claims=[name for name, claim in plant.claims.items() if claim.resource == subject.resource],
        by_claims=list(by_plan.claims),
        by_claim=by_plan.claim,
    )


def _no_plan(plant: Plant, time_ms: int) -> Plan:
    """Days of the last year, for a resource that nobody made a plan of."""
    today = local_date(time_ms, plant.zone)
    return Plan(baseline=(today - timedelta(days=400), today - timedelta(days=1)))


def _spans(plant: Plant, plan: Plan, time_ms: int) -> list[Span]:
    today = local_date(time_ms, plant.zone)
    first = max(plan.baseline[0], today - timedelta(days=MOST_DAYS))
    return plan_spans(plant, plan, min(first, today), today)


def _main_driver(plan: Plan, product: str | None, baseline: Baseline | None) -> str | None:
    """What consumption is drawn against: a driver of the model, the product before others."""
    used = baseline.model.fit.drivers if baseline and baseline.model else ()
    named = [driver for driver in (*used, *plan.drivers) if driver not in plan.terms]
    if product is not None and (product in named or not named):
        return product
    return named[0] if named else None


def _parts(records: Records, quantity: str, spans: Sequence[Span]) -> Floats:
    return records.amounts.parts(quantity, spans).values


def _points(
    records: Records,
    resource: str,
    spans: list[Span],
    *,
    product: str | None,
    driver: str | None,
) -> list[Point]:
    used = records.amounts.totals(resource, spans)
    nothing = np.full(len(spans), np.nan)
    made = records.amounts.totals(product, spans).values if product else nothing
    seen = made if driver == product else nothing
    if driver is not None and driver != product:
        seen = records.amounts.totals(driver, spans).values
    zone = records.plant.zone
    return [
        Point(
            day=local_date(span.start_ms, zone),
            part="between",
            consumption=_known(used.values[i]),
            driver=_known(seen[i]),
            output=_known(made[i]),
            specific=_known(used.values[i] / made[i]) if made[i] > 0 else None,
            estimated=bool(used.quality[i] in (Quality.estimated, Quality.integrated)),
        )
        for i, span in enumerate(spans)
    ]


def _recent(points: list[Point], spans: list[Span], by: str) -> Sum | None:
    """The last week or so, as far as it lies in the reporting period."""
    count = RECENT[by]
    late = [i for i in range(len(points))[-count:] if points[i].part == "reporting"]
    return sum_of([points[i] for i in late], [spans[i] for i in late])


def _reporting(points: list[Point], spans: list[Span]) -> Sum | None:
    late = [i for i, point in enumerate(points) if point.part == "reporting"]
    return sum_of([points[i] for i in late], [spans[i] for i in late])


def _called(plant: Plant, quantity: str | None) -> str | None:
    if quantity is None:
        return None
    described = plant.products.get(quantity) or plant.drivers.get(quantity)
    return (described.name if described else None) or quantity


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
