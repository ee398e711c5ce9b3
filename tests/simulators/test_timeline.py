"""Cumulative amounts and rates at any instant."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from plant.errors import UsageError
from simulators.scenario import Scenario
from simulators.timeline import Timeline

At = Callable[..., float]

NAMES = ["electricity", "water", "starch"]


def test_values_do_not_depend_on_what_was_asked_before(kontum: Scenario, at: At) -> None:
    """Late then early, in one call or in many: the same numbers, bit for bit."""
    begin = at(2024, 1, 1)
    instants = begin + np.array([0.0, 35.2, 7_000.5, 400_000.25, 900_001.0])
    together = kontum.timeline().cumulative(NAMES, instants)
    timeline = kontum.timeline()
    apart = [timeline.cumulative(NAMES, np.array([at]))[:, 0] for at in instants[::-1]]
    assert np.array_equal(together, np.array(apart[::-1]).T)


def test_a_later_origin_counts_less_by_the_same_amount(kontum: Scenario, at: At) -> None:
    """What flows does not depend on where counting began."""
    early = kontum.timeline()
    late = Timeline(kontum.process, date(2024, 1, 11))
    span = np.array([at(2024, 1, 15), at(2024, 1, 16)])
    np.testing.assert_allclose(
        np.diff(early.cumulative(NAMES, span)), np.diff(late.cumulative(NAMES, span)), rtol=1e-10
    )


def test_counting_never_goes_back(kontum: Scenario, at: At) -> None:
    """Every 7 s over two midnights."""
    instants = at(2024, 2, 1) + np.arange(0.0, 2.5 * 86400, 7.0)
    assert np.diff(kontum.timeline().cumulative(NAMES, instants), axis=1).min() >= 0


def test_a_rate_is_the_slope_of_its_counter(kontum: Scenario, at: At) -> None:
    """Within a minute the difference over the time is the rate."""
    timeline = kontum.timeline()
    begin = at(2024, 2, 1, 10, 7)
    edges = timeline.cumulative(NAMES, begin + np.array([5.0, 55.0]))
    slope = (edges[:, 1] - edges[:, 0]) / (50 / 3600)
    rates = timeline.rates(NAMES, begin + np.array([5.0, 54.9]))
    np.testing.assert_allclose(rates[:, 0], slope, rtol=1e-8)
    assert np.array_equal(rates[:, 0], rates[:, 1])


def test_before_the_origin_is_refused_in_one_line(kontum: Scenario, at: At) -> None:
    """The message says when the plant begins."""
    with pytest.raises(UsageError, match="begins on 2024-01-01"):
        kontum.timeline().cumulative(NAMES, np.array([at(2023, 12, 31)]))
