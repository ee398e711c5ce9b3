"""One run: load, faults at random times by seed, healing, and the count."""

from __future__ import annotations

import heapq
import itertools
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collector.ledger import Ledger
from collector.store import open_store
from tests.chaos.faults import FAULTS, End, Scene
from tests.chaos.meters import Said, read_record
from tests.chaos.replay import Replayer
from tests.chaos.stack import GATEWAYS, PLANT, QUIET, Stack, StoreKind
from tests.chaos.truth import Excuses, Verdict, compare

SETTLE_S = 150.0
CONNECT_S = 30.0
STOP_S = 10.0
STOPS_WITHIN_S = 5.0  # a part of ours, from SIGTERM to its end
FAIR_LOAD = 2.0  # per processor; with more, how long a part takes says nothing of it
Say = Callable[[str], None]


@dataclass
class Outcome:
    """What a run came to."""

    seed: int
    store: StoreKind
    faults: Counter[str] = field(default_factory=Counter)
    verdict: Verdict = field(default_factory=Verdict)
    stop_s: dict[str, float] = field(default_factory=dict)  # from SIGTERM to the end
    load: float = 0.0  # of the machine at its worst, per processor
    exits: dict[str, int] = field(default_factory=dict)  # parts that ended by themselves
    replayed: int = 0
    events: Counter[str] = field(default_factory=Counter)  # that the ledger holds, by kind
    never_seen: int = 0  # packs
    waiting: int = 0  # packs that could not be delivered

    @property
    def is_sound(self) -> bool:
        """Whether the promise was kept."""
        kept = self.verdict.is_sound and not self.waiting
        in_time = max(self.stop_s.values(), default=0.0) <= STOPS_WITHIN_S or self.load > FAIR_LOAD
        return kept and in_time and self.verdict.stored > 0

    def table(self) -> str:
        """Faults and counts, a line each."""
        verdict = self.verdict
        rows: list[tuple[str, Any]] = [
            ("seed", self.seed),
            ("store", self.store),
            ("faults", self.faults.total()),
            *((f"  {name}", count) for name, count in sorted(self.faults.items())),
            ("answers of the meters", verdict.said),
            ("readings in the store", verdict.stored),
            ("missing", len(verdict.missing)),
            ("duplicated", verdict.duplicated),
            ("altered", verdict.altered),
            *((f"not kept: {why}", count) for why, count in sorted(verdict.excused.items())),
            ("oldest in memory at kill -9 [s]", f"{verdict.oldest_s:.2f}"),
            ("packs sent again by a stranger", self.replayed),
            ("packs never seen by the collector", self.never_seen),
            ("packs that still wait", self.waiting),
            *((f"events: {kind}", count) for kind, count in sorted(self.events.items())),
            *((f"ended by itself: {name}", n) for name, n in self.exits.items() if n),
            ("load of the machine at its worst", f"{self.load:.1f}"),
            *((f"SIGTERM to end, {name} [s]", f"{s:.2f}") for name, s in self.stop_s.items()),
        ]
        return "\n".join(f"{name:40}{value!s:>14}" for name, value in rows)


class Run:
    """Breaks a stack, heals it, and counts."""

    def __init__(self, folder: Path, store: StoreKind, *, seed: int, say: Say) -> None:
        self.outcome = Outcome(seed, store)
        self._say = say
        self._stack = Stack(folder, store)
        self._replayer = Replayer(self._stack.broker_port)
        self.excuses = {gateway: Excuses() for gateway in GATEWAYS}
        self._scene = Scene(
            self._stack, random.Random(seed), self.excuses, self._replayer, full_until_s={}
        )

    def go(self, faults: int, *, gap_s: float, lasts_s: float, calm_s: float = 6.0) -> Outcome:
        """All of it; nothing breaks until all are connected and for `calm_s` more."""
        try:
            self._stack.start()
            for name in (*self._stack.collectors, *GATEWAYS):
                self._watch_until(lambda name=name: self._stack.parts[name].has_said("connected"))
            self._watch(calm_s)
            self._break(faults, gap_s=gap_s, lasts_s=lasts_s)
            self._heal()
            self._settle()
            self._count()
        finally:
            self._replayer.close()
            self._stack.close()
        return self.outcome

    def _watch(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._stack.look()
            time.sleep(0.05)

    def _watch_until(self, happened: Callable[[], bool]) -> None:
        until = time.monotonic() + CONNECT_S
        while not happened() and time.monotonic() < until:
            self._watch(0.1)

    def _break(self, count: int, *, gap_s: float, lasts_s: float) -> None:
        chance = self._scene.chance
        turns = itertools.chain.from_iterable(_shuffled(chance) for _ in itertools.count())
        ends: list[tuple[float, int, End]] = []
        for number, fault in enumerate(itertools.islice(turns, count)):
            end = fault(self._scene)
            self.outcome.faults[fault.__name__.replace("_", " ")] += 1
            self._say(f"{number + 1}/{count} {fault.__name__.replace('_', ' ')}")
            self.outcome.load = max(self.outcome.load, os.getloadavg()[0] / (os.cpu_count() or 1))
            over_s = time.monotonic() + chance.uniform(0.2, 2 * lasts_s)
            heapq.heappush(ends, (over_s, number, end))
            until = time.monotonic() + chance.expovariate(1 / gap_s)
            while time.monotonic() < until:
                self._end_those_due(ends)
                self._watch(0.05)
        while ends:
            heapq.heappop(ends)[2]()

    @staticmethod
    def _end_those_due(ends: list[tuple[float, int, End]]) -> None:
        while ends and ends[0][0] <= time.monotonic():
            heapq.heappop(ends)[2]()

    def _heal(self) -> None:
        for disk in self._stack.disks.values():
            disk.make_room()
        for proxy in self._stack.proxies.values():
            proxy.heal()
        broker = self._stack.parts["broker"]
        broker.kill()
        self._stack.set_broker(QUIET)
        self._stack.start()
        self._watch(3.0)

    def _settle(self) -> None:
        """The meters fall silent; the agents deliver what they have, and go."""
        for gateway in GATEWAYS:
            self._stack.parts[f"meters-{gateway}"].stop(STOP_S)
        until = time.monotonic() + SETTLE_S
        waiting = set(GATEWAYS)
        while waiting and time.monotonic() < until:
            for gateway in waiting:
                self._watch_until(
                    lambda name=gateway: self._stack.parts[name].has_said("connected")
                )
            self._watch(3.0)  # to send
            for gateway in sorted(waiting):
                left = self._stop(gateway).get("waiting", -1)
                if left == 0:
                    waiting.discard(gateway)
                else:
                    self._say(f"{gateway}: {left} packs still wait")
                    self._stack.parts[gateway].start()
        for gateway in waiting:
            self.outcome.waiting += max(1, int(self._stop(gateway).get("waiting", 1)))
        for name in self._stack.collectors:
            self._stop(name)

    def _stop(self, name: str) -> dict[str, Any]:
        printed = self._stack.parts[name].stop(STOP_S)
        found: dict[str, Any] = json.loads(printed) if printed.strip() else {}
        return found

    def record(self, gateway: str) -> list[Said]:
        """Every answer of a gateway's meters."""
        return read_record(self._stack.record(gateway))

    def compare(self) -> Verdict:
        """Every answer of all meters against what the store holds now."""
        verdict = Verdict()
        store = open_store(self._stack.store_url(), self._stack.folder / "data")
        try:
            for gateway in GATEWAYS:
                excuses = self.excuses[gateway]
                verdict.add(compare(gateway, self.record(gateway), store, excuses=excuses))
        finally:
            store.close()
        return verdict

    def _count(self) -> None:
        self.outcome.verdict = self.compare()
        ledger = Ledger(self._stack.folder / "data")
        try:
            told = ledger.journal.events(PLANT, limit=100_000)
            self.outcome.events = Counter(
                f"{one.event.kind}" for one in told if one.event.meter == "gateway"
            )
            self.outcome.never_seen = sum(
                last - first + 1
                for box in ledger.journal.completeness(PLANT)
                for first, last in box.never_seen
            )
        finally:
            ledger.close()
        ours = (*GATEWAYS, *self._stack.collectors)
        self.outcome.stop_s = {name: self._stack.parts[name].stop_s for name in ours}
        self.outcome.exits = {name: part.exits for name, part in self._stack.parts.items()}
        self.outcome.replayed = self._replayer.sent


def _shuffled(chance: random.Random) -> Sequence[Callable[[Scene], End]]:
    """Every kind once, in any order."""
    return chance.sample(FAULTS, len(FAULTS))
