"""Numbers of packs as ranges: the same set, however they come and go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from agent.spans import Spans
from plant.wire import ranges

number = st.integers(1, 60)


@given(st.lists(st.tuples(st.booleans(), number, st.integers(0, 8))))
def test_numbers_are_a_set_in_the_fewest_ranges(steps) -> None:
    spans, expected = Spans(), set()
    for comes, first, more in steps:
        if comes:
            spans.add(first, first + more)
            expected |= set(range(first, first + more + 1))
        else:
            spans.remove(first)
            expected.discard(first)
        assert spans.ranges == ranges(expected)
        assert bool(spans) == bool(expected)


@given(st.sets(number))
def test_the_highest_is_taken_first(numbers) -> None:
    spans = Spans(ranges(numbers))
    taken = []
    while spans:
        assert spans.newest == max(numbers - set(taken))
        taken.append(spans.pop())
    assert taken == sorted(numbers, reverse=True)
