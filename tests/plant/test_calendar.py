"""Days, shifts and weeks are the plant's own, also when the clock is changed."""

from __future__ import annotations

from datetime import date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant.calendar import (
    day_start_ms,
    from_ms,
    local_date,
    periods,
    shifts,
    skipped_shifts,
    slot_start_ms,
    to_ms,
)

HANOI, BERLIN = ZoneInfo("Asia/Ho_Chi_Minh"), ZoneInfo("Europe/Berlin")
HOUR = 3_600_000
SHIFTS = {"morning": time(6), "afternoon": time(14), "night": time(22)}


def test_a_day_in_viet_nam_begins_at_17_utc_of_the_day_before() -> None:
    assert (
        from_ms(day_start_ms(date(2026, 1, 15), HANOI)).isoformat() == "2026-01-14T17:00:00+00:00"
    )


@pytest.mark.parametrize(
    ("day", "length_h"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25), (date(2026, 6, 1), 24)]
)
def test_days_of_23_and_25_hours_come_out_right(day: date, length_h: int) -> None:
    (span,) = periods("day", day, day.fromordinal(day.toordinal() + 1), BERLIN)
    assert span.end_ms - span.start_ms == length_h * HOUR


@pytest.mark.parametrize("by", ["day", "month", "year", "hour"])
def test_periods_touch_and_leave_nothing_out(by) -> None:
    spans = periods(by, date(2025, 1, 1), date(2027, 1, 1), BERLIN)
    assert all(a.end_ms == b.start_ms for a, b in pairwise(spans))
    assert spans[0].start_ms == day_start_ms(date(2025, 1, 1), BERLIN)
    assert spans[-1].end_ms == day_start_ms(date(2027, 1, 1), BERLIN)


def test_a_night_shift_belongs_to_the_day_it_began() -> None:
    spans = list(shifts(date(2026, 5, 1), date(2026, 5, 2), SHIFTS, HANOI))
    assert [s.label for s in spans] == [
        "2026-05-01 morning",
        "2026-05-01 afternoon",
        "2026-05-01 night",
    ]
    night = spans[-1]
    assert local_date(night.start_ms, HANOI) == date(2026, 5, 1)
    assert local_date(night.end_ms - 1, HANOI) == date(2026, 5, 2)
    assert night.end_ms - night.start_ms == 8 * HOUR


def test_a_shift_whose_hours_are_skipped_in_spring_is_none_and_overlaps_no_other() -> None:
    starts = {"a": time(2, 15), "b": time(3), "c": time(22)}
    spans = list(shifts(date(2025, 3, 29), date(2025, 3, 31), starts, BERLIN))
    assert [s.label.split()[1] for s in spans] == ["a", "b", "c", "b", "c"]
    assert all(one.end_ms == other.start_ms for one, other in pairwise(spans))
    assert skipped_shifts(starts, BERLIN, 2025) == [(date(2025, 3, 30), "a")]
    assert not skipped_shifts(starts, HANOI, 2025)


def test_weeks_begin_on_monday_and_carry_the_iso_number() -> None:
    spans = periods("week", date(2025, 12, 29), date(2026, 1, 12), HANOI)
    assert [s.label for s in spans] == ["2026-W01", "2026-W02"]


@given(st.datetimes())
def test_milliseconds_survive_the_way_there_and_back(naive: datetime) -> None:
    instant = naive.replace(microsecond=naive.microsecond // 1000 * 1000, tzinfo=HANOI)
    assert from_ms(to_ms(instant), HANOI) == instant


def test_a_slot_is_a_quarter_of_an_hour() -> None:
    assert slot_start_ms(to_ms(datetime(2026, 1, 1, 0, 29, 59, 999000, HANOI))) == to_ms(
        datetime(2026, 1, 1, 0, 15, tzinfo=HANOI)
    )


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="has no zone"):
        to_ms(datetime(2026, 1, 1))  # noqa: DTZ001
