"""What is computed of a resource: today and by month, for each unit of product."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from collector.analysis.missing import listed
from collector.analysis.quality import Quality
from collector.read import Amounts
from dashboards.now import History, Month, Span, Today
from plant.calendar import Span as Stretch
from plant.calendar import day_start_ms, local_date, months
from plant.description import Plan, Plant

MONTHS = 15  # shown, the running one included
MOST_MONTHS = 36  # where the baseline lies further back


class Known(NamedTuple):
    """An amount of a whole span, if it is known."""

    value: float | None
    estimated: bool


class Wanted(NamedTuple):
    """What a plan expects of a span, and half the width of the interval of it."""

    value: float
    half: float


def main_plan(plant: Plant, resource: str) -> str | None:
    """The plan of a resource; the first when there are several."""
    return next((n for n, plan in plant.plans.items() if (plan.resource or n) == resource), None)


def main_product(plant: Plant, plan: Plan | None) -> str | None:
    """The product that consumption is divided by: the plan's, else the plant's only one."""
    drivers = plan.drivers if plan else ()
    named = [driver for driver in drivers if driver in plant.products]
    products = named or list(plant.products)
    return products[0] if len(products) == 1 else None


def baseline_period(plant: Plant, resource: str) -> tuple[date, date] | None:
    """The baseline of a resource's plan, else the one that all plans of the plant share."""
    name = main_plan(plant, resource)
    if name is not None:
        return plant.plans[name].baseline
    periods = {plan.baseline for plan in plant.plans.values()}
    return periods.pop() if len(periods) == 1 else None


class Figures:
    """Amounts of one plant over today, months and the baseline."""

    def __init__(self, amounts: Amounts) -> None:
        self._plant = amounts.plant
        self._amounts = amounts

    def product(self, resource: str) -> str | None:
        """What a resource's consumption is divided by."""
        name = main_plan(self._plant, resource)
        return main_product(self._plant, self._plant.plans[name] if name else None)

    def today(
        self, resource: str, time_ms: int, *, expected: Callable[[Stretch], Wanted | None]
    ) -> Today:
        """Consumption since the plant's midnight, to the last readings.

        expected: what a locked plan expects of the span so far, None without one.
        """
        plant, product = self._plant, self.product(resource)
        day = local_date(time_ms, plant.zone)
        span = Stretch(day_start_ms(day, plant.zone), time_ms, "")
        used = self._amounts.so_far(resource, span)
        made = self._amounts.so_far(product, span) if product else None
        output = made.value if made else None
        specific = _ratio(used.value, output)
        unit = self._specific_unit(resource, product)
        baseline = self.baseline(resource)[1]
        wanted = expected(span) if used.value is not None else None
        expected_specific = _ratio(wanted.value, output) if wanted else None
        reference = baseline if expected_specific is None else expected_specific
        over = _ratio(specific, expected_specific)
        return Today(
            span=Span(start_ms=span.start_ms, end_ms=max(used.until_ms or 0, span.start_ms)),
            amount=used.value,
            unit=plant.resource_unit(resource),
            estimated=used.quality == Quality.estimated,
            product=(plant.products[product].name or product) if product else None,
            output=output,
            output_unit=plant.products[product].unit if product else None,
            specific=specific,
            specific_unit=unit,
            reference=None
            if reference is None
            else "baseline"
            if expected_specific is None
            else "expected",
            reference_specific=reference,
            over_percent=None if over is None else 100 * (over - 1),
            is_abnormal=wanted is not None and self._is_over(used.value, wanted),
        )

    def history(self, resource: str, time_ms: int) -> History:
        """Consumption per unit of product by month, with the baseline year's."""
        plant, product = self._plant, self.product(resource)
        period, specific = self.baseline(resource)
        today = local_date(time_ms, plant.zone)
        spans = self._month_spans(today, period)
        used = self._known(resource, spans)
        made = self._known(product, spans) if product else [Known(None, False)] * len(spans)
        found = [
            Month(
                first=local_date(span.start_ms, plant.zone),
                span=Span(start_ms=span.start_ms, end_ms=span.end_ms),
                amount=use.value,
                output=out.value,
                specific=_ratio(use.value, out.value),
                is_baseline=_covers(period, span, plant),
                is_whole=local_date(span.end_ms, plant.zone).day == 1,
                estimated=use.estimated or out.estimated,
            )
            for span, use, out in zip(spans, used, made, strict=True)
        ]
        first = next((i for i, month in enumerate(found) if month.amount is not None), len(found))
        return History(
            unit=self._specific_unit(resource, product),
            months=found[first:],
            baseline=period,
            baseline_specific=specific,
        )

    def baseline(self, resource: str) -> tuple[tuple[date, date] | None, float | None]:
        """The days of the baseline, both included, and its consumption per unit of product."""
        period, product = baseline_period(self._plant, resource), self.product(resource)
        if period is None or product is None:
            return period, None
        first, last = period
        zone = self._plant.zone
        end = last + timedelta(days=1)
        whole = Stretch(day_start_ms(first, zone), day_start_ms(end, zone), "")
        (used,), (made,) = self._known(resource, [whole]), self._known(product, [whole])
        return (first, last), _ratio(used.value, made.value)

    def _month_spans(self, today: date, period: tuple[date, date] | None) -> list[Stretch]:
        """Whole months, and the running one as far as its days are over."""
        earliest = _months_before(today, MONTHS - 1)
        if period is not None:
            earliest = max(
                min(earliest, period[0].replace(day=1)), _months_before(today, MOST_MONTHS)
            )
        running = today.replace(day=1)
        zone = self._plant.zone
        spans = list(months(earliest, running, zone))
        if today > running:
            now = day_start_ms(today, zone)
            spans.append(Stretch(day_start_ms(running, zone), now, f"{running:%Y-%m}"))
        return spans

    def _known(self, quantity: str, spans: Sequence[Stretch]) -> list[Known]:
        totals = self._amounts.totals(quantity, spans)
        return [
            Known(value, quality == Quality.estimated)
            for value, quality in zip(listed(totals.values), totals.quality, strict=True)
        ]

    def _specific_unit(self, resource: str, product: str | None) -> str | None:
        if product is None:
            return None
        return f"{self._plant.resource_unit(resource)}/{self._plant.products[product].unit}"

    def _is_over(self, used: float | None, wanted: Wanted) -> bool:
        limit = self._plant.alarms.over_expected
        return used is not None and is_over(used, wanted, limit_percent=limit)


def is_over(used: float, wanted: Wanted, *, limit_percent: float | None) -> bool:
    """Whether consumption is beyond the plant's limit, and beyond what the model may be wrong by.

    The less of a period there is to judge, the more the second says.
    """
    if limit_percent is None or wanted.value <= 0:
        return False
    over = used - wanted.value
    return over > wanted.value * limit_percent / 100 and over > wanted.half


def _ratio(value: float | None, by: float | None) -> float | None:
    return None if value is None or by is None or by <= 0 else value / by


def _covers(period: tuple[date, date] | None, span: Stretch, plant: Plant) -> bool:
    if period is None:
        return False
    first, end = local_date(span.start_ms, plant.zone), local_date(span.end_ms, plant.zone)
    return period[0] <= first and end <= period[1] + timedelta(days=1)


def _months_before(day: date, count: int) -> date:
    index = day.year * 12 + day.month - 1 - count
    return date(index // 12, index % 12 + 1, 1)
