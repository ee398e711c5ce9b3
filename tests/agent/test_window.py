"""Newest first, no more than 32 wait, nothing is forgotten, and a flood is never made."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.window import HISTORY, LONGEST_S, Window
from plant.wire import WINDOW


def test_after_an_outage_the_newest_goes_first_and_history_leaves_room() -> None:
    window = Window()
    window.restart([(1, 1000)])
    first = window.pick(0.0)
    assert first == list(range(1000, 1000 - HISTORY, -1))
    window.add([1001, 1002])
    assert window.pick(0.1) == [1002, 1001]
    assert window.waiting <= WINDOW


def test_what_is_answered_makes_room_for_more_history() -> None:
    window = Window()
    window.restart([(1, 100)])
    sent = window.pick(0.0)
    window.free(sent, 0.1)
    assert window.pick(0.1) == list(range(100 - HISTORY, 100 - 2 * HISTORY, -1))


def test_an_unanswered_pack_is_sent_again_after_30_s_doubling_to_5_minutes() -> None:
    window = Window()
    window.restart([(7, 7)])
    sent = [float(t) for t in range(2000) if window.pick(float(t))]
    assert sent == [0, 30, 90, 210, 450, 750, 1050, 1350, 1650, 1950]
    assert max(b - a for a, b in pairwise(sent)) == LONGEST_S


def test_a_silent_collector_does_not_keep_new_packs_from_going_out() -> None:
    """The broker may hold them for it; and what comes back first should find the present."""
    window = Window()
    window.restart([])
    number, sent = 0, []
    for second in range(600):
        if second % 5 == 0:
            number += 1
            window.add([number])
        sent += window.pick(float(second))
        assert window.waiting <= WINDOW
    assert set(range(1, number + 1)) == set(sent), "every pack went out at least once"


def test_when_the_collector_is_back_what_it_missed_is_sent_at_once() -> None:
    window = Window()
    window.restart([(1, 10)])
    assert len(window.pick(0.0)) == 10
    window.add([11])
    assert window.pick(20.0) == [11]
    window.free([11], 20.1)
    assert sorted(window.pick(20.1)) == list(range(1, 11))
    window.add([12])
    window.pick(20.2)
    window.free([12], 20.3)
    assert window.pick(20.3) == [], "but not twice for one reason"


@pytest.mark.slow
@settings(max_examples=60)
@given(st.integers(1, 80), st.floats(0, 1), st.randoms(use_true_random=False))
def test_every_pack_is_stored_at_last_whatever_gets_lost_on_the_way(highest, lost, chance) -> None:
    window = Window()
    window.restart([(1, highest)])
    lacking, now_s, sends = set(range(1, highest + 1)), 0.0, 0
    while lacking and now_s < 20_000:
        if now_s < 100 and chance.random() < 0.5:
            highest += 1
            lacking.add(highest)
            window.add([highest])
        chosen = window.pick(now_s)
        assert window.waiting <= WINDOW
        sends += len(chosen)
        reached = {n for n in chosen if now_s > 100 or chance.random() >= lost}
        window.free(reached, now_s + 0.5)
        lacking -= reached
        now_s += 1.0
    assert not lacking
    assert sends <= 8 * highest


def test_the_time_of_an_exchange_is_told_only_when_it_is_certain() -> None:
    """A pack that was sent twice does not say which sending was answered."""
    window = Window()
    window.restart([(1, 2)])
    window.pick(5.0)
    assert window.free([1], 5.2) == 5.0
    window.pick(40.0)
    assert window.free([2], 40.2) is None
