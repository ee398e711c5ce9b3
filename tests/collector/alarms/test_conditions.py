"""Rules of alarms: what is not known neither opens an alarm nor closes one."""

from __future__ import annotations

import numpy as np
import pytest

from collector.alarms import conditions as rules
from collector.alarms.conditions import Bounds, Condition, changes
from collector.analysis.base_load import Nights

NAN = float("nan")
MIN = 60_000


def test_a_meter_is_stale_once_its_limit_is_over() -> None:
    fresh = rules.stale("incomer", 0, 5 * MIN, now_ms=5 * MIN, began_ms=-10 * MIN)
    old = rules.stale("incomer", 0, 5 * MIN, now_ms=5 * MIN + 1, began_ms=-10 * MIN)
    assert (fresh.holds, old.holds) == (False, True)
    assert (old.since_ms, old.value, old.bound, old.unit) == (0, 300.001, 300.0, "s")


def test_after_a_restart_an_old_reading_says_nothing_until_the_limit_is_over() -> None:
    soon = rules.stale("incomer", 0, 5 * MIN, now_ms=60 * MIN, began_ms=58 * MIN)
    later = rules.stale("incomer", 0, 5 * MIN, now_ms=64 * MIN, began_ms=58 * MIN)
    assert (soon.holds, later.holds) == (None, True)
    assert rules.stale("new", None, 5 * MIN, now_ms=64 * MIN, began_ms=58 * MIN).holds is True


@pytest.mark.parametrize(("offset", "holds"), [(None, None), (2000, False), (-2001, True)])
def test_a_clock_is_off_by_more_than_two_seconds_either_way(
    offset: int | None, holds: bool | None
) -> None:
    assert rules.clock("yard", offset).holds is holds


@pytest.mark.parametrize(
    ("values", "holds", "value"),
    [
        ([7.0, 9.0, 5.5], False, 9.0),
        ([7.0, 9.1], True, 9.1),
        ([5.4, 7.0], True, 5.4),
        ([], None, None),
    ],
)
def test_one_value_beyond_a_permit_is_enough_and_no_value_says_nothing(
    values: list[float], holds: bool | None, value: float | None
) -> None:
    found = rules.permit("discharge/ph", values, Bounds(5.5, 9), since_ms=0, unit="pH")
    assert (found.holds, found.value) == (holds, value)


@pytest.mark.parametrize(
    ("lowest", "is_idle", "holds"),
    [(4.0, True, True), (3.0, True, False), (4.0, False, False), (NAN, False, None)],
)
def test_the_last_night_is_judged_by_its_lowest_idle_hour(
    lowest: float, is_idle: bool, holds: bool | None
) -> None:
    nights = Nights(np.array([9.0, lowest]), np.array([2, 3]), np.array([True, is_idle]))
    found = rules.night_base("water", nights, bound=3.0, since_ms=0, unit="m3/h")
    assert found.holds is holds


def test_a_period_is_over_expected_by_its_share() -> None:
    def of(actual: float, expected: float) -> Condition:
        return rules.over_expected("water", actual, expected, limit_percent=10, since_ms=0)

    assert of(110.0, 100.0).holds is False
    assert of(111.0, 100.0).holds is True
    assert of(111.0, 100.0).value == pytest.approx(11)
    assert of(NAN, 100.0).holds is of(100.0, NAN).holds is of(5.0, 0.0).holds is None


def _one(kind: str, holds: bool | None) -> Condition:
    return Condition(kind, "x", holds)


def test_what_holds_opens_what_does_not_closes_and_the_unknown_changes_nothing() -> None:
    opened = changes([_one("stale", True)], set(), {}, now_ms=0)
    assert [one.kind for one in opened.opened] == ["stale"]
    known = {("stale", "x")}
    assert changes([_one("stale", True)], known, {}, now_ms=0) == ([], [], {})
    assert changes([_one("stale", None)], known, {}, now_ms=0) == ([], [], {})
    assert changes([_one("stale", False)], known, {}, now_ms=0).closed == [("stale", "x")]
    assert changes([_one("stale", None)], set(), {}, now_ms=0).opened == []


def test_an_alarm_of_something_that_the_plant_file_no_longer_has_is_closed() -> None:
    assert changes([], {("stale", "gone")}, {}, now_ms=0).closed == [("stale", "gone")]


def test_packs_that_may_still_come_are_not_told_at_once() -> None:
    missing = _one("packs", True)
    first = changes([missing], set(), {}, now_ms=0)
    assert first.opened == []
    assert changes([missing], set(), first.held, now_ms=119_999).opened == []
    assert changes([missing], set(), first.held, now_ms=120_000).opened == [missing]
    healed = changes([_one("packs", False)], set(), first.held, now_ms=60_000)
    assert changes([missing], set(), healed.held, now_ms=120_000).opened == []
