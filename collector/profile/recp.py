"""The UNIDO RECP profile: output per resource, pollution per output, against the baseline year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import numpy as np

from collector.analysis.intensity import change_percent, pooled
from collector.claims.senpi import UNIT as ENERGY_UNIT
from collector.claims.senpi import energy_per_unit
from collector.profile.parts import Ask, Change, Denominator
from collector.profile.quantities import Kind, Quantities, kind_of
from collector.rates import co2e_rates
from collector.statement import Tables
from collector.store.protocol import Floats
from plant.calendar import Span, months
from plant.calendar import days as days_of
from plant.description import Plant
from plant.factors import EMITTED

POLLUTION: tuple[Kind, ...] = ("wastewater", "waste")
UNCHANGED = 1e-9  # [%]


def baseline_of(plant: Plant) -> tuple[date, date] | None:
    """The baseline of the first plan: its first and last day."""
    return next((plan.baseline for plan in plant.plans.values()), None)


def recp(
    quantities: Quantities, by: Sequence[Denominator], ask: Ask, *, tables: Tables
) -> Iterator[Change]:
    """Productivity of each resource and intensity of each pollution, then and now."""
    reference = baseline_of(quantities.plant)
    if reference is None:
        return
    stretches = [_months(quantities.plant, *days) for days in (reference, (ask.first, ask.last))]
    series = [dict(_amounts(quantities, spans, tables=tables)) for spans in stretches]
    for one in by:
        made = [quantities.made(one.product, spans) for spans in stretches]
        for what, quantity, unit in series[0]:
            key = (what, quantity, unit)
            sums = [pooled(at[key], output)[0] for at, output in zip(series, made, strict=True)]
            yield _change(what, quantity, unit, one=one, sums=sums)


def _change(
    what: str, quantity: str, unit: str, *, one: Denominator, sums: Sequence[float | None]
) -> Change:
    is_pollution = what in (*POLLUTION, "co2e")
    then, now = sums if is_pollution else [1 / value if value else None for value in sums]
    change = change_percent(then, now)
    better = None
    if change is not None and abs(change) > UNCHANGED:
        better = (change < 0) == is_pollution
    return Change(
        kind="intensity" if is_pollution else "productivity",
        what=what,
        quantity=quantity,
        unit=f"{unit}/{one.unit}" if is_pollution else f"{one.unit}/{unit}",
        product=one.product,
        baseline=then,
        now=now,
        change_percent=change,
        is_better=better,
    )


def _amounts(
    quantities: Quantities, spans: Sequence[Span], *, tables: Tables
) -> Iterator[tuple[tuple[str, str, str], Floats]]:
    """(what, quantity, unit) and its amounts: all energy and all CO2e in sum, the rest each."""
    plant = quantities.plant
    energy: list[Floats] = []
    emitted: list[Floats] = []
    for name, described in plant.resources.items():
        values, _ = quantities.used(name, spans)
        kind = kind_of(plant, name)
        if kind == "energy":
            energy.append(values * (energy_per_unit(plant, name) or 0.0))
        elif kind != "other":
            yield (kind, name, plant.resource_unit(name)), values
        rates = co2e_rates(plant, name, tables.factors.get(described.co2e or ""))
        if rates is not None and not rates.biogenic:
            emitted.append(quantities.valued(name, values, spans, by=rates))
    if energy:
        yield ("energy", "energy", ENERGY_UNIT), np.sum(energy, axis=0)
    if emitted:
        yield ("co2e", "co2e", EMITTED), np.sum(emitted, axis=0)


def _months(plant: Plant, first: date, last: date) -> list[Span]:
    """A stretch in months, the days that fill none apart: a hole costs a month, not all."""
    end = last + timedelta(days=1)
    whole = list(months(first, end, plant.zone))
    every = list(days_of(first, end, plant.zone))
    inside = [s for s in whole if s.end_ms <= every[-1].end_ms]
    covered = [(s.start_ms, s.end_ms) for s in inside]
    rest = [d for d in every if not any(a <= d.start_ms < b for a, b in covered)]
    return sorted([*inside, *rest])
