"""Thinned readings come to the same quarter hours, whatever happened to the counter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.analysis.consumption import consumption
from collector.analysis.counters import CounterKind
from collector.deriving.sources import Source
from collector.evidence.thinning import thinned
from collector.store import COUNTER, GAUGE, INTERVAL, Samples, Series
from collector.store.protocol import samples
from plant.calendar import SLOT_MS

pytestmark = pytest.mark.slow

START_MS = 1_735_689_600_000
STEP_MS = 10_000


def source(kind: CounterKind | None) -> Source:
    measurement = COUNTER if kind else GAUGE
    return Source(
        meter="m",
        quantity="electricity",
        series=Series(measurement, "p", ("m", "energy")),
        intervals=Series(INTERVAL, "p", ("m", "electricity")),
        factor=1.0,
        kind=kind,
        changes=(),
        every_s=10.0,
    )


COUNTS = CounterKind(resolution=0.01, modulus=1000.0, max_rate_per_h=400.0, every_s=10.0)
FLOATS = CounterKind(resolution=None, modulus=None, max_rate_per_h=400.0, every_s=10.0)


def hours(kind: CounterKind, events: list[tuple[str, int, int]], seed: int) -> Samples:
    """Six hours of a counter read every ten seconds, with what happened at which reading."""
    count = 6 * 360
    chance = np.random.default_rng(seed)
    used = np.cumsum(chance.uniform(0, 0.5, count)) + 990
    keep = np.ones(count, dtype=bool)
    for what, at, length in events:
        if what == "gap":
            keep[at : at + length] = False
        elif what == "reset":
            used[at:] -= used[at]
    if kind.modulus:
        used = used % kind.modulus
    for what, at, length in events:
        if what == "zero":
            used[at : at + min(length, 20)] = 0.0
    values = np.round(used / 0.01) * 0.01 if kind.resolution else used
    times = START_MS + STEP_MS * np.arange(count) + 3_000
    return samples(times[keep], values[keep])


EVENTS = st.lists(
    st.tuples(st.sampled_from(["gap", "reset", "zero"]), st.integers(1, 2100), st.integers(1, 200)),
    max_size=4,
)


@settings(max_examples=60)
@given(events=EVENTS, seed=st.integers(0, 99), kind=st.sampled_from([COUNTS, FLOATS]))
def test_every_quarter_hour_comes_out_as_from_all_readings(
    events: list[tuple[str, int, int]], seed: int, kind: CounterKind
) -> None:
    readings = hours(kind, events, seed)
    few = thinned(source(kind), readings)
    assert set(few.times_ms.tolist()) <= set(readings.times_ms.tolist())
    edges = np.arange(START_MS, START_MS + 26 * SLOT_MS, SLOT_MS)
    for one, other in zip(
        consumption(source(kind).account(readings), edges),
        consumption(source(kind).account(few), edges),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", [COUNTS, FLOATS])
def test_a_quiet_meter_keeps_two_readings_at_each_edge(kind: CounterKind) -> None:
    readings = hours(FLOATS, [], 1) if kind is FLOATS else hours(COUNTS, [], 1)
    few = thinned(source(kind), readings)
    assert len(few) < len(readings) / (5 if kind is COUNTS else 30)  # the counter wraps on its way


def test_a_rate_and_a_meter_that_is_seldom_read_keep_all() -> None:
    readings = hours(FLOATS, [], 1)
    assert thinned(source(None), readings) is readings
    seldom = Samples(readings.times_ms[::30], readings.values[::30], readings.quality[::30])
    assert thinned(source(FLOATS), seldom) is seldom
    nothing = samples([], [])
    assert thinned(source(FLOATS), nothing) is nothing
