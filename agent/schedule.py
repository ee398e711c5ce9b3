"""Who is read next on a bus, and when: a pure function of the wall clock and of who answered.

Cycles lie on whole multiples of their period since 1970, so they never drift. A cycle that cannot
begin before the next one is due is skipped and counted; nothing piles up. Who has waited longest is
next, so that a line with too much to do reads every unit more seldom, and not the first ones alone.
A unit that is silent is asked again after 2 s x failures, at most 5 min, and only when no living
unit waits or soon will: one dead unit costs one timeout per step, out of the time that the living
ones leave. A line that leaves none asks it all the same, after some periods of patience; every
living unit that waited meanwhile is read before the next silent one is asked.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

STEP_MS = 2_000
LONGEST_MS = 300_000


@dataclass(slots=True)
class Job:
    """The points of one unit that share a period."""

    number: int  # its place among the jobs of the bus
    unit: int
    every_ms: int
    silence_ms: int  # what it costs when the unit does not answer
    due_ms: int = 0
    since_ms: int = 0  # when the first cycle was due that it has not had
    skipped: int = 0

    def align(self, now_ms: int) -> None:
        """Be due at the next whole period that is not over."""
        self.be_due(-(-now_ms // self.every_ms) * self.every_ms)

    def be_due(self, due_ms: int) -> None:
        """Be due at a time, and wait from then on."""
        self.due_ms = self.since_ms = due_ms

    def catch_up(self, now_ms: int) -> None:
        """Leave out the cycles whose period is over; how long it has waited stays."""
        missed = max(0, now_ms - self.due_ms) // self.every_ms
        self.skipped += missed
        self.due_ms += missed * self.every_ms


@dataclass(slots=True)
class _Silence:
    """How long a unit has been silent, in failures, and when it is asked again."""

    failures: int = 0
    retry_ms: int = 0

    @property
    def step_ms(self) -> int:
        return min(LONGEST_MS, STEP_MS * self.failures)


class Schedule:
    """The jobs of one bus."""

    def __init__(self, jobs: list[Job], now_ms: int) -> None:
        self.jobs = jobs
        # Nobody has been heard yet: those who answer come first from then on.
        self._silent = {job.unit: _Silence() for job in jobs}
        self._silence_over_ms = now_ms  # when the last timeout ended
        self._shortest_ms: dict[int, int] = {}  # the period of each unit's most frequent job
        for job in jobs:
            shortest = self._shortest_ms.get(job.unit, job.every_ms)
            self._shortest_ms[job.unit] = min(shortest, job.every_ms)
        # Since when it waits, number of the job; old entries stay a while.
        self._queue: list[tuple[int, int]] = []
        self.realign(now_ms)

    def realign(self, now_ms: int) -> None:
        """Begin anew from now: at the start, and when the wall clock has jumped.

        The period that runs still counts, or an hourly point would say nothing for up to an hour.
        """
        for job in self.jobs:
            job.be_due(now_ms - now_ms % job.every_ms)
        for silence in self._silent.values():
            silence.retry_ms = now_ms
        self._silence_over_ms = now_ms
        self._fill()

    def _fill(self) -> None:
        self._queue = [(job.since_ms, job.number) for job in self.jobs]
        heapq.heapify(self._queue)

    def choose(self, now_ms: int) -> Job | int:
        """The job to run now, or how long to wait [ms]."""
        first = self._first_living(now_ms)
        if first is not None and first.due_ms <= now_ms and first.since_ms < self._silence_over_ms:
            return first
        suspects = [(self._ask_ms(job, first, now_ms), job) for job in self._suspects()]
        at_ms, suspect = min(suspects, key=lambda pair: pair[0], default=(None, None))
        if at_ms is not None and suspect is not None and at_ms <= now_ms:
            suspect.be_due(now_ms - now_ms % suspect.every_ms)
            return suspect
        if first is not None and first.due_ms <= now_ms:
            return first
        instants = [at for at in (at_ms, first.due_ms if first else None) if at is not None]
        return max(1, min(instants, default=now_ms + STEP_MS) - now_ms)

    def _first_living(self, now_ms: int) -> Job | None:
        while self._queue:
            since_ms, number = self._queue[0]
            job = self.jobs[number]
            if job.since_ms == since_ms and job.unit not in self._silent:
                job.catch_up(now_ms)
                return job
            heapq.heappop(self._queue)
        return None

    def _suspects(self) -> list[Job]:
        """One job of each silent unit: the one that is due first."""
        if not self._silent:
            return []
        chosen: dict[int, Job] = {}
        for job in self.jobs:
            if job.unit in self._silent:
                other = chosen.get(job.unit)
                if other is None or job.due_ms < other.due_ms:
                    chosen[job.unit] = job
        return list(chosen.values())

    def _ask_ms(self, job: Job, first: Job | None, now_ms: int) -> int:
        """When a silent unit is asked: at its time if its silence fits before the next living job.

        It waits for such a gap for two periods after a first silence, which may have been noise,
        and for up to twelve later: then it is asked anyway, or a busy bus would forget it. One that
        was never asked does not wait. While a living job is due it waits for a period more.
        """
        silence = self._silent[job.unit]
        at_ms = max(silence.retry_ms, job.due_ms)
        if first is None or max(at_ms, now_ms) + job.silence_ms <= first.due_ms:
            return at_ms
        patience = min(12, 2 * silence.failures) + (first.due_ms <= now_ms)
        return at_ms + patience * self._shortest_ms[job.unit]

    def finish(self, job: Job, now_ms: int, *, answered: bool) -> None:
        """Take note that a job has run."""
        if not answered:
            silence = self._silent.setdefault(job.unit, _Silence())
            silence.failures += 1
            silence.retry_ms = now_ms + silence.step_ms
            self._silence_over_ms = now_ms
            job.align(now_ms + 1)  # the cycles of a silent unit are not late ones
            return
        job.be_due(job.due_ms + job.every_ms)
        if self._silent.pop(job.unit, None):
            for other in self.jobs:
                if other.unit == job.unit:
                    other.align(max(other.due_ms, now_ms - other.every_ms))
                    self._push(other)
        else:
            self._push(job)

    def _push(self, job: Job) -> None:
        heapq.heappush(self._queue, (job.since_ms, job.number))

    def postpone(self, wait_ms: int, now_ms: int) -> None:
        """Run nothing for a while: the line itself is down."""
        for job in self.jobs:
            before_ms = job.due_ms
            job.align(max(before_ms, now_ms + wait_ms))
            job.skipped += (job.due_ms - before_ms) // job.every_ms
        self._fill()

    @property
    def skipped(self) -> int:
        """Cycles left out so far, because the bus was late or down."""
        return sum(job.skipped for job in self.jobs)
