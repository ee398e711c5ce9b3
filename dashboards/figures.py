"""What is computed of a resource: today and by month, for each unit of product."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from collector.analysis.quality import Quality
from collector.read import Amounts
from dashboards.freshness import Freshness
from dashboards.now import History, Month, Span, Today
from plant.calendar import Span as Stretch
from plant.calendar import day_start_ms, local_date, months
from plant.description import Plan, Plant

MONTHS = 15  # shown, the running one included
MOST_MONTHS = 36  # where the baseline lies further back


@dataclass(frozen=True, slots=True)
class Known:
    """An amount of a whole span, if it is known."""

    value: float | None
    estimated: bool


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
    """Amounts of one plant over today, months and the baseline; whole months are kept."""

    def __init__(self, plant: Plant, amounts: Amounts) -> None:
        self._plant = plant
        self._amounts = amounts
        self._kept: dict[tuple[str, int, int], Known] = {}
        self._freshness = Freshness()

    def mark(self) -> None:
        """Note that rows were derived anew."""
        self._freshness.mark()

    def product(self, resource: str) -> str | None:
        """What a resource's consumption is divided by."""
        name = main_plan(self._plant, resource)
        return main_product(self._plant, self._plant.plans[name] if name else None)

    def today(
        self, resource: str, time_ms: int, *, expected: Callable[[Stretch], float | None]
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
        wanted = _ratio(expected(span), output) if used.value is not None else None
        reference = baseline if wanted is None else wanted
        over = _ratio(specific, reference)
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
            reference=None if reference is None else "baseline" if wanted is None else "expected",
            reference_specific=reference,
            over_percent=None if over is None or wanted is None else 100 * (over - 1),
            is_abnormal=self._is_abnormal(over if wanted is not None else None),
        )

    def history(self, resource: str, time_ms: int) -> History:
        """Consumption per unit of product by month, with the baseline year's."""
        if self._freshness.is_due(time_ms):
            self._kept.clear()
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
        """Amounts of spans; what was read lately is not read again."""
        keys = [(quantity, span.start_ms, span.end_ms) for span in spans]
        unread = [span for key, span in zip(keys, spans, strict=True) if key not in self._kept]
        if unread:
            totals = self._amounts.totals(quantity, unread)
            for span, value, quality in zip(unread, totals.values, totals.quality, strict=True):
                known = Known(
                    None if math.isnan(value) else float(value), quality == Quality.estimated
                )
                self._kept[quantity, span.start_ms, span.end_ms] = known
        return [self._kept[key] for key in keys]

    def _specific_unit(self, resource: str, product: str | None) -> str | None:
        if product is None:
            return None
        return f"{self._plant.resource_unit(resource)}/{self._plant.products[product].unit}"

    def _is_abnormal(self, over: float | None) -> bool:
        limit = self._plant.alarms.over_expected
        return over is not None and limit is not None and over > 1 + limit / 100


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
