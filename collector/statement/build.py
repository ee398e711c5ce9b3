"""How a statement comes to be: the verifier's claims, and beside each what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from collector.analysis.missing import listed
from collector.analysis.quality import Quality
from collector.analysis.results import VerifiedClaim
from collector.claims.verify import Verifier
from collector.deriving.sources import Source
from collector.ledger import Ledger
from collector.plans.observations import plan_spans
from collector.read import Amounts
from collector.statement.parts import (
    ClaimStatement,
    Coverage,
    Day,
    MeterStatement,
    Specific,
    Statement,
)
from collector.statement.row import Part, Row
from collector.statement.rows import rows_of
from collector.statement.tables import Tables, shipped
from collector.statement.worth import Worth, co2e, cost
from collector.store import Store
from collector.store.protocol import Floats
from plant.calendar import SLOT_MS, Span, day_start_ms, days, local_date
from plant.description import Plan, Plant


def as_of(plant: Plant, now_ms: int) -> int:
    """The instant that a statement speaks of: the end of the last claim, else the last midnight.

    So the same data give the same statement, whenever it is made on a day.
    """
    ends = [
        day_start_ms(claim.last_day + timedelta(days=1), plant.zone)
        for claim in plant.claims.values()
    ]
    midnight = day_start_ms(local_date(now_ms, plant.zone), plant.zone)
    return min(midnight, max(ends, default=midnight))


def state(
    plant: Plant, store: Store, *, ledger: Ledger, as_of_ms: int, tables: Tables | None = None
) -> Statement:
    """Everything that is known of the claims at an instant; tables default to those shipped."""
    verifier = Verifier(plant, store, ledger=ledger)
    builder = _Builder(verifier, store, tables or shipped(plant), as_of_ms)
    claims = tuple(builder.claim(name) for name in plant.claims)
    return Statement(
        plant=plant,
        as_of_ms=as_of_ms,
        claims=claims,
        meters=builder.meters(),
        entries=tuple(
            entry
            for quantity in quantities(plant)
            for entry in ledger.amounts.history(plant.id, quantity)
        ),
        adjustments=tuple(ledger.adjustments.history(plant.id)),
    )


def quantities(plant: Plant) -> list[str]:
    """Every resource, product and driver that a plan speaks of, in order."""
    found: dict[str, None] = {}
    for name, plan in plant.plans.items():
        product = product_of(plant, plan)
        of_plan = (plan.resource or name, *plan.drivers, *([product] if product else []))
        found |= dict.fromkeys(one for quantity in of_plan for one in plant.measured(quantity))
    return list(found)


def measured(plant: Plant, resource: str, plan: Plan) -> list[str]:
    """What must be metered or imported for a plan's resource and drivers to be known."""
    wanted = (resource, *plan.drivers)
    return list(dict.fromkeys(one for name in wanted for one in plant.measured(name)))


def product_of(plant: Plant, plan: Plan) -> str | None:
    """What consumption is divided by: the plan's one product, else the plant's only one."""
    named = [driver for driver in plan.drivers if driver in plant.products]
    products = named or list(plant.products)
    return products[0] if len(products) == 1 else None


def window(plant: Plant, as_of_ms: int) -> Span | None:
    """From the first day of a baseline to the end of the last claim; None without a plan."""
    if not plant.plans:
        return None
    first = min(
        plan.baseline[0] - timedelta(days=max(map(plant.days_back, plan.drivers), default=0))
        for plan in plant.plans.values()
    )
    last = max(
        [plan.baseline[1] for plan in plant.plans.values()]
        + [claim.last_day for claim in plant.claims.values()]
    )
    start_ms = day_start_ms(first, plant.zone)
    end_ms = min(day_start_ms(last + timedelta(days=1), plant.zone), as_of_ms)
    return Span(start_ms, end_ms, "") if end_ms > start_ms else None


class _Builder:
    """Builds the parts of one plant's statement."""

    def __init__(self, verifier: Verifier, store: Store, tables: Tables, as_of_ms: int) -> None:
        self._verifier = verifier
        self._amounts: Amounts = verifier.amounts
        self._plant = verifier.plant
        self._store = store
        self._tables = tables
        self._as_of_ms = as_of_ms

    def claim(self, name: str) -> ClaimStatement:
        """One claim with its rows, meters, specific consumption and worth."""
        verified = self._verifier.claim(name, self._as_of_ms)
        plan_name = self._plant.plan_of(self._plant.claims[name])
        if plan_name is None:
            return ClaimStatement(verified, None, None, None, (), (), None, (), ())
        plan = self._plant.plans[plan_name]
        rows = self._rows(name, plan, verified)
        return ClaimStatement(
            verified=verified,
            plan_name=plan_name,
            plan=plan,
            state=self._verifier.state(plan_name),
            rows=rows,
            meters=tuple(
                source.meter
                for quantity in measured(self._plant, verified.resource, plan)
                for source in self._amounts.metered.sources(quantity)
            ),
            specific=self._specific(verified.resource, plan, rows),
            norms=self._tables.norms(verified.resource, verified.unit),
            worth=self._worth(verified, rows),
        )

    def meters(self) -> dict[str, MeterStatement]:
        """Every meter that a plan rests on."""
        over = window(self._plant, self._as_of_ms)
        if over is None:
            return {}
        metered = self._amounts.metered
        found = [one for name in quantities(self._plant) for one in metered.sources(name)]
        return {one.meter: self._meter(one, over) for one in found}

    def _meter(self, source: Source, over: Span) -> MeterStatement:
        zone = self._plant.zone
        end = local_date(over.end_ms, zone)
        spans = list(days(local_date(over.start_ms, zone), end, zone))
        values, quality = self._amounts.metered.consumption_of(source, spans)
        return MeterStatement(
            name=source.meter,
            meter=self._plant.meters[source.meter],
            quantity=source.quantity,
            point=source.series.tags[1],
            unit=self._plant.quantity_unit(source.quantity),
            coverage=self._coverage(source, over),
            days=tuple(
                Day(span.label, value, Quality(int(code)).name)
                for span, value, code in zip(spans, listed(values), quality, strict=True)
            ),
        )

    def _coverage(self, source: Source, over: Span) -> Coverage:
        rows = self._store.read(source.intervals, over.start_ms, end_ms=over.end_ms)
        counts = np.bincount(rows.quality[~np.isnan(rows.values)], minlength=3)
        measured, estimated, integrated = (int(count) for count in counts[:3])
        slots = (over.end_ms - over.start_ms) // SLOT_MS
        missing = slots - measured - estimated - integrated
        return Coverage(measured, estimated, integrated, missing)

    def _rows(self, name: str, plan: Plan, verified: VerifiedClaim) -> tuple[Row, ...]:
        claim = self._plant.claims[name]
        before = plan_spans(self._plant, plan, *plan.baseline)
        since = plan_spans(self._plant, plan, claim.since, claim.last_day)
        ended = [span for span in since if span.end_ms <= self._as_of_ms]
        between = plan.model_period and plan_spans(self._plant, plan, *plan.model_period)
        parts: list[tuple[Part, list[Span]]] = [
            ("baseline", before), ("middle", between or []), ("reporting", ended)
        ]  # fmt: skip
        return tuple(
            row
            for part, spans in parts
            for row in rows_of(
                self._amounts, claim.resource, plan, spans, part=part, outcome=verified.outcome
            )
        )

    def _specific(self, resource: str, plan: Plan, rows: Sequence[Row]) -> Specific | None:
        product = product_of(self._plant, plan)
        if product is None:
            return None
        unit = f"{self._plant.resource_unit(resource)}/{self._plant.quantity_unit(product)}"
        parts = [self._ratio(product, rows, part) for part in ("baseline", "reporting")]
        return Specific(product, unit, *parts)

    def _ratio(self, product: str, rows: Sequence[Row], part: str) -> float | None:
        used = [row for row in rows if row.part == part and row.is_used]
        spans = [
            Span(
                day_start_ms(row.first, self._plant.zone),
                day_start_ms(row.last + timedelta(days=1), self._plant.zone),
                row.label,
            )
            for row in used
        ]
        made = self._amounts.totals(product, spans).values
        amount = sum(row.actual for row in used if row.actual is not None)
        return amount / float(made.sum()) if used and made.sum() > 0 else None

    def _worth(self, verified: VerifiedClaim, rows: Sequence[Row]) -> tuple[Worth, ...]:
        saving = verified.outcome.saving
        if saving is None:
            return ()
        name = verified.resource
        reporting = [row for row in rows if row.part == "reporting"]
        factor = self._tables.factors.get(self._plant.resources[name].co2e or "")

        def read(spans: Sequence[Span]) -> Floats:
            return self._amounts.parts(name, spans).values

        found = (
            cost(self._plant, name, rows=reporting, saving=saving, read=read),
            co2e(self._plant, name, rows=reporting, saving=saving, read=read, factor=factor),
        )
        return tuple(one for one in found if one is not None)
