"""Glitches told from resets: what is pending, what returns, what is equality."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.analysis.accounting import account
from collector.analysis.counters import EventKind
from tests.collector.analysis.minutes import KIND, MINUTE, climb, counted, every_minute, kinds

# Glitches and the pending rule


@given(
    bad=st.lists(
        st.one_of(
            st.just(0.0),
            st.floats(0, 900).map(lambda x: round(x, 1)),
            st.floats(1200, 1e8).map(lambda x: round(x, 1)),
        ),
        min_size=1,
        max_size=14,
    ),
    at=st.integers(5, 20),
)
def test_a_glitch_counts_nowhere_however_many_readings_it_has(bad: list[float], at: int) -> None:
    """Zeros, torn words and values of other meters, up to a slot of them, change nothing."""
    values = climb(1000, 40)
    values[at : at + len(bad)] = bad
    came_to = every_minute(values)
    assert counted(came_to) == pytest.approx(19.5)
    assert came_to.times_ms.size == 40 - len(bad)
    assert set(kinds(came_to)) == {EventKind.GLITCH}
    assert sum(event.readings for event in came_to.events) == len(bad)


def test_a_level_that_stands_still_is_no_reset() -> None:
    """A gateway that answers 0 for a silent meter all night: the total of the night is right."""
    night = 10 * 60
    values = [*climb(1000, 20), *([0.0] * night), *climb(1000 + 0.5 * (20 + night), 20)]
    came_to = every_minute(values)
    assert kinds(came_to) == [EventKind.GLITCH]
    assert counted(came_to) == pytest.approx(0.5 * (len(values) - 1))


def test_a_drop_is_pending_until_it_has_held_for_a_slot_and_counted() -> None:
    """Before, what follows it counts nowhere; then the new level counts from its first reading."""
    before, after = climb(1000, 20), climb(0, 17)
    for seen in range(1, 16):
        came_to = every_minute([*before, *after[:seen]])
        assert kinds(came_to) == [EventKind.PENDING]
        assert came_to.pending_since_ms == 20 * MINUTE
        assert counted(came_to) == pytest.approx(9.5)
    came_to = every_minute([*before, *after[:16]])
    assert kinds(came_to) == [EventKind.RESET]
    assert came_to.pending_since_ms is None
    assert counted(came_to) == pytest.approx(9.5 + 7.5)


def test_a_jump_that_holds_is_never_consumption() -> None:
    """A meter that was exchanged without notice for one that stands higher."""
    came_to = every_minute([*climb(100, 20), *climb(5000, 20)])
    assert kinds(came_to) == [EventKind.RESET]
    assert counted(came_to) == pytest.approx(19.0)


def test_a_glitch_on_the_way_to_a_reset_is_set_aside() -> None:
    """Garbage at the start-up of the new meter belongs to neither level."""
    came_to = every_minute([*climb(1000, 20), 77777.7, 0.0, *climb(500, 20)])
    assert kinds(came_to) == [EventKind.RESET, EventKind.GLITCH]
    assert counted(came_to) == pytest.approx(19.0)


def test_a_level_needs_three_readings() -> None:
    """Two, however far apart, are no new level."""
    times = np.array([0, 1, 2, 3, 63]) * MINUTE
    values = [1000.0, 1000.5, 1001.0, 0.0, 30.0]
    assert kinds(account(times, values, KIND))[-1] is EventKind.PENDING
    known = account([*times, 64 * MINUTE], [*values, 30.5], KIND)
    assert kinds(known) == [EventKind.RESET, EventKind.GAP]
    assert counted(known) == pytest.approx(1.0 + 30.5)


def test_the_way_back_from_a_glitch_holds_the_level() -> None:
    """One count lower after the glitch than before it is equality, there too."""
    came_to = every_minute([*climb(1000, 10), 0.0, 1004.4, *climb(1004.5, 10)])
    assert kinds(came_to) == [EventKind.GLITCH]
    assert counted(came_to) == pytest.approx(4.5 + 4.5)


def test_across_a_stretch_that_may_hide_wraps_no_level_is_returned_to() -> None:
    """A glitch, then two hours of silence on a counter that goes round in less."""
    kind = replace(KIND, resolution=1, modulus=65536.0, max_rate_per_h=36_000.0)
    times = np.array([*range(10), *range(130, 160)]) * MINUTE
    values = [*climb(9000, 9, 100), 0.0, *climb(9900, 30, 100)]
    came_to = account(times, values, kind)
    assert kinds(came_to) == [EventKind.RESET, EventKind.GLITCH, EventKind.GAP]
    assert came_to.totals[-1] == 800 + 2900


def test_a_glitch_before_a_gap_does_not_outlive_it() -> None:
    """0, then silence for three hours: the rate from 0 would be plausible, and is not believed."""
    times = np.array([0, 1, 2, 3, 200, 201, 202]) * MINUTE
    values = [150.0, 150.5, 151.0, 0.0, 190.0, 190.5, 191.0]
    came_to = account(times, values, KIND)
    assert counted(came_to) == pytest.approx(41.0)
    assert kinds(came_to) == [EventKind.GLITCH, EventKind.GAP]


def test_a_leap_within_the_plate_rate_is_a_glitch_when_it_is_undone() -> None:
    """A plate of 20 MW allows 30 kWh in ten seconds; a machine at 5 kW never made them."""
    kind = replace(KIND, max_rate_per_h=20_000.0)
    for odd in (0.0, 90.0):
        came_to = every_minute([*climb(30, 10), odd, *climb(35.5, 20)], kind)
        assert kinds(came_to) == [EventKind.GLITCH]
        assert counted(came_to) == pytest.approx(15.0)


@pytest.mark.parametrize("odd", [0.0, 20_000.0])
def test_one_reading_a_slot_is_enough_to_tell_a_glitch(odd: float) -> None:
    """History and thinned counters: in 15 min a plate of 200 MW allows far more than was there."""
    kind = replace(KIND, max_rate_per_h=200_000.0)
    values = [*climb(3000, 20, 75), odd, *climb(4575, 20, 75)]
    came_to = account(np.arange(41) * 15 * MINUTE, values, kind)
    assert EventKind.GLITCH in kinds(came_to)
    assert counted(came_to) == pytest.approx(3000)


@pytest.mark.parametrize("odd", [0.0, 400.0, 9e6])
def test_without_a_largest_rate_an_undone_leap_is_still_a_glitch(odd: float) -> None:
    """Where the model does not say how fast a counter can be."""
    kind = replace(KIND, max_rate_per_h=None)
    came_to = every_minute([*climb(1000, 10), odd, odd, *climb(1006, 20)], kind)
    assert kinds(came_to) == [EventKind.GLITCH]
    assert counted(came_to) == pytest.approx(15.5)


def test_a_leap_to_a_level_that_stands_still_is_undone_however_late() -> None:
    """Half an hour of one and the same wrong value, and no largest rate to tell it by."""
    kind = replace(KIND, max_rate_per_h=None)
    came_to = every_minute([*climb(1000, 10), *([9000.0] * 30), *climb(1020, 20)], kind)
    assert kinds(came_to) == [EventKind.GLITCH]
    assert counted(came_to) == pytest.approx(29.5)


def test_without_a_largest_rate_a_reset_is_still_a_reset() -> None:
    """It climbs at its own pace, and does not leap back."""
    kind = replace(KIND, max_rate_per_h=None)
    came_to = every_minute([*climb(10, 10), *climb(0, 60)], kind)
    assert kinds(came_to) == [EventKind.RESET]
    assert counted(came_to) == pytest.approx(4.5 + 29.5)


# Equality


@given(st.lists(st.sampled_from([0, 0, 0, -1]), min_size=5, max_size=100))
def test_a_drop_of_one_count_is_equality(wobble: list[int]) -> None:
    """A last digit that wobbles neither counts twice nor is an event."""
    true = 5000 + 3 * np.arange(len(wobble)) // 4
    came_to = every_minute(((true + wobble) * 0.1).tolist())
    assert came_to.events == ()
    seen = (true + wobble).max() - (true + wobble)[0]
    assert came_to.totals[-1] == seen


@given(
    start=st.floats(1e5, 1e7),
    steps=st.lists(st.floats(0, 0.9), min_size=2, max_size=60),
    wobble=st.lists(st.booleans(), min_size=2, max_size=61),
)
def test_one_step_of_a_float32_is_equality(
    start: float, steps: list[float], wobble: list[bool]
) -> None:
    """A coarse float32 that falls by one of its steps has not been reset."""
    kind = replace(KIND, resolution=None, is_float32=True)
    true = (start + np.cumsum([0.0, *steps])).astype(np.float32)
    low = np.resize(np.array(wobble), true.size) & (np.diff(true, prepend=true[:1]) == 0)
    values = np.where(low, np.nextafter(true, np.float32(0)), true).astype(np.float64)
    came_to = every_minute(values.tolist(), kind)
    assert came_to.events == ()
    assert counted(came_to) == pytest.approx(values.max() - values[0], abs=1e-9)


def test_small_drops_that_add_up_are_a_drop() -> None:
    """A register that falls count by count all the time is not constant."""
    came_to = every_minute([*climb(1000, 20), *climb(1009.4, 60, -0.1)])
    assert counted(came_to) == pytest.approx(9.5)
    assert kinds(came_to)[-1] is EventKind.PENDING
