"""The figures of one resource in shifts: used, made, expected for what was made."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from collector.analysis.missing import known
from collector.analysis.quality import Quality
from collector.plans.pace import Expected, expect_parts
from collector.store.protocol import Floats
from dashboards.expecting import Expecting
from dashboards.figures import Wanted, is_over
from dashboards.records import Records
from dashboards.shift.result import Figure
from dashboards.worth import Scale
from plant.calendar import SLOT_MS, Span, local_date

LEAST_MS = 60_000  # of a shift that has just begun, before anything is said of it


@dataclass(frozen=True)
class Seen:
    """A resource in one span, and what its product came to; NaN where unknown.

    span: as far as it is known, while it is open.
    """

    span: Span
    used: float
    made: float
    estimated: bool
    is_open: bool = False


def see(
    records: Records, resource: str, spans: Sequence[Span], *, product: str | None, time_ms: int
) -> list[Seen]:
    """Each span from its slots; one whose last slot is not derived yet, from the readings."""
    done = [span for span in spans if span.end_ms + SLOT_MS <= time_ms]
    used = records.amounts.parts(resource, done)
    made = records.amounts.parts(product, done).values if product else np.full(len(done), np.nan)
    estimates = (Quality.estimated, Quality.integrated)
    seen = [
        Seen(span, float(use), float(out), int(code) in estimates)
        for span, use, out, code in zip(done, used.values, made, used.quality, strict=True)
    ]
    return seen + [_so_far(records, resource, span, product) for span in spans[len(done) :]]


def _so_far(records: Records, resource: str, span: Span, product: str | None) -> Seen:
    used = records.amounts.so_far(resource, span)
    made = records.amounts.so_far(product, span).value if product else None
    until_ms = max(used.until_ms or span.start_ms, span.start_ms)
    known = used.value is not None and until_ms - span.start_ms >= LEAST_MS
    return Seen(
        span=span._replace(end_ms=min(until_ms, span.end_ms)),
        used=used.value if known and used.value is not None else math.nan,
        made=math.nan if made is None else made,
        estimated=used.quality == Quality.estimated,
        is_open=True,
    )


def expected_of(
    records: Records, by_plan: Expecting, seen: Sequence[Seen], *, product: str | None
) -> Expected:
    """What the plan expects of the output of each span; NaN where nothing may be expected."""
    expected = Expected(np.full(len(seen), np.nan), np.full(len(seen), np.nan))
    if by_plan.baseline is None:
        return expected
    zone = records.plant.zone
    allowed = [
        i
        for i, one in enumerate(seen)
        if math.isfinite(one.used) and by_plan.allows(local_date(one.span.start_ms, zone))
    ]
    asked = [seen[i] for i in allowed]

    def amounts(driver: str, _: Sequence[Span]) -> Floats:
        if driver == product:
            return np.array([one.made for one in asked])
        return _amounts(records, driver, asked)

    spans = [one.span for one in asked]
    found = expect_parts(records.amounts, by_plan.baseline, spans, seen=amounts)
    expected.expected[allowed], expected.half[allowed] = found
    return expected


def _amounts(records: Records, driver: str, seen: Sequence[Seen]) -> Floats:
    """Another driver in the same spans."""
    values = records.amounts.parts(driver, [one.span for one in seen]).values
    for i, one in enumerate(seen):
        if one.is_open:
            so_far = records.amounts.so_far(driver, one.span).value
            values[i] = math.nan if so_far is None else so_far
    return values


def figures_of(
    records: Records, resource: str, seen: Sequence[Seen], *, expected: Expected, scale: Scale
) -> list[Figure]:
    """What a page shows of each span."""
    rates = scale.of(
        [one.span for one in seen],
        [one.used for one in seen],
        read=lambda spans: records.amounts.parts(resource, spans).values,
    )
    limit = records.plant.alarms.over_expected
    return [
        _figure(one, Wanted(float(value), float(half)), rate=float(rate), limit_percent=limit)
        for one, value, half, rate in zip(seen, *expected, rates, strict=True)
    ]


def _figure(seen: Seen, wanted: Wanted, *, rate: float, limit_percent: float | None) -> Figure:
    percent = 100 * (seen.used / wanted.value - 1) if wanted.value > 0 else math.nan
    per_output = 1 / seen.made if seen.made > 0 else math.nan
    return Figure(
        amount=known(rate * seen.used),
        output=known(seen.made),
        expected=known(rate * wanted.value),
        specific=known(rate * seen.used * per_output),
        expected_specific=known(rate * wanted.value * per_output),
        percent=known(percent),
        estimated=seen.estimated,
        is_abnormal=is_over(seen.used, wanted, limit_percent=limit_percent),
    )
