"""Polls become readings and events; and how every meter is, since when.

Only good values become readings. A rejected value, a refused register and each change of a
meter's health are told once when they begin, again every 15 minutes while they last, and once
when they end: never a zero, never a repeat of the last value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from agent.unit import Fault, Poll
from plant.calendar import SLOT_MS
from plant.reading import HEALTH, Event, Reading
from plant.wire import MeterHealth

CLOSE_MS = 8  # a poll that was late is followed by the next one at once
Stamp = Callable[[float], int]  # monotonic seconds -> UTC milliseconds


@dataclass(slots=True)
class _Trouble:
    """A point without good values."""

    kind: str
    told_ms: int
    count: int = 0


class Journal:
    """What has been seen of the meters of a gateway."""

    def __init__(self, meters: Iterable[str], now_ms: int, *, floor_ms: int = 0) -> None:
        """floor_ms: no reading of an earlier run has a later time."""
        self.health = {m: MeterHealth("silent", now_ms, "not read yet") for m in meters}
        self._answered: set[str] = set()  # only who did can answer again
        self._groups: defaultdict[str, dict[int, tuple[str, str]]] = defaultdict(dict)
        self._troubles: dict[tuple[str, str], _Trouble] = {}
        self._floor_ms = floor_ms + floor_ms % 2
        self._newest: dict[tuple[str, str], int] = {}
        self._again: dict[tuple[str, str], int] = {}  # since a step back

    def take(self, poll: Poll, stamp: Stamp) -> tuple[list[Reading], list[Event]]:
        """The readings and events of a poll."""
        time_ms = stamp(poll.ended_s)
        events: list[Event] = []
        for meter in poll.meters:
            state, text = self._judge(meter, poll)
            events += self._tell_health(meter, state, text=text, time_ms=time_ms)
        for fault in poll.faults:
            events += self._tell_fault(fault, time_ms)
        middles_ms = {middle_s: stamp(middle_s) for middle_s in {v.middle_s for v in poll.values}}
        readings = [
            Reading(meter, point, self._instant((meter, point), middles_ms[middle_s]), number)
            for meter, point, middle_s, number in poll.values
        ]
        if self._troubles:
            events += self._tell_recovered(readings)
        return readings, events

    def _judge(self, meter: str, poll: Poll) -> tuple[str, str]:
        """How a meter is: one of whose points some are read more often than others is still one."""
        groups = self._groups[meter]
        if not poll.answered:
            groups.clear()
            return poll.state, poll.text
        state, text = groups[poll.group] = _state(meter, poll)
        if any(other == "ok" for other, _ in groups.values()):
            state, text = "ok", "; ".join(said for _, said in groups.values() if said)
        return state, text

    def _instant(self, key: tuple[str, str], time_ms: int) -> int:
        """A time that no reading of the point has, though the clock was set back.

        The store knows a reading by its time. Meters are read on a grid, so that an hour that
        comes again would meet the same milliseconds: it gets the odd ones, all else the even.
        """
        newest = self._newest.get(key, self._floor_ms)
        if time_ms > newest - CLOSE_MS:
            self._newest[key] = instant = max(time_ms & ~1, newest + 2)
            return instant
        odd, again = time_ms | 1, self._again.get(key, 0)
        self._again[key] = again + 2 if again - CLOSE_MS < odd <= again else odd
        return self._again[key]

    def _tell_health(self, meter: str, state: str, *, text: str, time_ms: int) -> list[Event]:
        before = self.health[meter]
        if before.state == state:
            if before.text != text:  # the same state, another detail: shown, not told
                self.health[meter] = MeterHealth(state, before.since_ms, text)
            return []
        self.health[meter] = MeterHealth(state, time_ms, text)
        if state == "ok" and before.text != "not read yet":
            gone_s = (time_ms - before.since_ms) / 1000
            told = "answers again" if meter in self._answered else "answers"
            text = f"{told} after {gone_s:.0f} s of {before.state}; {text}".rstrip("; ")
        if state == "ok":
            self._answered.add(meter)
        return [Event(meter, HEALTH, time_ms, state, text)]

    def _tell_fault(self, fault: Fault, time_ms: int) -> list[Event]:
        key = fault.meter, fault.point
        trouble = self._troubles.get(key)
        if trouble is None or trouble.kind != fault.kind:
            self._troubles[key] = _Trouble(fault.kind, time_ms, count=1)
            return [Event(*key, time_ms, fault.kind, fault.text)]
        trouble.count += 1
        if time_ms - trouble.told_ms < SLOT_MS:
            return []
        trouble.told_ms = time_ms
        return [Event(*key, time_ms, fault.kind, f"{fault.text} ({trouble.count} times)")]

    def _tell_recovered(self, readings: list[Reading]) -> list[Event]:
        events = []
        for reading in readings:
            if trouble := self._troubles.pop((reading.meter, reading.point), None):
                text = f"after {trouble.count} times {trouble.kind}"
                events.append(Event(reading.meter, reading.point, reading.time_ms, "ok", text))
        return events


def _state(meter: str, poll: Poll) -> tuple[str, str]:
    """How a meter is after a poll: a meter that gives some of its points is ok, and says which."""
    faults = [f for f in poll.faults if f.meter == meter and f.kind != "rejected"]
    text = "; ".join(f"{f.point}: {f.text}" for f in faults)
    gives = any(v.meter == meter for v in poll.values) or len(faults) < sum(
        f.meter == meter for f in poll.faults
    )
    return ("ok" if gives or not faults else faults[0].kind), text
