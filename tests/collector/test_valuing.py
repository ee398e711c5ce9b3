"""What amounts come to over spans: each part at the rate of its own day, parts sum to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.rates import Begin, Rate, Rates, Unitary, cost_rates
from collector.store.protocol import Floats
from collector.valuing import cut, unit_worths
from plant.calendar import SLOT_MS, Span, day_start_ms, from_ms
from plant.description import Plant

ZONE = ZoneInfo("Europe/Berlin")
FIRST = date(2025, 3, 24)  # the clocks go forward on the 30th
START_MS = day_start_ms(FIRST, ZONE)
SLOTS = 14 * 96
DAYS = 15  # of which the last has the hour that was skipped
USED = np.random.default_rng(5).gamma(0.3, 20, SLOTS)


def rates(by_day: dict[int, float | None]) -> Rates:
    """A price from each numbered day on; None while there is none."""
    begins = {FIRST + timedelta(days=day): price for day, price in sorted(by_day.items())}

    def on(day: date) -> Begin:
        held = [price for since, price in begins.items() if since <= day]
        if not held or held[-1] is None:
            return Begin(day, time(0), None)
        rate = Rate(held[-1], "EUR/kWh", "", "", False)
        return Begin(day, time(0), Unitary(rate, held[-1]))

    return Rates("cost", "EUR", lambda a, b: [on(a), *(on(d) for d in begins if a < d <= b)])


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
    days = [FIRST + timedelta(days=day) for day in range(DAYS)]
    held = [by.begins(day, day)[0].taken for day in days]
    amounts = used([Span(*_within(whole, day), "") for day in range(DAYS)])
    value = sum(amount * one.per_unit for amount, one in zip(amounts, held, strict=True) if one)
    assert worths([whole], by)[0] == pytest.approx(value, rel=1e-9)
    assert worths(spans, by).sum() == pytest.approx(value, rel=1e-12)


THREE_PRICES = {
    "from": "2025-01-01",
    "value": 1800,
    "per": "MWh",
    "source": "decision",
    "hours": [
        {"name": "peak", "value": 3300, "between": ["09:30-11:30", "17:00-20:00"],
         "days": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]},
        {"name": "off-peak", "value": 1100, "between": ["22:00-04:00"]},
    ],
}  # fmt: skip


def price_at(time_ms: int) -> float:
    """By the clock on the wall, of Viet Nam's three prices from the 27th on."""
    local = from_ms(time_ms, ZONE)
    hour = local.hour + local.minute / 60
    if local.date() < date(2025, 3, 27):
        return 2.0
    if local.weekday() < 6 and (9.5 <= hour < 11.5 or 17 <= hour < 20):
        return 3.3
    return 1.1 if hour >= 22 or hour < 4 else 1.8


def by_the_clock() -> Rates:
    flat = {"from": "2025-01-01", "value": 2.0, "per": "kWh"}
    plant = Plant.model_validate(
        {
            "plant": {"id": "p", "name": "P", "timezone": ZONE.key},
            "resources": {"electricity": {"price": [flat, {**THREE_PRICES, "from": "2025-03-27"}]}},
        }
    )
    found = cost_rates(plant, "electricity")
    assert found is not None
    return found


@given(edges)
@settings(max_examples=20)
def test_every_quarter_of_an_hour_takes_the_price_of_its_own_hours(at) -> None:
    """Over a day of 23 hours, a Sunday without a peak, and the day on which the tariff begins."""
    slots = [START_MS + SLOT_MS * i for i in range(SLOTS)]
    by_slot = USED * [price_at(slot) for slot in slots]
    spans = [Span(START_MS + a * SLOT_MS, START_MS + b * SLOT_MS, "") for a, b in pairwise(at)]
    wanted = [by_slot[a:b].sum() for a, b in pairwise(at)]
    assert worths(spans, by_the_clock()) == pytest.approx(wanted, rel=1e-9, abs=1e-6)


def test_a_day_known_only_as_a_whole_takes_the_mean_of_its_hours() -> None:
    """Friday: 5 hours of peak and 6 of off-peak; Sunday has no peak."""
    days = [(date(2025, 3, 28), date(2025, 3, 29)), (date(2025, 3, 30), date(2025, 3, 31))]
    spans = [Span(day_start_ms(a, ZONE), day_start_ms(b, ZONE), "") for a, b in days]
    amounts = used(spans)
    each = unit_worths(cut(spans, by_the_clock(), zone=ZONE), amounts, read=unknown, zone=ZONE)
    assert each == pytest.approx([(5 * 3.3 + 6 * 1.1 + 13 * 1.8) / 24, (6 * 1.1 + 18 * 1.8) / 24])


def test_a_rate_of_some_hours_is_told_with_their_name() -> None:
    begins = by_the_clock().begins(date(2025, 3, 28), date(2025, 3, 28))
    assert [(f"{one.at:%H:%M}", one.taken and one.taken.rate.source) for one in begins] == [
        ("00:00", "decision, off-peak"),
        ("04:00", "decision"),
        ("09:30", "decision, peak"),
        ("11:30", "decision"),
        ("17:00", "decision, peak"),
        ("20:00", "decision"),
        ("22:00", "decision, off-peak"),
    ]


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
