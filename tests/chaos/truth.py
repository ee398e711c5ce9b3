"""What the meters said against what the store holds, reading by reading.

An answer that an agent received is in the store exactly once, with its number and its time. Three
things excuse its absence, and each is counted: the agent never received the answer (it was the
last of its connection), the agent was killed before the answer was on its disk, or the disk gave
up a pack after the fact (an outbox that was damaged while the agent was down).
"""

from __future__ import annotations

import contextlib
import math
import shutil
import sqlite3
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import starmap
from pathlib import Path
from typing import NamedTuple

import numpy as np

from agent.salvage import SELECT, Row
from collector.store import COUNTER, GAUGE, Series, Store
from plant.senml import decode_pack
from tests.chaos.meters import Said
from tests.chaos.stack import GATEWAYS, METERS, PLANT

POINTS = {"energy": (COUNTER, 1000.0), "power": (GAUGE, 1.0)}  # number per unit of the reading
TIME_MS = 1500  # a reading's time is the middle of its request; a loaded machine answers late
LOOKS_MS = 8000  # a frozen or busy agent looks late
DOUBTS_MS = 60_000
KEPT_IN_MEMORY_S = 5.0  # no agent may hold a reading for longer while its disk works
Reading = tuple[int, str, int]  # unit, point, number


class Stocked(NamedTuple):
    """What an outbox file holds: the readings, and the place of the newest in its record."""

    readings: frozenset[Reading]
    packs: int


def stocked(path: Path) -> Stocked:
    """What lies sound in the outbox of an agent that does not run; the file is not touched."""
    readings: set[Reading] = set()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        for suffix in ("", "-wal"):
            if (source := path.with_name(path.name + suffix)).exists():
                shutil.copyfile(source, copy.with_name(copy.name + suffix))
        if not copy.exists():
            return Stocked(frozenset(), 0)
        rows: list[Row] = []
        with (
            contextlib.closing(sqlite3.connect(copy)) as connection,
            # Begun and killed before it had a table; or damaged from there on.
            contextlib.suppress(sqlite3.DatabaseError, TypeError, OverflowError),
        ):
            rows.extend(row for row in starmap(Row, connection.execute(SELECT)) if row.is_sound)
    for row in rows:
        for meter, point, _, value in decode_pack(row.payload).readings:
            readings.add((int(meter.partition("-")[2]), point, round(value * POINTS[point][1])))
    return Stocked(frozenset(readings), len(rows))


@dataclass
class Excuses:
    """What a gateway's agent could not keep, as the run saw it."""

    in_memory: dict[Reading, float] = field(default_factory=dict)  # at most; age [s] at the kill
    destroyed: set[Reading] = field(default_factory=set)  # with a damaged outbox
    steps: list[tuple[int, int]] = field(default_factory=list)  # when [ms], clock then ahead by
    frozen: list[tuple[int, int]] = field(default_factory=list)  # from when until when [ms]

    def stepped(self, now_ms: int, ahead_ms: int) -> None:
        """The clock of the gateway was set."""
        self.steps.append((now_ms, ahead_ms))

    def doubts(self, now_ms: int) -> bool:
        """Whether the agent may hold readings until it knows that its clock is right."""
        return bool(self.steps) and now_ms - self.steps[-1][0] < DOUBTS_MS

    def ahead_ms(self, time_ms: int) -> set[int]:
        """What the clock may have been ahead by when a reading was stamped.

        An agent looks at its clock each second, and stamps what it held when the clock is right.
        """
        before = [ahead for at, ahead in self.steps if at < time_ms - LOOKS_MS]
        return {*before[-1:], *(ahead for at, ahead in self.steps if at >= time_ms - LOOKS_MS)} | (
            set() if before else {0}
        )

    def froze(self, began_ms: int, ended_ms: int) -> None:
        """The agent hung, and went on."""
        self.frozen.append((began_ms, ended_ms))

    def late_ms(self, time_ms: int) -> int:
        """How far a reading's time may lie from the answer's: the middle of a request that hung."""
        hung = (b - a for a, b in self.frozen if a - TIME_MS <= time_ms <= b)
        return TIME_MS + max(hung, default=0) // 2

    def why(self, key: Reading) -> str | None:
        """Why a reading could not be kept; None when it had to be."""
        if self.in_memory.get(key, math.inf) <= KEPT_IN_MEMORY_S:
            return "in memory at kill -9"
        return "in a damaged outbox" if key in self.destroyed else None

    def killed(
        self, record: list[Said], disk: Stocked, *, since_ms: int, now_ms: int, full: bool
    ) -> None:
        """The agent was killed, and this was on its disk, which may have been full."""
        for said in reversed(record):
            key = (said.unit, said.point, said.number)
            if said.time_ms < since_ms or key in disk.readings:
                break
            self.in_memory[key] = 0.0 if full else (now_ms - said.time_ms) / 1000


@dataclass
class Verdict:
    """The comparison of one gateway, or of several together."""

    said: int = 0
    stored: int = 0
    missing: list[Said] = field(default_factory=list)
    duplicated: int = 0
    altered: int = 0
    odd: list[str] = field(default_factory=list)  # what is altered, in words
    excused: Counter[str] = field(default_factory=Counter)
    oldest_s: float = 0.0  # of what was in memory alone at a kill -9, while the disk worked

    def add(self, other: Verdict) -> None:
        """Count another gateway in."""
        self.said += other.said
        self.stored += other.stored
        self.missing += other.missing
        self.duplicated += other.duplicated
        self.altered += other.altered
        self.odd += other.odd
        self.excused += other.excused
        self.oldest_s = max(self.oldest_s, other.oldest_s)

    def told(self, most: int = 20) -> list[str]:
        """What is missing or altered, a line each."""
        return [f"missing: {said}" for said in self.missing[:most]] + self.odd[:most]

    @property
    def is_sound(self) -> bool:
        """Missing 0, duplicated 0, altered 0."""
        return not (self.missing or self.duplicated or self.altered)


def compare(gateway: str, record: list[Said], store: Store, *, excuses: Excuses) -> Verdict:
    """Every answer of a gateway's meters against the store."""
    verdict = Verdict(said=len(record))
    times: defaultdict[Reading, list[int]] = defaultdict(list)
    for unit in range(1, METERS + 1):
        for point, (measurement, scale) in POINTS.items():
            series = Series(measurement, PLANT, (f"{gateway}-{unit}", point))
            found = store.read(series, 0, end_ms=2**62)
            verdict.stored += len(found)
            numbers = np.round(found.values * scale).astype(int).tolist()
            for number, time_ms in zip(numbers, found.times_ms.tolist(), strict=True):
                times[unit, point, number].append(time_ms)
    last = {said.connection: said for said in record}
    for said in record:
        key = (said.unit, said.point, said.number)
        stored_ms = times.pop(key, [])
        if not stored_ms:
            _miss(said, key, verdict, excuses=excuses, is_last=last[said.connection] is said)
            continue
        verdict.duplicated += len(stored_ms) - 1
        ahead, late_ms = excuses.ahead_ms(said.time_ms), excuses.late_ms(said.time_ms)
        for at in stored_ms:
            if all(abs(at - said.time_ms - a) > late_ms for a in ahead):
                off = f"{at - said.time_ms:+d} ms off; {late_ms} around {sorted(ahead)} may be"
                verdict.odd.append(f"altered: {said} is stored at {at}, {off}")
    for key, stored_ms in times.items():  # what no meter ever said
        verdict.odd += [f"altered: {gateway} never said {key}, stored at {at}" for at in stored_ms]
    verdict.altered = len(verdict.odd)
    return verdict


def _miss(said: Said, key: Reading, verdict: Verdict, *, excuses: Excuses, is_last: bool) -> None:
    why = excuses.why(key) or ("answer never received" if is_last else None)
    if why is None:
        verdict.missing.append(said)
        return
    verdict.excused[why] += 1
    if key in excuses.in_memory and key not in excuses.destroyed:
        verdict.oldest_s = max(verdict.oldest_s, excuses.in_memory[key])


__all__ = ["GATEWAYS", "Excuses", "Stocked", "Verdict", "compare", "stocked"]
