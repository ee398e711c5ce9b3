"""Consumption per unit of product and against the baseline, written back to the store.

So Grafana, or whoever reads the store, sees the numbers of the pages. Figures of a resource, by
`day` and `month` (and `week` where its plan goes by weeks); a row carries its period's start:

    actual              consumption [unit of the resource]
    specific            consumption per unit of the plant's one product
    baseline_specific   the same over the whole baseline
    expected, saving    of a reporting period in which something was made, from a locked plan alone
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import cast

import numpy as np

from collector.analysis.quality import Quality
from collector.claims.idle import Idle
from collector.claims.verify import Baseline, Verifier
from collector.ledger import Ledger
from collector.plans.locked import plan_state, reporting_start
from collector.plans.observations import plan_spans
from collector.store import PERFORMANCE, Samples, Series, Store
from collector.store.protocol import WITHOUT_VALUE, Codes, Floats, samples
from plant.calendar import Period, Span, day_start_ms, local_date, periods
from plant.description import Plan, Plant

Figures = dict[str, tuple[Floats, Codes]]


class Performance:
    """Keeps the performance rows of one plant in step with what they come from."""

    def __init__(self, plant: Plant, store: Store, *, ledger: Ledger) -> None:
        self.plant = plant
        self._store = store
        self._ledger = ledger
        self._verifier = Verifier(plant, store, ledger=ledger)
        self._amounts = self._verifier.amounts
        self._revision: tuple[int, int, int] | None = None
        # Of each plan, as long as nothing in its periods changes.
        self._baselines: dict[tuple[str, str | None], Baseline] = {}
        self._levels: dict[str, float] = {}
        self._idle = Idle(self._verifier)

    def update(self, changed_ms: int | None, now_ms: int) -> int:
        """Write the rows that changed; returns how many.

        changed_ms: from when on consumption was derived anew since the last call. The first call,
        and one after a plan was locked or amounts were imported, looks at all periods.
        """
        revision = self._ledger.revision(self.plant.id)
        if revision != self._revision:
            first = self._first_day(now_ms)
            self._forget(date.min)
        elif changed_ms is not None:
            first = local_date(changed_ms, self.plant.zone)
            self._forget(first)
        else:
            return 0
        first = min([first, *self._idle.turned(self._reporting(), now_ms)])
        end = local_date(now_ms, self.plant.zone) + timedelta(days=1)
        written = sum(
            self._update_resource(name, first, end=end, now_ms=now_ms)
            for name in self.plant.resources
        )
        self._revision = revision
        return written

    def _forget(self, changed: date) -> None:
        """What is known of plans whose periods reach to a day on which something changed."""
        self._idle.forget(changed)
        for name, plan in self.plant.plans.items():
            if plan.method == "backcast" or changed <= (plan.model_period or plan.baseline)[1]:
                self._levels.pop(name, None)
                for key in [key for key in self._baselines if key[0] == name]:
                    del self._baselines[key]

    def _first_day(self, now_ms: int) -> date:
        known = [plan.baseline[0] for plan in self.plant.plans.values()]
        known += [e.amount.first_day for e in self._ledger.amounts.standing(self.plant.id)]
        known.append(local_date(now_ms, self.plant.zone) - timedelta(days=400))
        return min(known)

    def _update_resource(self, resource: str, first: date, *, end: date, now_ms: int) -> int:
        plan_name = self._plan_of(resource)
        plan = self.plant.plans[plan_name] if plan_name else None
        written = 0
        for by in dict.fromkeys(("day", "month", plan.by if plan else "day")):
            begin = (
                first.replace(day=1) if by == "month" else first - timedelta(days=first.weekday())
            )
            spans = [
                s
                for s in periods(cast(Period, by), begin, end, self.plant.zone)
                if s.end_ms <= now_ms
            ]
            if spans:
                figures = self._figures(
                    resource, by, spans=spans, plan_name=plan_name, now_ms=now_ms
                )
                written += self._write(resource, by, spans=spans, figures=figures)
        return written

    def _plan_of(self, resource: str) -> str | None:
        plans = self.plant.plans.items()
        return next((name for name, plan in plans if (plan.resource or name) == resource), None)

    def _figures(
        self, resource: str, by: str, *, spans: list[Span], plan_name: str | None, now_ms: int
    ) -> Figures:
        used = self._amounts.totals(resource, spans)
        figures: Figures = {"actual": (used.values, used.quality)}
        product = self._product()
        if product is not None:
            made = self._amounts.totals(product, spans)
            worst = np.maximum(used.quality, made.quality)
            figures["specific"] = (_ratio(used.values, made.values), worst)
        if plan_name is not None:
            plan = self.plant.plans[plan_name]
            if product is not None:
                if plan_name not in self._levels:
                    level = self._baseline_specific(resource, product, plan=plan)
                    self._levels[plan_name] = level
                level = self._levels[plan_name]
                figures["baseline_specific"] = (np.full(len(spans), level), used.quality)
            expected = self._expected(plan_name, by, spans=spans, now_ms=now_ms)
            figures["expected"] = (expected, np.full(len(spans), Quality.estimated))
            figures["saving"] = (expected - used.values, used.quality)
        return figures

    def _product(self) -> str | None:
        """What consumption is divided by: the plant's product, if it has just one."""
        return next(iter(self.plant.products)) if len(self.plant.products) == 1 else None

    def _baseline_specific(self, resource: str, product: str, *, plan: Plan) -> float:
        """Over the periods of the baseline of which both are known."""
        spans = plan_spans(self.plant, plan, *plan.baseline)
        used = self._amounts.totals(resource, spans).values
        made = self._amounts.totals(product, spans).values
        known = ~np.isnan(used + made)
        return float(_ratio(used[known].sum(), made[known].sum()))

    def _expected(self, plan_name: str, by: str, *, spans: list[Span], now_ms: int) -> Floats:
        """What the baseline says of periods of the reporting period; NaN without a lock."""
        nothing = np.full(len(spans), np.nan)
        plan = self.plant.plans[plan_name]
        if plan_state(self.plant, plan_name, self._ledger).state != "locked":
            return nothing
        reporting_ms = day_start_ms(reporting_start(self.plant, plan_name), self.plant.zone)
        is_late = np.array([span.start_ms >= reporting_ms for span in spans])
        if not is_late.any():
            return nothing
        if by == plan.by:
            return self._by_steps(plan_name, spans, now_ms)
        if (plan.by, by) != ("day", "month"):
            return nothing
        zone = self.plant.zone
        start, end = local_date(spans[0].start_ms, zone), local_date(spans[-1].end_ms, zone)
        days = periods("day", start, end, zone)
        by_day = self._by_steps(plan_name, days, now_ms)
        month = (
            np.searchsorted([s.start_ms for s in spans], [d.start_ms for d in days], "right") - 1
        )
        return np.where(is_late, np.bincount(month, by_day, len(spans)), np.nan)

    def _by_steps(self, plan_name: str, spans: list[Span], now_ms: int) -> Floats:
        """What is expected of the plan's own periods; a backcast looks at the claim last begun."""
        expected = np.full(len(spans), np.nan)
        begun = self._begun(plan_name)
        starts = [day_start_ms(first, self.plant.zone) for first, _ in begun]
        which = np.searchsorted(starts, [span.start_ms for span in spans], "right") - 1
        for at, (_, claim) in enumerate(begun):
            key = plan_name, claim
            if (places := np.flatnonzero(which == at)).size and key not in self._idle:
                if key not in self._baselines:
                    self._baselines[key] = self._verifier.baseline(plan_name, now_ms, claim)
                told = [spans[place] for place in places.tolist()]
                expected[places] = self._baselines[key].expect(self._amounts, told)
        return expected

    def _reporting(self) -> dict[tuple[str, str | None], date]:
        """The first day of the reporting period of each plan, of a backcast's claims each."""
        return {
            (plan, claim): since for plan in self.plant.plans for since, claim in self._begun(plan)
        }

    def _begun(self, plan_name: str) -> list[tuple[date, str | None]]:
        """From which day on which claim's model holds; one model for all but backcasts."""
        if self.plant.plans[plan_name].method != "backcast":
            return [(reporting_start(self.plant, plan_name), None)]
        claims = self.plant.claims.items()
        own = [(one.since, name) for name, one in claims if self.plant.plan_of(one) == plan_name]
        return [*sorted(own)]

    def _write(
        self,
        resource: str,
        by: str,
        *,
        spans: list[Span],
        figures: Figures,
    ) -> int:
        times = np.array([span.start_ms for span in spans], dtype=np.int64)
        rows: dict[Series, Samples] = {}
        for figure, (values, quality) in figures.items():
            series = Series(PERFORMANCE, self.plant.id, (resource, by, figure))
            codes = np.where(np.isnan(values), np.int8(Quality.withdrawn), quality).astype(np.int8)
            stood = self._store.read(series, int(times[0]), end_ms=int(times[-1]) + 1)
            new = _changed(stood, samples(times, values, quality=codes))
            if len(new):
                rows[series] = new
        if rows:
            self._store.write(rows)
        return sum(len(new) for new in rows.values())


def _ratio(used: Floats, made: Floats) -> Floats:
    """Per unit of product; NaN where nothing was made."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Floats = np.where(made > 0, used / made, np.nan)
    return ratio


def _changed(stood: Samples, rows: Samples) -> Samples:
    """Rows that differ from those that stood; one without a value only over another."""
    old = {
        time_ms: (value, code)
        for time_ms, value, code in zip(*_lists(stood), strict=True)
        if code not in WITHOUT_VALUE
    }
    new = [
        (time_ms, value, code)
        for time_ms, value, code in zip(*_lists(rows), strict=True)
        if (time_ms in old if code in WITHOUT_VALUE else old.get(time_ms) != (value, code))
    ]
    times, values, codes = zip(*new, strict=True) if new else ((), (), ())
    return samples(times, values, quality=codes)


def _lists(rows: Samples) -> Iterable[list[float]]:
    return rows.times_ms.tolist(), rows.values.tolist(), rows.quality.tolist()
