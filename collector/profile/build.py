"""How a profile comes to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from collector.analysis.intensity import per_unit, pooled
from collector.analysis.messages import Message
from collector.analysis.missing import listed
from collector.claims.senpi import UNIT as ENERGY_UNIT
from collector.claims.senpi import energy_per_unit
from collector.ledger import Ledger
from collector.profile.balances import balances
from collector.profile.parts import Ask, Column, Compared, Denominator, Profile
from collector.profile.quantities import Quantities, qualities
from collector.profile.recp import baseline_of, recp
from collector.profile.spans import spans_of
from collector.rates import co2e_rates, cost_rates
from collector.read import Amounts
from collector.statement import Tables
from collector.store import Store
from collector.store.protocol import Codes, Floats
from plant.calendar import Span
from plant.description import Plant
from plant.errors import UnitError, UsageError
from plant.units import ratio

ALL = "energy"  # what norms call all energy together


def profile(plant: Plant, store: Store, *, ledger: Ledger, ask: Ask, tables: Tables) -> Profile:
    """What a plant, or one area of it, took for each unit of product over a stretch of time."""
    _refuse_unknown(plant, ask)
    amounts = Amounts(plant, store, ledger=ledger)
    spans = spans_of(plant, ask.by, ask.first, ask.last, ledger=ledger)
    quantities = Quantities(amounts, ask.area)
    by = denominators(plant)
    made = {one.product: quantities.made(one.product, spans) for one in by}
    columns = tuple(
        _column(*values, made=made) for values in _values(quantities, spans, tables=tables)
    )
    reference = baseline_of(plant)
    return Profile(
        plant=plant.id,
        ask=ask,
        spans=tuple(spans),
        denominators=by,
        outputs={name: tuple(listed(values)) for name, values in made.items()},
        columns=columns,
        norms=() if ask.area else tuple(_compared(columns, by, tables)),
        baseline=reference,
        recp=() if ask.area else tuple(recp(quantities, by, ask, tables=tables)),
        balances=tuple(balances(quantities, spans, ask.area)),
        notes=tuple(_notes(by, reference)),
    )


def denominators(plant: Plant) -> tuple[Denominator, ...]:
    """What consumption is divided by: equivalents where the plant file states any."""
    equivalents = [name for name, product in plant.products.items() if product.weights]
    names = equivalents or list(plant.products)
    return tuple(
        Denominator(
            product=name,
            unit=plant.products[name].unit,
            weights=plant.products[name].weights,
            is_shared=len(names) > 1,
        )
        for name in names
    )


def _refuse_unknown(plant: Plant, ask: Ask) -> None:
    areas = sorted({meter.area for meter in plant.meters.values() if meter.area})
    if ask.area is not None and ask.area not in areas:
        known_ones = ", ".join(areas) or "none"
        raise UsageError(f"no meter is in the area {ask.area!r}; the plant has: {known_ones}")
    if ask.last < ask.first:
        raise UsageError(f"from {ask.first} to {ask.last}: let it end on or after its start")
    if not plant.products:
        raise UsageError("the plant file has no product to divide by; write [products.NAME]")


_Values = tuple[str, str, str, Floats, Codes]  # quantity, kind, unit, values, quality


def _values(quantities: Quantities, spans: Sequence[Span], *, tables: Tables) -> Iterator[_Values]:
    """Each resource, what it cost and emitted, its energy; then all energy together."""
    plant = quantities.plant
    total, worst = np.zeros(len(spans)), np.zeros(len(spans), dtype=np.int8)
    for name, described in plant.resources.items():
        values, codes = quantities.used(name, spans)
        yield name, "amount", plant.resource_unit(name), values, codes
        factor = tables.factors.get(described.co2e or "")
        for rates in (cost_rates(plant, name), co2e_rates(plant, name, factor)):
            if rates is not None:
                worth = quantities.valued(name, values, spans, by=rates)
                yield name, rates.kind, rates.unit, worth, codes
        energy = energy_per_unit(plant, name)
        if energy is not None:
            yield name, "energy", ENERGY_UNIT, values * energy, codes
            total, worst = total + values * energy, np.maximum(worst, codes)
    if any(energy_per_unit(plant, name) is not None for name in plant.resources):
        yield ALL, "energy", ENERGY_UNIT, total, worst


def _column(
    quantity: str,
    kind: str,
    unit: str,
    values: Floats,
    codes: Codes,
    *,
    made: Mapping[str, Floats],
) -> Column:
    sums = {name: pooled(values, output) for name, output in made.items()}
    is_known = np.isfinite(values)
    return Column(
        quantity=quantity,
        kind=kind,
        unit=unit,
        values=tuple(listed(values)),
        qualities=qualities(codes),
        specific={name: tuple(listed(per_unit(values, output))) for name, output in made.items()},
        total=float(values[is_known].sum()) if is_known.any() else None,
        total_specific={name: ratio_ for name, (ratio_, _) in sums.items()},
        periods_known={name: count for name, (_, count) in sums.items()},
    )


def _compared(
    columns: Sequence[Column], by: Sequence[Denominator], tables: Tables
) -> Iterator[Compared]:
    """Every norm of the sector, and the plant's own figure where the units allow it."""
    if tables.sector is None:
        return
    for norm in tables.sector.norms:
        wanted = "energy" if norm.quantity == ALL else "amount"
        found = [c for c in columns if c.quantity == norm.quantity and c.kind == wanted]
        for one in by:
            own = found[0].total_specific[one.product] if found else None
            if own is not None:
                own = _converted(own, f"{found[0].unit}/{one.unit}", norm.unit)
            yield Compared(norm.quantity, norm, own, one.product)


def _converted(value: float, unit: str, to: str) -> float | None:
    try:
        return value * float(ratio(unit, to))
    except UnitError:
        return None


def _notes(by: Sequence[Denominator], baseline: object) -> Iterator[Message]:
    for one in by:
        if one.weights:
            weighed = ", ".join(f"{weight:g} x {name}" for name, weight in one.weights.items())
            counted = {"product": one.product, "unit": one.unit, "weighed": weighed}
            yield Message("profile-weights", counted)
    if any(one.is_shared for one in by):
        yield Message("profile-shared", {})
    if baseline is None:
        yield Message("profile-no-baseline", {})
