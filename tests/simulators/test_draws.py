"""Random draws."""

import numpy as np

from simulators.draws import Draws


def test_same_seed_name_and_day_give_the_same_draws_in_any_order() -> None:
    """Asking other days first, or twice, or many at once, changes nothing."""
    forwards, backwards = Draws(7), Draws(7)
    days = range(739000, 739010)
    first = {day: forwards.normals("a", [day], counts=[5]).tolist() for day in days}
    second = {day: backwards.normals("a", [day], counts=[5]).tolist() for day in reversed(days)}
    assert first == second
    assert forwards.normals("a", [739000], counts=[5]).tolist() == first[739000]
    at_once = forwards.persistent("a", days, persistence=0.7).tolist()
    assert at_once == [backwards.persistent("a", [day], persistence=0.7)[0] for day in days]


def test_seed_name_and_day_each_change_the_draws() -> None:
    """No two of them share a stream."""
    drawn = [
        tuple(Draws(seed).normals(name, [day], counts=[3]))
        for seed in (1, 2)
        for name in ("a", "b")
        for day in (739000, 739001)
    ]
    assert len(set(drawn)) == len(drawn)


def test_persistent_draws_are_an_ar1_of_unit_variance() -> None:
    """Lag-1 and lag-2 correlation are r and r squared, within four standard errors."""
    draws = Draws(3)
    values = draws.persistent("x", range(700_000, 710_000), persistence=0.6)
    assert abs(values.var() - 1.0) < 0.08
    assert abs(np.corrcoef(values[1:], values[:-1])[0, 1] - 0.6) < 0.04
    assert abs(np.corrcoef(values[2:], values[:-2])[0, 1] - 0.36) < 0.05


def test_without_persistence_days_are_independent() -> None:
    """The moving average of one weight is white noise."""
    draws = Draws(3)
    values = draws.persistent("x", range(700_000, 710_000), persistence=0.0)
    assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 0.04
