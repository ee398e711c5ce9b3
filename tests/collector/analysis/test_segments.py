"""Which readings of a counter are good, and what each adds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.accounting import account
from collector.analysis.counters import Change, EventKind
from tests.collector.analysis.minutes import KIND, MINUTE, climb, counted, every_minute, kinds


def test_a_meter_that_renews_its_registers_slowly_does_not_jump() -> None:
    """Read every five seconds, renewed every minute: a minute's worth comes at once."""
    kind = replace(KIND, every_s=5, update_s=60)
    times = np.arange(0, 1800, 5)
    came_to = account(times * 1000, 100 + times // 60 * 0.9, kind)
    assert came_to.events == ()
    assert counted(came_to) == pytest.approx(29 * 0.9)


# Rollover


@given(
    bits=st.sampled_from([16, 32, 64]),
    before=st.integers(0, 2000),
    steps=st.lists(st.integers(0, 1000), min_size=1, max_size=50),
)
def test_a_binary_counter_that_wraps_loses_nothing(
    bits: int, before: int, steps: list[int]
) -> None:
    """Counters of 16, 32 and 64 bits add up to what was counted, through the wrap."""
    start = 2**bits - before * (2048 if bits == 64 else 1)  # a float64 has no odd numbers up there
    unit = 2048 if bits == 64 else 1
    true = start + unit * np.cumsum([0, *steps]).astype(object)
    kind = replace(KIND, resolution=1, modulus=2.0**bits, max_rate_per_h=60_000.0 * unit)
    came_to = every_minute([float(level % 2**bits) for level in true], kind)
    assert came_to.totals[-1] == unit * sum(steps)
    assert came_to.times_ms.size == len(steps) + 1


@given(
    digits=st.integers(4, 8),
    resolution=st.sampled_from([1.0, 0.1, 0.01, 0.001]),
    before=st.integers(0, 300),
    steps=st.lists(st.integers(0, 100), min_size=1, max_size=50),
)
def test_a_decimal_counter_that_wraps_loses_nothing(
    digits: int, resolution: float, before: int, steps: list[int]
) -> None:
    """A register of so many decimal digits begins again at zero and counts on."""
    true = 10**digits - before + np.cumsum([0, *steps])
    kind = replace(
        KIND,
        resolution=resolution,
        modulus=10**digits * resolution,
        max_rate_per_h=6000 * resolution,
    )
    came_to = every_minute((true % 10**digits * resolution).tolist(), kind)
    assert came_to.totals[-1] == sum(steps)
    wraps = true[-1] // 10**digits - true[0] // 10**digits
    assert kinds(came_to).count(EventKind.ROLLOVER) == wraps


def test_a_wrap_too_far_for_the_largest_rate_is_a_reset() -> None:
    """65 535 - 2 000 to 0 within a minute at 10 a second cannot be an overflow."""
    kind = replace(KIND, resolution=1, modulus=65536.0, max_rate_per_h=36_000.0)
    came_to = every_minute([*climb(63_000, 10, 60), *climb(0, 30, 60)], kind)
    assert kinds(came_to) == [EventKind.RESET]
    assert came_to.totals[-1] == 9 * 60 + 29 * 60


def test_a_stretch_that_may_hide_wraps_is_unknown() -> None:
    """A 16-bit counter at 10 a second wraps in 1 h 49 min: two hours without readings tell nothing,
    although the counter stands higher afterwards."""
    kind = replace(KIND, resolution=1, modulus=65536.0, max_rate_per_h=36_000.0)
    times = np.array([0, 1, 2, 122, 123]) * MINUTE
    came_to = account(times, [100, 200, 300, 9000, 9100], kind)
    assert came_to.unknown.tolist() == [False, False, False, True, False]
    assert came_to.totals.tolist() == [0, 100, 200, 200, 300]
    assert kinds(came_to) == [EventKind.GAP]


# Reset, step back, swap, CT ratio


@given(
    level=st.integers(1000, 10**9),
    low=st.integers(0, 500),
    steps=st.lists(st.integers(1, 9), min_size=20, max_size=40),
)
def test_a_reset_starts_a_segment_and_invents_nothing(
    level: int, low: int, steps: list[int]
) -> None:
    """After a fall to anything that then counts on, the sum is that of both segments."""
    half = len(steps) // 2
    old = level + np.cumsum([0, *steps[:half]])
    new = low + np.cumsum([0, *steps, *steps])
    came_to = every_minute((np.concatenate([old, new]) * 0.1).tolist())
    assert came_to.totals[-1] == sum(steps[:half]) + 2 * sum(steps)
    assert len(came_to.events) == 1
    assert came_to.events[0].kind in (EventKind.RESET, EventKind.STEP_BACK)
    assert came_to.unknown.nonzero()[0].tolist() == [old.size]
    assert came_to.segments.max() == 1


def test_a_step_back_of_saved_totals_is_counted_as_consumed_anew() -> None:
    """A meter that saves its totals every five minutes loses up to five minutes of them in a supply
    failure: what it counts afterwards was consumed afterwards."""
    came_to = every_minute([*climb(100, 10), *climb(102.5, 40)])
    assert kinds(came_to) == [EventKind.STEP_BACK]
    assert counted(came_to) == pytest.approx(4.5 + 19.5)


def test_a_step_back_that_is_made_up_faster_than_before_stays_one() -> None:
    """A drop of ten steps is not undone by one of three that passes the old level."""
    came_to = every_minute([*climb(100, 10, 0.2), *climb(99.8, 10, 0.2), *climb(102.2, 30, 0.6)])
    assert kinds(came_to) == [EventKind.STEP_BACK]
    assert counted(came_to) == pytest.approx(1.8 + 1.8 + 0.6 + 17.4)


def test_a_small_step_back_after_a_large_step_does_not_undo_it() -> None:
    """What a machine took at its start was not a glitch because the meter then lost a little."""
    came_to = every_minute([*climb(100, 10, 0.1), 101.8, 101.5, *climb(101.6, 30, 0.1)])
    assert kinds(came_to) == [EventKind.STEP_BACK]
    assert counted(came_to) == pytest.approx(1.8 + 3.0)


def test_a_reading_that_comes_late_is_not_counted_twice() -> None:
    """One old value in between (100.5 after 102.0) leaps forward again: it was a glitch."""
    came_to = every_minute([*climb(100, 5), 100.5, *climb(103, 20)])
    assert kinds(came_to) == [EventKind.GLITCH]
    assert counted(came_to) == pytest.approx(12.5)


@given(st.integers(5, 30), st.floats(0.5, 0.9))
def test_a_reading_of_the_interval_before_is_not_counted_twice(at: int, each: float) -> None:
    """At a steady pace, one reading that repeats the last but one."""
    values = climb(100, 40, each)
    values[at] = values[at - 2]
    came_to = every_minute(values, replace(KIND, max_rate_per_h=600.0))
    assert kinds(came_to) == [EventKind.GLITCH]
    assert counted(came_to) == pytest.approx(39 * each, abs=0.11)


def test_a_swap_begins_a_segment_even_where_the_new_meter_stands_higher() -> None:
    """Nothing is consumed by the difference between two meters."""
    swap = Change(EventKind.SWAP, 10 * MINUTE - 30_000)
    came_to = every_minute([*climb(100, 10), *climb(105.2, 10)], changes=[swap])
    assert counted(came_to) == pytest.approx(9.0)
    assert kinds(came_to) == [EventKind.SWAP]
    assert came_to.events[0].before == pytest.approx(104.5)
    assert came_to.events[0].after == pytest.approx(105.2)
    assert came_to.unknown.sum() == 1


def test_what_a_meter_showed_while_it_was_taken_off_is_a_glitch() -> None:
    """A level still pending when the device is swapped never counts."""
    swap = Change(EventKind.SWAP, 12 * MINUTE)
    came_to = every_minute([*climb(100, 10), 0.0, 0.0, *climb(7, 10)], changes=[swap])
    assert kinds(came_to) == [EventKind.SWAP, EventKind.GLITCH]
    assert counted(came_to) == pytest.approx(9.0)


def test_a_ct_ratio_holds_from_its_date_on() -> None:
    """Counts before keep their factor; the stretch of the change is shared out by time."""
    change = Change(EventKind.CT_CHANGE, 4 * MINUTE + 15_000, factor=3.0)
    came_to = every_minute(climb(100, 10), changes=[change])
    assert counted(came_to) == pytest.approx(0.5 * (4 + 0.25 + 0.75 * 3 + 4 * 3))
    assert kinds(came_to) == [EventKind.CT_CHANGE]
    assert (came_to.events[0].before, came_to.events[0].after) == (1.0, 3.0)
    assert came_to.segments.tolist() == [0] * 5 + [1] * 5
    assert not came_to.unknown.any()


def test_a_ct_ratio_from_before_the_readings_is_no_event() -> None:
    """A ratio that held from the start is a factor and nothing else."""
    change = Change(EventKind.CT_CHANGE, -1, factor=40.0)
    came_to = every_minute(climb(100, 10), changes=[change])
    assert counted(came_to) == pytest.approx(40 * 4.5)
    assert came_to.events == ()
