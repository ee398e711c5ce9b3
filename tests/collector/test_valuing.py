"""What amounts come to over spans: each part at the rate of its own day, parts sum to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.rates import Daily, Rate, Rates
from collector.store.protocol import Floats
from collector.valuing import cut, unit_worths
from plant.calendar import SLOT_MS, Span, day_start_ms

ZONE = ZoneInfo("Europe/Berlin")
FIRST = date(2025, 3, 24)  # the clocks go forward on the 30th
START_MS = day_start_ms(FIRST, ZONE)
SLOTS = 14 * 96
DAYS = 15  # of which the last has the hour that was skipped
USED = np.random.default_rng(5).gamma(0.3, 20, SLOTS)


def rates(by_day: dict[int, float | None]) -> Rates:
    """A price from each numbered day on; None while there is none."""
    begins = {FIRST + timedelta(days=day): price for day, price in sorted(by_day.items())}

    def on(day: date) -> Daily | None:
        held = [price for since, price in begins.items() if since <= day]
        if not held or held[-1] is None:
            return None
        return Daily(Rate(held[-1], "EUR/kWh", "", "", False), held[-1])

    return Rates("cost", "EUR", on, lambda a, b: [day for day in begins if a < day <= b])


def used(spans: Sequence[Span]) -> Floats:
    """From slots, as a store has them."""
    edges = START_MS + SLOT_MS * np.arange(SLOTS + 1)
    totals = np.concatenate(([0.0], np.cumsum(USED)))
    ends, starts = ([span[i] for span in spans] for i in (1, 0))
    return np.interp(ends, edges, totals) - np.interp(starts, edges, totals)


def worths(spans: Sequence[Span], by: Rates, read=used) -> Floats:
    parts = cut(spans, by, zone=ZONE)
    amounts = used(spans)
    return amounts * unit_worths(parts, amounts, read=read, zone=ZONE)


def unknown(spans: Sequence[Span]) -> Floats:
    return np.full(len(spans), np.nan)


def _within(span: Span, day: int) -> tuple[int, int]:
    """What a span has of a numbered day [ms]."""
    start_ms, end_ms = (day_start_ms(FIRST + timedelta(days=day + i), ZONE) for i in (0, 1))
    start_ms = min(max(start_ms, span.start_ms), span.end_ms)
    return start_ms, max(min(end_ms, span.end_ms), start_ms)


edges = st.lists(st.integers(0, SLOTS), min_size=2, max_size=12, unique=True).map(sorted)
prices = st.dictionaries(st.integers(1, 13), st.floats(0.01, 9), max_size=5)


@given(edges, prices)
@settings(max_examples=40)
def test_the_parts_of_a_span_are_worth_the_whole_however_it_is_cut(at, by_day) -> None:
    by = rates({0: 0.1} | by_day)
    spans = [Span(START_MS + a * SLOT_MS, START_MS + b * SLOT_MS, "") for a, b in pairwise(at)]
    whole = Span(spans[0].start_ms, spans[-1].end_ms, "")
    held = [by.on(FIRST + timedelta(days=day)) for day in range(DAYS)]
    amounts = used([Span(*_within(whole, day), "") for day in range(DAYS)])
    value = sum(amount * one.per_unit for amount, one in zip(amounts, held, strict=True) if one)
    assert worths([whole], by)[0] == pytest.approx(value, rel=1e-9)
    assert worths(spans, by).sum() == pytest.approx(value, rel=1e-12)


def test_a_span_in_which_no_rate_changes_is_read_no_more() -> None:
    def never(spans: Sequence[Span]) -> Floats:
        raise AssertionError(spans)

    spans = [Span(START_MS, START_MS + 3 * 96 * SLOT_MS, "")]
    assert worths(spans, rates({0: 0.1, 3: 0.2, 1: 0.1}), never) == pytest.approx(0.1 * used(spans))


def test_what_is_known_only_as_a_whole_is_shared_by_days_also_where_clocks_change() -> None:
    week = Span(START_MS, day_start_ms(FIRST + timedelta(days=7), ZONE), "")
    found = worths([week], rates({0: 0.1, 6: 0.2}), unknown)  # the day of 23 hours is a day
    assert found[0] == pytest.approx(used([week])[0] * (6 * 0.1 + 0.2) / 7)


def test_a_part_that_still_runs_took_what_the_others_left() -> None:
    span = Span(START_MS + 88 * SLOT_MS, START_MS + 99 * SLOT_MS, "")

    def ended(spans: Sequence[Span]) -> Floats:
        return np.where([one.end_ms < span.end_ms for one in spans], used(spans), np.nan)

    by = rates({0: 0.1, 1: 0.2})
    assert worths([span], by, ended) == pytest.approx(worths([span], by))


def test_a_span_that_touches_a_day_without_a_rate_is_worth_nothing_that_is_known() -> None:
    spans = [
        Span(START_MS + i * 96 * SLOT_MS, START_MS + (i + 2) * 96 * SLOT_MS, "") for i in (0, 2)
    ]
    found = worths(spans, rates({1: 0.1}))
    assert np.isnan(found[0])
    assert found[1] == pytest.approx(0.1 * used(spans)[1])
