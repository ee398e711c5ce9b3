"""When faults are at work."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulators.faults.when import When, key_of, normals, uniforms

INSTANTS = np.arange(0.0, 1000.0)


def at_work(when: When) -> list[int]:
    return np.flatnonzero(when.active(INSTANTS)).tolist()


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (When(990.0), range(990, 1000)),
        (When(10.0, end_s=13.0), range(10, 13)),
        (When(10.0, length_s=3.0), range(10, 13)),
        (When(10.0, length_s=3.0, every_s=400.0), [10, 11, 12, 410, 411, 412, 810, 811, 812]),
        (When(10.0, end_s=411.0, length_s=3.0, every_s=400.0), [10, 11, 12, 410, 411, 412]),
    ],
)
def test_a_fault_is_at_work_in_its_spans_and_at_no_other_time(when: When, expected) -> None:
    assert at_work(when) == list(expected)


def test_the_newest_beginning_is_told_for_each_instant() -> None:
    when = When(10.0, length_s=3.0, every_s=400.0)
    begun = when.begun(np.array([9.0, 10.0, 409.0, 900.0]))
    assert begun.tolist() == [np.inf, 10.0, 10.0, 810.0]
    assert When(5000.0).begun(INSTANTS).min() == np.inf


def test_chance_strikes_seconds_as_often_as_said_and_the_same_ones_each_time() -> None:
    when = When(0.0, chance=0.2, key=key_of("a"))
    struck = at_work(when)
    assert len(struck) == pytest.approx(200, abs=4 * (1000 * 0.2 * 0.8) ** 0.5)
    assert struck == at_work(when)
    assert struck != at_work(When(0.0, chance=0.2, key=key_of("b")))
    later = When(0.0, chance=0.2, key=key_of("a")).active(INSTANTS + 0.99)
    assert np.flatnonzero(later).tolist() == struck, "a second is struck as a whole"


def test_chance_leaves_out_whole_spans_of_a_period() -> None:
    when = When(0.0, length_s=10.0, every_s=20.0, chance=0.5, key=7)
    active = when.active(INSTANTS).reshape(-1, 20)
    assert set(map(tuple, active)) == {(True,) * 10 + (False,) * 10, (False,) * 20}
    assert when.starts(999.0).tolist() == [20.0 * i for i in range(50) if active[i, 0]]


@given(st.integers(0, 2**64 - 1), st.lists(st.integers(-(2**50), 2**50), min_size=1))
def test_draws_do_not_hang_on_their_company(key: int, numbers: list[int]) -> None:
    together = uniforms(key, np.array(numbers, dtype=float))
    assert all(0 <= draw < 1 for draw in together)
    assert [uniforms(key, np.array([n], dtype=float))[0] for n in numbers] == together.tolist()


def test_normal_draws_are_normal() -> None:
    drawn = normals(3, np.arange(40_000.0))
    assert abs(drawn.mean()) < 0.02
    assert abs(drawn.std() - 1) < 0.02
    assert (abs(drawn) < 1.96).mean() == pytest.approx(0.95, abs=0.005)
