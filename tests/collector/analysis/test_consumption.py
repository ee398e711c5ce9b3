"""Consumption of slots: sums, order, quality, and what faults may never do to it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from collector.analysis.accounting import account
from collector.analysis.consumption import PARTS_OF_COUNT, consumption, totals_at
from collector.analysis.counters import Change, CounterKind, EventKind
from collector.analysis.quality import Quality
from plant.errors import AnalysisError

MINUTE = 60_000
SLOT = 15 * MINUTE
KIND = CounterKind(resolution=0.01, modulus=None, max_rate_per_h=60.0, every_s=60)
FLOAT = replace(KIND, resolution=None)


def words(quality: NDArray[np.int8]) -> list[str]:
    return [Quality(code).name for code in quality]


@st.composite
def readings(draw: st.DrawFn) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Readings of a counter at odd times, some slots long, with gaps."""
    size = draw(st.integers(2, 80))
    waits = draw(st.lists(st.integers(1_000, 400_000), min_size=size, max_size=size))
    shares = draw(st.lists(st.integers(0, 100), min_size=size, max_size=size))
    start = draw(st.integers(0, 10**7))
    most = np.array(waits) * 60.0 / 3.6e6 * 100  # counts
    counts = start + np.cumsum((most * shares / 100).astype(np.int64))
    return np.cumsum(waits), counts * 0.01


cuts = st.lists(st.integers(0, 30_000_000), min_size=2, max_size=40, unique=True).map(sorted)


# Sums


@pytest.mark.slow
@given(readings(), cuts)
def test_parts_sum_to_the_whole_exactly(series: Any, edges: list[int]) -> None:
    """Whatever the edges, counts of the parts add up to those of the range: as integers."""
    times, values = series
    came_to = account(times, values, KIND)
    fine = totals_at(came_to, edges)
    assert fine.dtype == np.int64
    assert sum(np.diff(fine).tolist()) == fine[-1] - fine[0]
    amounts, quality = consumption(came_to, edges)
    good = quality != Quality.missing
    back = amounts[good] / came_to.unit * PARTS_OF_COUNT
    assert np.rint(back).astype(int).tolist() == np.diff(fine)[good].tolist()


@pytest.mark.slow
@given(readings(), cuts)
def test_parts_of_a_float_counter_sum_to_the_whole(series: Any, edges: list[int]) -> None:
    """Without a resolution they do to 1e-12 of the range."""
    times, values = series
    came_to = account(times, values, FLOAT)
    fine = totals_at(came_to, edges)
    assert sum(np.diff(fine).tolist()) == pytest.approx(fine[-1] - fine[0], rel=1e-12, abs=1e-12)


@pytest.mark.slow
@given(readings())
def test_from_reading_to_reading_is_what_the_register_counted(series: Any) -> None:
    """Between two readings of a sound counter lies the difference of its register."""
    times, values = series
    amounts, _ = consumption(account(times, values, KIND), times)
    np.testing.assert_allclose(amounts, np.diff(values), atol=1e-7)


def test_an_edge_between_readings_shares_by_time() -> None:
    """Five sixths of the way, five sixths of the counts."""
    came_to = account([0, 60_000], [100.0, 100.6], KIND)
    values, quality = consumption(came_to, [0, 50_000, 60_000])
    assert values == pytest.approx([0.5, 0.1], abs=0.01 / PARTS_OF_COUNT)
    assert words(quality) == ["measured", "measured"]


# Order


@pytest.mark.slow
@given(readings(), cuts, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(series: Any, edges: list[int], random: Any) -> None:
    """Readings that come late, twice and out of order give the same account."""
    times, values = series
    order = [*range(times.size), *random.choices(range(times.size), k=times.size)]
    random.shuffle(order)
    clean, mixed = account(times, values, KIND), account(times[order], values[order], KIND)
    assert clean.events == mixed.events
    np.testing.assert_array_equal(clean.totals, mixed.totals)
    for a, b in zip(consumption(clean, edges), consumption(mixed, edges), strict=True):
        np.testing.assert_array_equal(a, b)


@given(st.permutations([(0, 5.0), (0, 5.2), (60_000, 5.5), (60_000, np.nan), (120_000, 5.6)]))
def test_two_values_at_one_instant_are_one_reading_in_any_order(rows: Any) -> None:
    """The smaller stands, and what is not a number is no reading."""
    times, values = zip(*rows, strict=True)
    came_to = account(times, values, KIND)
    assert came_to.times_ms.tolist() == [0, 60_000, 120_000]
    assert came_to.totals.tolist() == [0, 50, 60]


# Quality


def test_a_slot_between_close_readings_is_measured_and_beyond_them_missing() -> None:
    """No slot reaches beyond the first and last reading."""
    times = np.arange(60) * MINUTE + 30_000
    values, quality = consumption(account(times, times / 3.6e6, KIND), np.arange(6) * SLOT)
    assert words(quality) == ["missing", "measured", "measured", "missing", "missing"]
    assert np.isnan(values[[0, 3, 4]]).all()
    assert np.isfinite(values[[1, 2]]).all()


@pytest.mark.parametrize(
    ("every_s", "update_s", "hole_s", "word"),
    [
        (60, 0, 180, "measured"),
        (60, 0, 181, "estimated"),
        (10, 0, 120, "measured"),
        (10, 0, 121, "estimated"),
        (10, 600, 600, "measured"),
        (10, 600, 601, "estimated"),
    ],
)
def test_an_edge_in_a_hole_makes_an_estimate(
    every_s: int, update_s: int, hole_s: int, word: str
) -> None:
    """Further apart than three intervals of reading, two minutes and the meter's update period."""
    kind = replace(KIND, every_s=every_s, update_s=update_s)
    times = np.array([0, SLOT - 1000, SLOT - 1000 + 1000 * hole_s, 2 * SLOT])
    _, quality = consumption(account(times, times / 3.6e6, kind), [0, SLOT, 2 * SLOT])
    assert words(quality) == [word, word]


def test_an_edge_on_a_reading_is_measured_whatever_lies_around_it() -> None:
    """A counter thinned to one reading a slot, on the slots, is as good as any."""
    times = np.arange(10) * SLOT
    _, quality = consumption(account(times, times / 3.6e6, KIND), times)
    assert set(words(quality)) == {"measured"}


def test_an_outage_is_estimated_and_its_sum_is_right() -> None:
    """The register counted on: only how it fell on the slots is a guess."""
    times = np.array([0, 1, 2, 3, 200, 201]) * MINUTE
    came_to = account(times, 1000 + times / 3.6e6, KIND)
    values, quality = consumption(came_to, np.arange(4) * 50 * MINUTE)
    assert words(quality) == ["estimated"] * 3
    assert values.sum() == pytest.approx(150 / 60, abs=0.01)
    assert [event.kind for event in came_to.events] == [EventKind.GAP]


def test_a_stretch_with_unknown_wraps_is_missing_and_never_zero() -> None:
    """Longer than modulus / largest rate: the counter may have gone round any number of times."""
    kind = replace(KIND, resolution=1, modulus=65536.0, max_rate_per_h=36_000.0)
    times = np.array([*range(30), *range(180, 240)]) * MINUTE
    came_to = account(times, times / MINUTE * 10, kind)
    values, quality = consumption(came_to, np.arange(0, 15) * SLOT)
    assert words(quality) == ["measured", "estimated"] + ["missing"] * 10 + ["measured"] * 2
    assert np.isnan(values[2:12]).all()


def test_a_slot_with_a_reset_is_the_sum_of_its_segments_and_an_estimate() -> None:
    """Where only a minute is unknown; where more than a tenth of the slot is, it is missing."""
    values = [*np.arange(20) * 0.5, *np.arange(40) * 0.5]
    close = account(np.arange(60) * MINUTE, values, KIND)
    amounts, quality = consumption(close, np.arange(4) * SLOT)
    assert words(quality) == ["measured", "estimated", "measured"]
    assert amounts == pytest.approx([7.5, 7.0, 7.5])

    times = np.array([*range(20), *range(22, 62)]) * MINUTE
    _, quality = consumption(account(times, values, KIND), np.arange(4) * SLOT)
    assert words(quality) == ["measured", "missing", "measured"]


def test_of_a_day_no_more_may_be_unknown_than_between_measured_readings() -> None:
    """Four minutes are not a tenth of a day, but more than the three that readings may be apart."""
    for hole, word in [(3, "estimated"), (4, "missing")]:
        minutes = np.array([*range(700), *range(699 + hole, 1500)])
        values = np.where(minutes < 700, minutes, minutes - 690) * 0.5
        came_to = account(minutes * MINUTE, values, KIND)
        assert words(consumption(came_to, [0, 1440 * MINUTE])[1]) == [word]


def test_while_a_level_is_pending_its_slots_are_missing() -> None:
    """They are filled in when it is decided."""
    before, after = np.arange(30) * 0.5, np.arange(10) * 0.5
    came_to = account(np.arange(40) * MINUTE, [*before, *after], KIND)
    _, quality = consumption(came_to, [0, SLOT, 2 * SLOT, 35 * MINUTE])
    assert words(quality) == ["measured", "missing", "missing"]


@pytest.mark.parametrize("times", [[], [0]])
def test_no_reading_or_one_gives_nothing(times: list[int]) -> None:
    """A consumption needs two readings."""
    values, quality = consumption(account(times, [5.0] * len(times), KIND), [0, SLOT, 2 * SLOT])
    assert words(quality) == ["missing", "missing"]
    assert np.isnan(values).all()


@pytest.mark.parametrize("edges", [[], [0, 0], [2, 1], [[0, 1]]])
def test_edges_that_do_not_ascend_are_refused(edges: Any) -> None:
    """A slot has a length."""
    with pytest.raises(AnalysisError, match="ascending"):
        consumption(account([0, 1], [0, 0], KIND), edges)


def test_times_without_values_are_refused() -> None:
    """One value belongs to one time."""
    with pytest.raises(AnalysisError, match="one each"):
        account([0, 1, 2], [0.0, 1.0], KIND)


# What faults may never do


@st.composite
def faulty(draw: st.DrawFn) -> tuple[NDArray[Any], NDArray[Any], list[Change]]:
    """Three hours of a counter of 40 units/h with faults anywhere in them."""
    size = 180
    values = draw(st.integers(0, 10**6)) * 0.01 + np.arange(size) * 0.66
    times = np.arange(size) * MINUTE
    keep = np.ones(size, dtype=bool)
    changes = []
    for _ in range(draw(st.integers(1, 6))):
        at, length = draw(st.integers(1, size - 1)), draw(st.integers(1, 40))
        part = slice(at, at + length)
        match draw(
            st.sampled_from(["zero", "value", "noise", "reset", "back", "swap", "gap", "stuck"])
        ):
            case "zero":
                values[part] = 0
            case "value":
                values[part] = draw(st.integers(0, 2 * 10**6)) * 0.01
            case "noise":
                values[part] = draw(st.lists(st.floats(0, 1e9), min_size=length, max_size=length))[
                    : values[part].size
                ]
            case "reset":
                values[at:] = values[at:] - values[at] + draw(st.integers(0, 2000)) * 0.01
            case "back":
                values[at:] -= min(values[at], draw(st.integers(1, 500)) * 0.01)
            case "swap":
                changes.append(Change(EventKind.SWAP, int(times[at])))
            case "gap":
                keep[part] = False
            case "stuck":
                values[part] = values[at]
    return times[keep], np.round(np.maximum(values[keep], 0), 2), changes


@pytest.mark.slow
@pytest.mark.parametrize("modulus", [None, 10_000.0, 655.36])
@given(series=faulty())
def test_faults_never_make_consumption_negative_or_a_spike(
    modulus: float | None, series: Any
) -> None:
    """Whatever goes wrong: no slot below zero, none above what the largest rate allows."""
    times, values, changes = series
    kind = replace(KIND, modulus=modulus)
    came_to = account(times, values, kind, changes=changes)
    assert (np.diff(came_to.totals) >= 0).all()
    elapsed = np.diff(came_to.times_ms)
    assert (np.diff(came_to.totals) <= elapsed * 60 / 3.6e6 * 100 + 1).all()
    amounts, quality = consumption(came_to, np.arange(-1, 15) * SLOT)
    known = quality != Quality.missing
    assert np.isnan(amounts[~known]).all()
    assert (amounts[known] >= 0).all()
    assert came_to.times_ms.size + sum(e.readings for e in came_to.events) == times.size
