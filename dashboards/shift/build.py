"""The result of the page Shift, from plan, store and ledger."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, time, timedelta
from typing import NamedTuple

from collector.analysis.missing import known
from dashboards.expecting import expecting
from dashboards.now import Span as Stretch
from dashboards.paging import Ask
from dashboards.records import Records
from dashboards.remarks import remarks
from dashboards.shift.figures import expected_of, figures_of, see
from dashboards.shift.result import Figure, Resource, Shift, Turn
from dashboards.worth import Scale, UnitKind
from plant.calendar import Span, local_date, shifts
from plant.description import Plant

DAYS = 14  # shown, that of the chosen shift the last
WHOLE_DAY = {"day": time(0)}  # of a plant that names no shifts

Key = tuple[date, str]


def build(records: Records, ask: Ask, time_ms: int) -> Shift:
    """The page of the shift asked for, else of the one that runs."""
    plant = records.plant
    chosen = _chosen(plant, ask, time_ms)
    first = chosen[0] - timedelta(days=DAYS - 1)
    begun = _begun(plant, first, chosen[0] + timedelta(days=2), time_ms)
    shown = [span for span in begun if _key(span)[0] <= chosen[0]]
    keys = [_key(span) for span in begun]
    place = keys.index(chosen)
    next_day = (chosen[0] + timedelta(days=1), chosen[1])
    told = [
        _told(records, name, ask.unit, shown, day=chosen[0], time_ms=time_ms)
        for name, subject in records.subjects.items()
        if _is_known(records, name) and (ask.unit == "own" or ask.unit in subject.worths)
    ]
    if not told and ask.unit != "own":
        raise LookupError(f"nothing metered has rates for {ask.unit!r}; write price or co2e of it")
    turns = [
        _turn(span, [one.figures[i] for one in told], until_ms=_until(told, i, span))
        for i, span in enumerate(shown)
    ]
    if ask.unit != "own" and len(told) > 1:
        turns = [turn.model_copy(update={"total": _total(turn.figures)}) for turn in turns]
    start_ms, end_ms = shown[0].start_ms, turns[-1].until_ms
    return Shift(
        plant=records.head,
        time_ms=time_ms,
        span=Stretch(start_ms=start_ms, end_ms=end_ms),
        has_shifts=bool(plant.shifts),
        unit=ask.unit,
        resources=[one.resource for one in told],
        turns=turns,
        chosen=place,
        notes=remarks(records, "shift", start_ms, end_ms=shown[-1].end_ms),
        following=keys[place + 1] if place + 1 < len(keys) else None,
        following_day=next_day if next_day in keys else None,
    )


def _chosen(plant: Plant, ask: Ask, time_ms: int) -> Key:
    """The shift asked for; the last that has begun of the day, or of all."""
    names = list(plant.shifts or WHOLE_DAY)
    if ask.shift is not None and ask.shift not in names:
        raise LookupError(f"no shift {ask.shift!r} here; known: {', '.join(names)}")
    today = local_date(time_ms, plant.zone)
    first = ask.day or today - timedelta(days=1)
    end = (ask.day or today) + timedelta(days=1)
    found = [_key(span) for span in _begun(plant, first, end, time_ms)]
    fitting = [key for key in found if ask.shift in (None, key[1])]
    if not fitting:
        raise LookupError(f"no shift has begun on {ask.day}; the page knows what was, until now")
    return fitting[-1]


def _begun(plant: Plant, first: date, end: date, time_ms: int) -> list[Span]:
    spans = shifts(first, end, plant.shifts or WHOLE_DAY, plant.zone)
    return [span for span in spans if span.start_ms < time_ms]


def _key(span: Span) -> Key:
    day, _, name = span.label.partition(" ")
    return date.fromisoformat(day), name


def _until(told: Sequence[_Told], place: int, span: Span) -> int:
    return max((one.until_ms[place] for one in told), default=span.end_ms)


def _is_known(records: Records, resource: str) -> bool:
    """Whether meters measure it: what is imported by the day tells nothing of a shift."""
    return bool(records.plant.meters_of(resource)) or not records.plant.shifts


class _Told(NamedTuple):
    """One resource with its figures of each shift, and until when each is known."""

    resource: Resource
    figures: list[Figure]
    until_ms: list[int]


def _told(
    records: Records, name: str, unit: UnitKind, spans: Sequence[Span], *, day: date, time_ms: int
) -> _Told:
    plant, product = records.plant, records.product_of(name)
    by_plan, scale = expecting(records, name, time_ms, day=day), Scale(plant, name, unit)
    seen = see(records, name, spans, product=product, time_ms=time_ms)
    expected = expected_of(records, by_plan, seen, product=product)
    figures = figures_of(records, name, seen, expected=expected, scale=scale)
    resource = Resource(
        subject=records.subjects[name],
        measure=scale.measure,
        plan_name=by_plan.name,
        plan=by_plan.shown,
        why_not=by_plan.why_not,
        product=product,
        product_name=(plant.products[product].name or product) if product else None,
        product_unit=plant.products[product].unit if product else None,
    )
    return _Told(resource, figures, [one.span.end_ms for one in seen])


def _turn(span: Span, figures: list[Figure], *, until_ms: int) -> Turn:
    day, shift = _key(span)
    return Turn(
        day=day,
        shift=shift,
        span=Stretch(start_ms=span.start_ms, end_ms=span.end_ms),
        until_ms=until_ms,
        is_running=until_ms < span.end_ms,
        figures=figures,
    )


def _total(figures: Sequence[Figure]) -> Figure:
    """All resources together; unknown where one is."""
    amount = sum(math.nan if one.amount is None else one.amount for one in figures)
    expected = sum(math.nan if one.expected is None else one.expected for one in figures)
    return Figure(
        amount=known(amount),
        output=None,
        expected=known(expected),
        percent=known(100 * (amount / expected - 1)) if expected > 0 else None,
        estimated=any(one.estimated for one in figures),
    )
