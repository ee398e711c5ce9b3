"""Balances: a meter against its sub-meters, and water in against where it goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from collector.analysis.intensity import remainder
from collector.profile.parts import Balance
from collector.profile.quantities import Quantities, kind_of
from collector.store.protocol import Floats
from plant.calendar import Span
from plant.units import fits, ratio
from plant.water import Estimate

WATER_UNIT = "m3"
STANDS_FOR = {"evaporated": "evaporation", "out": "product-water"}  # an estimate, for a driver
LEAVING = ("product-water", "evaporation")  # drivers that say where water goes beside discharge


def balances(quantities: Quantities, spans: Sequence[Span], area: str | None) -> Iterator[Balance]:
    """Every meter that has sub-meters; and the plant's water."""
    if not spans:
        return
    plant = quantities.plant
    for name, meter in plant.meters.items():
        if area is not None and meter.area != area:
            continue
        below = [
            sub
            for sub, described in plant.meters.items()
            if described.within == name and described.resource == meter.resource
        ]
        whole = quantities.by_meter(name, spans) if below and meter.resource else None
        parts = [
            (sub, values)
            for sub in below
            if (values := quantities.by_meter(sub, spans)) is not None
        ]
        if whole is not None and meter.resource and parts:
            found = remainder(whole, np.column_stack([values for _, values in parts]))
            unit = plant.resource_unit(meter.resource)
            yield Balance("meters", name, unit, tuple(sub for sub, _ in parts), (), found)
    if area is None:
        yield from _water(quantities, spans)


def _water(quantities: Quantities, spans: Sequence[Span]) -> Iterator[Balance]:
    """Water in against discharge, product and evaporation; what is not known is unexplained."""
    plant = quantities.plant
    kinds = {name: kind_of(plant, name) for name in plant.resources}
    into = [name for name, kind in kinds.items() if kind == "water"]
    out = [name for name, kind in kinds.items() if kind == "wastewater"]
    named = [n for n in LEAVING if n in plant.drivers and fits(plant.quantity_unit(n), WATER_UNIT)]
    estimates = {name: _estimated(quantities, one, spans) for name, one in plant.estimates.items()}
    entering = [name for name, one in plant.estimates.items() if one.flow == "in"]
    leaving = [name for name in estimates if name not in entering]
    if not into or not (out or named or leaving):
        return
    whole = np.sum(
        [*(_volume(quantities, n, spans) for n in into), *(estimates[n] for n in entering)], axis=0
    )
    parts = [(name, _volume(quantities, name, spans)) for name in (*out, *named)]
    parts += [(name, estimates[name]) for name in leaving]
    known = [(name, values) for name, values in parts if np.isfinite(values).any()]
    told = {STANDS_FOR[plant.estimates[name].flow] for name in leaving}
    unknown = (
        *(name for name, values in parts if not np.isfinite(values).any()),
        *(name for name in LEAVING if name not in named and name not in told),
    )
    columns = np.column_stack([values for _, values in known] or [np.empty((len(spans), 0))])
    names = tuple(name for name, _ in known)
    yield Balance("water", "water", WATER_UNIT, names, unknown, remainder(whole, columns))


def _estimated(quantities: Quantities, estimate: Estimate, spans: Sequence[Span]) -> Floats:
    """What the plant file says of water that no meter sees."""
    plant, per = quantities.plant, estimate.per
    known = (
        quantities.used(per, spans)[0] if per in plant.resources else quantities.made(per, spans)
    )
    volume: Floats = known * estimate.amount.to(f"{WATER_UNIT}/{plant.quantity_unit(per)}")
    return volume


def _volume(quantities: Quantities, name: str, spans: Sequence[Span]) -> Floats:
    plant = quantities.plant
    values = (
        quantities.used(name, spans)[0] if name in plant.resources else quantities.made(name, spans)
    )
    volume: Floats = values * float(ratio(plant.quantity_unit(name), WATER_UNIT))
    return volume
