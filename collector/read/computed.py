"""Quantities that are computed from others: degree days, what was some days before, equivalents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

import numpy as np

from collector.store.protocol import Codes, Floats
from plant.calendar import Span, day_start_ms, days, local_date
from plant.description import Plant
from plant.plans import Driver

Origin = Literal["metered", "imported", "both", "spread", "none"]


class Totals(NamedTuple):
    """Amounts of spans (n,) [unit of the quantity], NaN where missing, and where they are from."""

    values: Floats
    quality: Codes
    origins: list[Origin]


Read = Callable[[str, Sequence[Span]], Totals]


def computed(plant: Plant, quantity: str, spans: Sequence[Span], *, read: Read) -> Totals:
    """The amount of each span of a quantity that the plant file computes from others."""
    if quantity in plant.products:
        return equivalent(plant.products[quantity].weights, spans, read)
    driver = plant.drivers[quantity]
    assert driver.from_ is not None  # noqa: S101 - it is computed
    if driver.lag is not None:
        return read(driver.from_, [_earlier(span, driver.lag, plant) for span in spans])
    if not driver.is_degree_days:
        return read(driver.from_, spans)
    return _degree_days(driver, spans, plant=plant, read=read)


def _earlier(span: Span, count: int, plant: Plant) -> Span:
    """The span so many days before, from midnight to midnight."""
    start, end = (
        day_start_ms(local_date(at_ms, plant.zone) - timedelta(days=count), plant.zone)
        for at_ms in (span.start_ms, span.end_ms)
    )
    return Span(start, end, span.label)


def equivalent(weights: Mapping[str, float], spans: Sequence[Span], read: Read) -> Totals:
    """Several products as one, each by its weight."""
    parts = [read(name, spans) for name in weights]
    values = [weight * part.values for weight, part in zip(weights.values(), parts, strict=True)]
    origins = [_joined(every) for every in zip(*(part.origins for part in parts), strict=True)]
    worst = np.maximum.reduce([part.quality for part in parts])
    return Totals(np.sum(values, axis=0), worst, origins)


def _degree_days(driver: Driver, spans: Sequence[Span], *, plant: Plant, read: Read) -> Totals:
    """Each day's degrees beyond the balance point, by its mean temperature, summed over a span."""
    assert driver.from_ is not None  # noqa: S101 - it is computed
    parts = [
        list(days(local_date(s.start_ms, plant.zone), local_date(s.end_ms, plant.zone), plant.zone))
        for s in spans
    ]
    if not all(parts):
        raise ValueError("degree days are of whole days")
    known = read(driver.from_, [day for part in parts for day in part])
    if not parts:
        return known
    beyond = (
        known.values - driver.above
        if driver.above is not None
        else (driver.below or 0.0) - known.values
    )
    starts = np.cumsum([0, *map(len, parts)])[:-1]
    origins = iter(known.origins)
    return Totals(
        np.add.reduceat(np.maximum(beyond, 0.0), starts),
        np.maximum.reduceat(known.quality, starts),
        [_joined([next(origins) for _ in part]) for part in parts],
    )


def _joined(origins: Sequence[Origin]) -> Origin:
    if "none" in origins:
        return "none"
    if "spread" in origins:
        return "spread"
    return origins[0] if len(set(origins)) == 1 else "both"
