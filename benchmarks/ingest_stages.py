"""Where a pack spends its time on the way to `stored`: a collector that notes when, and the table.

python -m benchmarks.ingest_stages TRACE collector ARGUMENTS...

Nothing of the collector is changed; what it calls is timed, with the clock that all processes of
a computer share.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cleanline

STAGES = (
    "publish to receipt",
    "wait for the commit before",
    "check",
    "store",
    "archive",
    "ledger",
    "answer heard",
)
NAP_S = 0.005
Key = tuple[str, int]  # outbox, number
Marks = list[float]  # when it was received, begun, checked, stored, archived, recorded


@dataclass(slots=True)
class Noted:
    """What a collector noted while it was timed."""

    packs: dict[Key, Marks] = field(default_factory=dict)
    threads: dict[str, float] = field(default_factory=dict)  # CPU seconds
    stalls: list[float] = field(default_factory=list)  # of a thread that wakes all the time [s]
    searches: list[float] = field(default_factory=list)  # for garbage that has lived for a while


class Trace:
    """Notes when each pack passed each mark, and what kept every thread waiting."""

    def __init__(self) -> None:
        self._received: dict[Key, float] = {}
        self._passed: dict[Key, Marks] = {}
        self._now: Marks = []
        self._stalls: list[float] = []
        self._searches: list[float] = []
        self._search_s = 0.0

    def watch(self) -> None:
        """Begin to note how long threads and searches for garbage keep others waiting."""
        gc.callbacks.append(self._note_search)
        threading.Thread(target=self._nap, name="nap", daemon=True).start()

    def _note_search(self, phase: str, told: dict[str, int]) -> None:
        if phase == "start":
            self._search_s = time.monotonic()
        elif told["generation"] == 2 and (self._received or self._passed):
            self._searches.append(time.monotonic() - self._search_s)

    def _nap(self) -> None:
        while True:
            until_s = time.monotonic() + NAP_S
            time.sleep(NAP_S)
            if self._passed:
                self._stalls.append(time.monotonic() - until_s)

    def take(self, take: Callable[..., None]) -> Callable[..., None]:
        """A worker's `take`, timed."""

        @functools.wraps(take)
        def timed(worker: Any, message: Any) -> None:
            self._received.setdefault(_key(message), time.monotonic())
            take(worker, message)

        return timed

    def commit(self, commit: Callable[..., Any]) -> Callable[..., Any]:
        """An ingest's `commit`, timed."""

        @functools.wraps(commit)
        def timed(ingest: Any, messages: Sequence[Any]) -> Any:
            self._now = [time.monotonic()]
            done = commit(ingest, messages)
            for message in messages:
                if (received_s := self._received.pop(_key(message), None)) is not None:
                    self._passed[_key(message)] = [received_s, *self._now]
            return done

        return timed

    def mark(self, call: Callable[..., Any], *, before: bool = False) -> Callable[..., Any]:
        """A call after which a mark is passed, and before which another one."""

        @functools.wraps(call)
        def timed(*arguments: Any, **named: Any) -> Any:
            if before:
                self._now.append(time.monotonic())
            result = call(*arguments, **named)
            self._now.append(time.monotonic())
            return result

        return timed

    def write(self, path: Path) -> None:
        """Leave it to whoever sent the packs."""
        rows = [[*key, *marks] for key, marks in self._passed.items()]
        seen = {"stalls": self._stalls, "searches": self._searches}
        path.write_text(json.dumps({"packs": rows, "threads": _cpu_by_thread(), **seen}))


def _cpu_by_thread() -> dict[str, float]:
    """CPU seconds of each thread of ours."""
    found = {}
    for thread in threading.enumerate():
        stat = Path(f"/proc/self/task/{thread.native_id}/stat").read_text(encoding="ascii")
        words = stat.rpartition(")")[2].split()
        found[thread.name] = (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    return found


def _key(message: Any) -> Key:
    said = message.properties
    return said.get("outbox", ""), int(said.get("seq", 0))


def read_trace(path: Path) -> Noted:
    """What a collector left."""
    found = json.loads(path.read_text(encoding="utf-8"))
    packs: dict[Key, Marks] = {(outbox, seq): marks for outbox, seq, *marks in found.pop("packs")}
    return Noted(packs, **found)


def spread(times: Iterable[float]) -> tuple[float, float, float]:
    """The median of times, their 99th percentile, and the mean of the slowest 1 %."""
    took = sorted(times) or [0.0]
    slowest = took[-max(1, len(took) // 100) :]
    return statistics.median(took), took[int(0.99 * (len(took) - 1))], statistics.fmean(slowest)


def stage_rows(
    sent: Mapping[Key, tuple[float, float]], trace: Mapping[Key, Marks]
) -> Iterator[tuple[str, float, float, float]]:
    """Of each stage its median, its 99th percentile, and its mean among the slowest 1 % [s].

    sent: when each pack was published, and when its answer was heard.
    """
    known = [
        [sent_s, *trace[key], heard_s]
        for key, (sent_s, heard_s) in sent.items()
        if len(trace.get(key, ())) == len(STAGES) - 1
    ]
    known.sort(key=lambda times: times[-1] - times[0])
    slowest = known[-max(1, len(known) // 100) :]
    for place, name in enumerate((*STAGES, "together")):
        ends = (0, -1) if name == "together" else (place, place + 1)
        if known:
            half, most, _ = spread(times[ends[1]] - times[ends[0]] for times in known)
            worst = statistics.fmean(times[ends[1]] - times[ends[0]] for times in slowest)
            yield name, half, most, worst


def main() -> int:
    """Time a collector, which runs as its command would."""
    from collector.custody.keeper import Keeper  # noqa: PLC0415 - only the timed process needs it
    from collector.intake.ingest import Ingest  # noqa: PLC0415
    from collector.intake.worker import Worker  # noqa: PLC0415
    from collector.ledger.journal import Journal  # noqa: PLC0415
    from collector.service import Collector  # noqa: PLC0415
    from collector.store.influx import InfluxStore  # noqa: PLC0415
    from collector.store.sqlite import SqliteStore  # noqa: PLC0415

    trace, path = Trace(), Path(sys.argv[1])
    trace.watch()
    timed: Any
    for timed in (SqliteStore, InfluxStore):
        timed.add = trace.mark(timed.add, before=True)
    timed = Keeper
    timed.keep = trace.mark(Keeper.keep)
    timed = Journal
    timed.record = trace.mark(Journal.record)
    timed = Ingest
    timed.commit = trace.commit(Ingest.commit)
    timed = Worker
    timed.take = trace.take(Worker.take)
    stop = Collector.stop

    def stop_and_write(collector: Collector, *arguments: float) -> None:
        trace.write(path)
        stop(collector, *arguments)

    timed = Collector
    timed.stop = stop_and_write
    return cleanline.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
