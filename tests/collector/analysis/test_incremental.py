"""How far late readings reach."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from collector.analysis.accounting import account
from collector.analysis.consumption import consumption
from collector.analysis.counters import CounterKind
from collector.analysis.incremental import reach

MINUTE = 60_000
SLOT = 15 * MINUTE
KIND = CounterKind(resolution=0.01, modulus=None, max_rate_per_h=60.0, every_s=60)


def day() -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    times = np.arange(24 * 60) * MINUTE
    return times, np.round(1000 + times / 3.6e6 * 30, 2)


def test_a_late_batch_reaches_from_a_slot_before_to_a_slot_after() -> None:
    """A day need not be accounted anew for ten minutes that came late."""
    times, values = day()
    late = (times >= 600 * MINUTE) & (times < 610 * MINUTE)
    span = reach(account(times[~late], values[~late], KIND), times[late])
    assert span.from_ms == 584 * MINUTE
    assert span.until_ms == 624 * MINUTE


def test_sparse_readings_reach_twelve_back() -> None:
    """Where a slot holds one, the pace is that of the last twelve; while a counter stands, of
    those before it stood."""
    times, values = day()
    came_to = account(times[::15], values[::15], KIND)
    assert reach(came_to, [600 * MINUTE + 1]).from_ms == (600 - 12 * 15) * MINUTE
    values[500:700] = values[500]
    came_to = account(times, values, KIND)
    assert reach(came_to, [600 * MINUTE + 1]).from_ms == 485 * MINUTE


def test_a_decision_is_taken_anew_as_a_whole() -> None:
    """A late reading within a pending stretch reaches back to before it, and past its end."""
    times, values = day()
    values[600:700] = 0.0
    came_to = account(np.delete(times, 650), np.delete(values, 650), KIND)
    span = reach(came_to, [650 * MINUTE])
    assert span.from_ms is not None
    assert span.until_ms is not None
    assert span.from_ms < 600 * MINUTE
    assert span.until_ms > 700 * MINUTE


def test_a_confirmed_reset_is_decided_anew_with_all_that_it_hung_on() -> None:
    """The slot before it, by which its pace was known, and the slot in which it had to hold."""
    times, values = day()
    values[600:] -= values[600]
    came_to = account(times, values, KIND)
    before, within = reach(came_to, [580 * MINUTE + 1]), reach(came_to, [625 * MINUTE + 1])
    assert before.until_ms == 616 * MINUTE
    assert within.from_ms == 584 * MINUTE


def test_readings_before_the_first_and_after_the_last_have_an_open_end() -> None:
    """There is nothing there that stands."""
    times, values = day()
    came_to = account(times, values, KIND)
    assert reach(came_to, [-MINUTE]).from_ms is None
    newest = reach(came_to, [times[-1] + MINUTE])
    assert newest.until_ms is None
    assert newest.from_ms == times[-1] - SLOT


@pytest.mark.parametrize(("times", "late"), [([], [5]), ([5, 6], [])])
def test_nothing_to_join_reaches_everywhere(times: list[int], late: list[int]) -> None:
    """Without readings on either side nothing is known to stand."""
    span = reach(account(times, [0.0] * len(times), KIND), late)
    assert (span.from_ms, span.until_ms) == (None, None)


@st.composite
def disturbed(draw: st.DrawFn) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Four hours of a counter with faults, and which of its readings come late."""
    size = 240
    times = np.arange(size) * MINUTE
    values = 500 + np.arange(size) // draw(st.sampled_from([1, 7])) * 0.5
    for _ in range(draw(st.integers(0, 3))):
        at, length = draw(st.integers(1, size - 1)), draw(st.integers(1, 30))
        match draw(st.sampled_from(["zero", "jump", "reset", "back", "wobble"])):
            case "zero":
                values[at : at + length] = 0
            case "jump":
                values[at : at + length] += 3000
            case "reset":
                values[at:] -= values[at]
            case "wobble":
                values[at : at + length : 2] -= 0.01
            case "back":
                values[at:] -= min(values[at], 2.0)
    late = np.zeros(size, dtype=bool)
    start = draw(st.integers(0, size - 2))
    late[start : start + draw(st.integers(1, 60))] = True
    late &= np.resize(draw(st.lists(st.booleans(), min_size=1, max_size=7)), size)
    return times, np.round(np.maximum(values, 0), 2), late


@pytest.mark.slow
@pytest.mark.parametrize("pace", [1, 15])
@pytest.mark.parametrize("rate", [60.0, None])
@given(series=disturbed())
def test_a_bounded_account_agrees_with_the_whole_one(
    pace: int, rate: float | None, series: Any
) -> None:
    """Inside the reach an account of it alone gives the same; outside the old one still stands."""
    times, values, late = series
    times = times * pace
    kind = replace(KIND, max_rate_per_h=rate)
    old, whole = account(times[~late], values[~late], kind), account(times, values, kind)
    span = reach(old, times[late])
    first = times[0] if span.from_ms is None else span.from_ms
    last = times[-1] if span.until_ms is None else span.until_ms
    inside = (times >= first) & (times <= last)
    part = account(times[inside], values[inside], kind)
    if part.pending_since_ms is not None:
        last = times[-1]
        inside = times >= first
        part = account(times[inside], values[inside], kind)
    np.testing.assert_array_equal(*slots(part, whole, first, last))
    np.testing.assert_array_equal(*slots(old, whole, -SLOT, first))
    np.testing.assert_array_equal(*slots(old, whole, last, times[-1] + SLOT))


def slots(one: Any, other: Any, first: int, last: int) -> list[NDArray[np.float64]]:
    """Consumption of both accounts by five minutes, within first..last."""
    if last - first < 10 * MINUTE:
        return [np.zeros(0), np.zeros(0)]
    edges = np.arange(first, last + 1, 5 * MINUTE)
    return [consumption(came_to, edges)[0] for came_to in (one, other)]
