"""Cycles keep to the wall clock; a dead unit costs one timeout per step, out of idle time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.schedule import LONGEST_MS, Job, Schedule

START_MS = 1_790_000_001_234


def jobs(units: int, every_ms: int = 5000, silence_ms: int = 1000) -> list[Job]:
    return [Job(number, number + 1, every_ms, silence_ms) for number in range(units)]


def run(
    schedule: Schedule,
    *,
    for_ms: int,
    takes_ms: Callable[[Job, int], int],
    answers: Callable[[Job, int], bool] = lambda job, now: True,
    start_ms: int = START_MS,
) -> list[tuple[int, int, int]]:
    """Work a schedule off in simulated time; (unit, when it began, when it was due) of each run."""
    now_ms, log = start_ms, []
    while now_ms < start_ms + for_ms:
        choice = schedule.choose(now_ms)
        if isinstance(choice, int):
            assert choice > 0
            now_ms += choice
            continue
        log.append((choice.unit, now_ms, choice.due_ms))
        now_ms += takes_ms(choice, now_ms)
        schedule.finish(choice, now_ms, answered=answers(choice, now_ms))
    return log


def test_cycles_begin_on_whole_periods_and_do_not_drift() -> None:
    schedule = Schedule(jobs(1), START_MS)
    log = run(schedule, for_ms=3_600_000, takes_ms=lambda *_: 137)
    assert len(log) == 721
    assert all(began % 5000 == 0 for _, began, _ in log[1:])


def test_the_first_reading_does_not_wait_for_a_whole_period() -> None:
    schedule = Schedule(jobs(1, every_ms=3_600_000), START_MS)
    log = run(schedule, for_ms=7_200_000, takes_ms=lambda *_: 10)
    first, second, third = (began for _, began, _ in log)
    assert first == START_MS
    assert second % 3_600_000 == 0
    assert third - second == 3_600_000


def test_each_period_is_its_own() -> None:
    schedule = Schedule([Job(0, 1, 5000, 1000), Job(1, 2, 15000, 1000)], START_MS)
    log = run(schedule, for_ms=60_000, takes_ms=lambda *_: 10)
    slow = [due for unit, _, due in log if unit == 2]
    assert slow == list(range(1_789_999_995_000, START_MS + 60_000, 15_000))
    assert sum(unit == 1 for unit, _, _ in log) == 13


def test_a_cycle_that_lasts_longer_than_its_period_skips_and_counts() -> None:
    """7.5 s of work every 5 s: two of three cycles are read, none piles up."""
    schedule = Schedule(jobs(1), START_MS)
    log = run(schedule, for_ms=150_000, takes_ms=lambda *_: 7500)
    dues = [due for _, _, due in log]
    assert dues == sorted(set(dues))
    assert len(log) == 20
    assert len(log) + schedule.skipped == (dues[-1] - dues[0]) // 5000 + 1
    assert all(began - due < 5000 for _, began, due in log)


@settings(max_examples=60)
@given(st.lists(st.integers(1, 4000), min_size=30, max_size=60), st.integers(1, 5))
def test_no_cycle_runs_twice_and_every_one_is_run_or_counted(durations, units) -> None:
    schedule = Schedule(jobs(units), START_MS)
    pace = iter(durations * 1000)
    log = run(schedule, for_ms=300_000, takes_ms=lambda *_: next(pace))
    assert len({(unit, due) for unit, _, due in log}) == len(log)
    assert all(due % 5000 == 0 and due <= began < due + 5000 for _, began, due in log)
    for job in schedule.jobs:
        first = min(due for unit, _, due in log if unit == job.unit)
        runs = sum(unit == job.unit for unit, _, _ in log)
        assert runs + job.skipped == (job.due_ms - first) // 5000


@settings(max_examples=60)
@given(
    every_s=st.lists(st.sampled_from([1, 2, 5, 60]), min_size=2, max_size=6),
    takes_ms=st.lists(st.integers(1, 12_000), min_size=6, max_size=6),
)
def test_a_line_with_too_much_to_do_forgets_nobody(every_s, takes_ms) -> None:
    """Whoever waits is read before anybody else has been read twice since."""
    all_jobs = [Job(n, n + 1, 1000 * every, 1000) for n, every in enumerate(every_s)]
    log = run(
        Schedule(all_jobs, START_MS),
        for_ms=600_000,
        takes_ms=lambda job, _: takes_ms[job.number],
    )
    round_ms = sum(takes_ms[: len(all_jobs)])
    for job in all_jobs:
        began = [at for unit, at, _ in log if unit == job.unit]
        rounds = [*began, START_MS + 600_000]
        assert began
        assert all(b - a <= 2 * (job.every_ms + round_ms) for a, b in pairwise(rounds)), job


@pytest.mark.parametrize(
    ("living", "dead", "every_ms", "takes_ms"),
    [(5, 20, 5000, 100), (4, 27, 1000, 100), (10, 5, 5000, 500)],
)
def test_a_cable_that_is_cut_behind_some_units_does_not_silence_the_others(
    living, dead, every_ms, takes_ms
) -> None:
    """Between two timeouts each living unit that waits is read."""
    log = run(
        Schedule(jobs(living + dead, every_ms=every_ms), START_MS),
        for_ms=1_800_000,
        takes_ms=lambda job, _: takes_ms if job.unit <= living else 1000,
        answers=lambda job, _: job.unit <= living,
    )
    asked = {unit for unit, _, _ in log}
    assert asked == set(range(1, living + dead + 1))
    for unit in range(1, living + 1):
        began = [at for one, at, _ in log if one == unit and at > START_MS + 60_000]
        assert max(b - a for a, b in pairwise(began)) <= every_ms + living * takes_ms + 1000


def test_a_unit_of_an_hourly_point_waits_its_turn_by_its_most_frequent_one() -> None:
    """Twelve units, each with a point of 5 s and one of an hour, on a line that carries ten."""
    both = [
        Job(2 * n + i, n + 1, ms, 1000) for n in range(12) for i, ms in enumerate([3_600_000, 5000])
    ]
    log = run(Schedule(both, START_MS), for_ms=120_000, takes_ms=lambda *_: 500)
    assert {unit for unit, _, _ in log} == set(range(1, 13))


def test_where_only_some_fit_into_a_period_all_take_turns() -> None:
    """Five units of 3 s on a line that is asked every 5 s."""
    log = run(Schedule(jobs(5), START_MS), for_ms=300_000, takes_ms=lambda *_: 3000)
    assert [sum(unit == n for unit, _, _ in log) for n in range(1, 6)] == [20] * 5


def test_a_line_with_too_much_to_do_still_asks_its_dead_unit_now_and_then() -> None:
    schedule = Schedule(jobs(3, every_ms=1000), START_MS)
    log = run(
        schedule,
        for_ms=600_000,
        takes_ms=lambda job, _: 1000 if job.unit == 3 else 700,
        answers=lambda job, _: job.unit != 3,
    )
    assert 5 <= sum(unit == 3 for unit, _, _ in log) <= 30
    assert sum(unit != 3 for unit, _, _ in log) > 800


def lateness(log: list[tuple[int, int, int]], dead: set[int]) -> list[int]:
    return sorted(began - due for unit, began, due in log if unit not in dead)


@pytest.mark.slow
def test_dead_units_do_not_delay_the_living() -> None:
    """20 of 200 are dead: the others' 99th percentile is at most 1.2 times that of all well."""
    dead = set(range(10, 201, 10))
    units = 200

    def takes_ms(job: Job, _: int) -> int:
        return 1000 if job.unit in dead else 8

    well = run(Schedule(jobs(units), START_MS), for_ms=1_800_000, takes_ms=lambda *_: 8)
    ill = run(
        Schedule(jobs(units), START_MS),
        for_ms=1_800_000,
        takes_ms=takes_ms,
        answers=lambda job, _: job.unit not in dead,
    )
    before, after = lateness(well, dead), lateness(ill, dead)
    assert after[len(after) * 99 // 100] <= 1.2 * before[len(before) * 99 // 100]
    for unit in set(range(1, units + 1)) - dead:
        dues = [due for u, _, due in ill if u == unit and due > START_MS + 30_000]
        assert {later - sooner for sooner, later in pairwise(dues)} == {5000}, "a cycle was lost"


def test_a_dead_unit_is_asked_ever_more_rarely_down_to_once_in_five_minutes() -> None:
    schedule = Schedule(jobs(2), START_MS)
    log = run(
        schedule,
        for_ms=100 * 3_600_000,
        takes_ms=lambda job, _: 1000 if job.unit == 2 else 10,
        answers=lambda job, _: job.unit == 1,
    )
    asked = [began for unit, began, _ in log if unit == 2]
    gaps = [later - sooner for sooner, later in pairwise(asked)]
    assert gaps[0] <= 2000 + 1000 + 2 * 5000
    assert all(gap <= LONGEST_MS + 1000 + 5000 for gap in gaps)
    assert all(gap >= min(LONGEST_MS, 2000 * (i + 1)) for i, gap in enumerate(gaps))
    assert schedule.skipped == 0, "what a dead unit misses is not lateness"


def test_a_bus_without_idle_time_still_asks_its_dead_unit_now_and_then() -> None:
    schedule = Schedule(jobs(3, every_ms=1000), START_MS)
    log = run(
        schedule,
        for_ms=600_000,
        takes_ms=lambda job, _: 1000 if job.unit == 3 else 480,
        answers=lambda job, _: job.unit != 3,
    )
    assert 5 <= sum(unit == 3 for unit, _, _ in log) <= 30


def test_a_unit_that_comes_back_is_read_at_once_in_its_rhythm() -> None:
    schedule = Schedule(jobs(2), START_MS)
    back_ms = START_MS + 60_000
    log = run(
        schedule,
        for_ms=300_000,
        takes_ms=lambda job, now: 1000 if job.unit == 2 and now < back_ms else 10,
        answers=lambda job, now: job.unit == 1 or now >= back_ms,
    )
    after = [began for unit, began, _ in log if unit == 2 and began >= back_ms]
    assert all(later - sooner == 5000 for sooner, later in pairwise(after[1:]))
    assert schedule.skipped == 0


def test_jobs_of_one_unit_share_its_silence() -> None:
    schedule = Schedule([Job(0, 7, 5000, 1000), Job(1, 7, 15000, 1000)], START_MS)
    log = run(schedule, for_ms=20_000, takes_ms=lambda *_: 1000, answers=lambda *_: False)
    assert len(log) <= 4


def test_a_clock_that_jumps_back_does_not_stop_the_reading() -> None:
    schedule = Schedule(jobs(1), START_MS)
    run(schedule, for_ms=20_000, takes_ms=lambda *_: 10)
    schedule.realign(START_MS - 86_400_000)
    log = run(schedule, for_ms=20_000, takes_ms=lambda *_: 10, start_ms=START_MS - 86_400_000)
    assert len(log) == 5


def test_a_clock_that_jumps_back_forgets_no_silent_unit_of_a_full_line() -> None:
    schedule = Schedule(jobs(3, every_ms=1000), START_MS)
    line: dict[str, Callable[[Job, int], int]] = {
        "takes_ms": lambda job, _: 1000 if job.unit == 3 else 700,
        "answers": lambda job, _: job.unit != 3,
    }
    run(schedule, for_ms=60_000, **line)
    back_ms = START_MS - 86_400_000
    schedule.realign(back_ms)
    log = run(schedule, for_ms=600_000, start_ms=back_ms, **line)
    assert sum(unit == 3 for unit, _, _ in log) >= 5


def test_while_the_line_is_down_nothing_runs_and_the_missed_cycles_are_counted() -> None:
    schedule = Schedule(jobs(1), START_MS)
    assert isinstance(schedule.choose(1_790_000_005_000), Job)
    schedule.postpone(12_000, 1_790_000_005_000)
    assert schedule.choose(1_790_000_010_000) == 10_000
    assert schedule.skipped == 3
