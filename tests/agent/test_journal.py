"""Only good values become readings; troubles are told when they begin, last long, and end."""

from __future__ import annotations

import pytest

from agent.journal import Journal
from agent.unit import Fault, Poll, Value
from plant.reading import HEALTH, Event, Reading


def stamp(seconds: float) -> int:
    return round(seconds * 1000)


def poll(at_s: float, *, state: str = "ok", text: str = "", **points: float | str) -> Poll:
    """A poll of meter m; a text stands for a rejected value."""
    result = Poll(1, ("m",), state, text, ended_s=at_s)
    for name, found in points.items():
        if isinstance(found, str):
            kind, _, why = found.partition(": ")
            result.faults.append(Fault("m", name, kind, why))
        else:
            result.values.append(Value("m", name, at_s - 0.01, found))
    return result


def test_a_good_value_is_a_reading_at_the_middle_of_its_request() -> None:
    readings, events = Journal(["m"], 0).take(poll(10, energy=5.0), stamp)
    assert readings == [Reading("m", "energy", 9990, 5.0)]
    assert events == [Event("m", HEALTH, 10000, "ok", "")]


def test_health_is_told_when_it_changes_and_only_then() -> None:
    journal = Journal(["m"], 0)
    journal.take(poll(5, energy=1.0), stamp)
    assert journal.take(poll(10, energy=1.0), stamp)[1] == []
    gone = journal.take(poll(15, state="timeout", text="silent"), stamp)
    assert gone == ([], [Event("m", HEALTH, 15000, "timeout", "silent")])
    assert journal.take(poll(20, state="timeout", text="silent"), stamp) == ([], [])
    assert journal.health["m"].since_ms == 15000
    _, events = journal.take(poll(75, energy=1.0), stamp)
    told = [Event("m", HEALTH, 75000, "ok", "answers again after 60 s of timeout")]
    assert events == told


def test_a_rejected_value_is_never_a_reading_and_is_told_once_per_quarter_of_an_hour() -> None:
    journal = Journal(["m"], 0)
    told = []
    for n in range(1, 721):  # an hour
        readings, events = journal.take(poll(5.0 * n, ph="rejected: NaN", flow=1.0), stamp)
        assert [r.point for r in readings] == ["flow"]
        told += [e for e in events if e.point == "ph"]
    assert [event.time_ms // 1000 for event in told] == [5, 905, 1805, 2705]
    assert told[0].text == "NaN"
    assert told[-1].text == "NaN (541 times)"


def test_the_end_of_a_trouble_is_told() -> None:
    journal = Journal(["m"], 0)
    journal.take(poll(5, ph="rejected: NaN"), stamp)
    journal.take(poll(10, ph="rejected: NaN"), stamp)
    readings, events = journal.take(poll(15, ph=7.0), stamp)
    assert readings == [Reading("m", "ph", 14990, 7.0)]
    assert events == [Event("m", "ph", 14990, "ok", "after 2 times rejected")]


def test_a_meter_that_gives_some_points_is_well_and_says_what_it_lacks() -> None:
    journal = Journal(["m"], 0)
    _, events = journal.take(poll(5, a=1.0, b="exception: exception 2"), stamp)
    assert journal.health["m"].state == "ok"
    assert "b: exception 2" in journal.health["m"].text
    assert {(e.point, e.kind) for e in events} == {(HEALTH, "ok"), ("b", "exception")}


def test_a_meter_that_refuses_all_is_not_well() -> None:
    journal = Journal(["m"], 0)
    journal.take(poll(5, a="exception: exception 2", b="exception: exception 2"), stamp)
    assert journal.health["m"].state == "exception"


def test_a_meter_whose_values_are_rejected_is_well_itself() -> None:
    """It answers: the fault lies in the sensor, and is told of the point."""
    journal = Journal(["m"], 0)
    journal.take(poll(5, ph="rejected: NaN"), stamp)
    assert journal.health["m"].state == "ok"


def test_an_hour_that_comes_again_takes_no_reading_the_place_of_another() -> None:
    """The clock is set back by whole seconds, and the grid meets the same milliseconds."""
    journal = Journal(["m"], 0)
    first = [journal.take(poll(n, energy=n), stamp)[0][0] for n in range(10, 20)]
    again = [journal.take(poll(n, energy=n), stamp)[0][0] for n in range(10, 30)]
    times = [reading.time_ms for reading in (*first, *again)]
    assert len(set(times)) == len(times) == 30
    assert all(abs(one.time_ms - 1000 * one.value) <= 1000 for one in (*first, *again))


def test_the_hour_may_come_again_after_a_restart() -> None:
    before = [Journal(["m"], 0).take(poll(n, energy=n), stamp)[0][0].time_ms for n in (10, 11)]
    journal = Journal(["m"], 0, floor_ms=before[-1])
    after = [journal.take(poll(n, energy=n), stamp)[0][0].time_ms for n in (10, 11, 12)]
    assert not set(before) & set(after)


def test_a_meter_read_at_two_paces_is_one_meter() -> None:
    journal = Journal(["m"], 0)
    fast, slow = poll(5, power=1.0), poll(6, cod="exception: 2")
    slow.group = 1
    assert [e.kind for e in journal.take(fast, stamp)[1]] == ["ok"]
    assert [e.point for e in journal.take(slow, stamp)[1]] == ["cod"], "the point, not the meter"
    assert journal.health["m"].state == "ok"
    assert journal.health["m"].text == "cod: 2"
    assert journal.take(poll(10, power=1.0), stamp)[1] == [], "nothing changed"
    silent = poll(15, state="timeout", text="silent")
    assert [e.kind for e in journal.take(silent, stamp)[1]] == ["timeout"]
    slow = poll(66, cod="exception: 2")
    slow.group = 1
    journal.take(slow, stamp)
    assert journal.health["m"].state == "exception", "the fast ones have not answered since"


@pytest.mark.parametrize("floor_ms", [0, 9_999, 10_000, 60_000])
def test_polls_on_each_others_heels_keep_their_order_and_a_time_each(floor_ms: int) -> None:
    """A machine that was busy reads twice in a millisecond or two."""
    journal = Journal(["m"], 0, floor_ms=floor_ms)
    starts_s = [10.001, 10.0015, 10.002, 10.003, 10.5, 10.501]
    times = [journal.take(poll(at, energy=1), stamp)[0][0].time_ms for at in starts_s]
    assert times == sorted(set(times))
    assert all(abs(got - stamp(at - 0.01)) <= 10 for got, at in zip(times, starts_s, strict=True))


def test_only_a_meter_that_answered_before_answers_again() -> None:
    journal = Journal(["m"], 0)
    journal.take(poll(5, state="timeout", text="silent"), stamp)
    _, events = journal.take(poll(65, energy=1.0), stamp)
    assert events == [Event("m", HEALTH, 65000, "ok", "answers after 60 s of timeout")]
