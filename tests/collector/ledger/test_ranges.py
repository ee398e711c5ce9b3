"""Sets of whole numbers are what sets are, in the fewest ranges, and found in few steps."""

from __future__ import annotations

import sqlite3

from hypothesis import given
from hypothesis import strategies as st

from collector.ledger.ranges import RangeKey, add_range, all_ranges
from collector.ledger.schema import MIGRATIONS
from plant.wire import ranges

KEY, OTHER = RangeKey("seen", "mill", "yard", "box"), RangeKey("seen", "mill", "yard", "xob")
SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 8)).map(lambda s: (s[0], sum(s))))


def connect() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    for statement in MIGRATIONS[0].split(";\n"):
        connection.execute(statement)
    return connection


@given(spans=SPANS, others=SPANS)
def test_ranges_are_the_set_of_what_was_added(
    spans: list[tuple[int, int]], others: list[tuple[int, int]]
) -> None:
    connection = connect()
    held: set[int] = set()
    for span in others:
        add_range(connection, OTHER, span)
    for first, last in spans:
        new = set(range(first, last + 1))
        told = add_range(connection, KEY, (first, last))
        assert told == ranges(held & new), "what was there before"
        held |= new
    found = all_ranges(connection, "seen", plant="mill")
    assert found.get(("yard", "box"), []) == ranges(held)
    assert found.get(("yard", "xob"), []) == ranges(
        {number for first, last in others for number in range(first, last + 1)}
    )
    connection.close()


def test_the_steps_to_add_one_do_not_grow_with_the_set() -> None:
    """Points that are read once an hour leave every fourth slot alone: ranges never merge."""

    def steps(size: int) -> int:
        connection = connect()
        for number in range(size):
            add_range(connection, KEY, (4 * number, 4 * number))
        count = 0

        def count_one() -> None:
            nonlocal count
            count += 1

        connection.set_progress_handler(count_one, 1)
        add_range(connection, KEY, (4 * size, 4 * size))
        connection.close()
        return count

    assert steps(4000) < 1.5 * steps(40)
