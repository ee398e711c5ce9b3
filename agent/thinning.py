"""Packs made smaller while the collector is away, so that consumption stays what it was.

There are two steps, and each takes the oldest packs first:

1. Gauges keep the last reading of each slot.
2. Counters keep the first and the last reading of each slot. Every slot edge lies between the last
   of one slot and the first of the next, so nothing that is computed at the edges changes.

Around a step back, or a jump above the largest rate, everything is kept: whether it was a reset or
a glitch shows in the readings beside it. A gauge that is integrated for want of a totaliser keeps
readings as close as a measured slot asks for, and only the second step touches it. Events, and
points that the plant file does not know, are kept as they are.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import NamedTuple

from agent.packer import RECORDS
from plant.calendar import SLOT_MS
from plant.description import Meter, Plant
from plant.reading import Event, Reading
from plant.senml import Pack, decode_pack, encode_pack
from plant.thinned import Thinned, replace_packs
from plant.units import fits

LAST_STEP = 2
AROUND = 1  # slots before and after a suspicious one that are kept whole
LEAST_SLOTS = 4  # in a batch, for its last slot to be left to the next one
INTEGRATED_MS = 120_000  # readings of a rate further apart make a gap, for most intervals
RECORD_BYTES = 58  # of a reading in a pack, about
DAY_S = 86_400

Key = tuple[str, str]  # meter, point


class Numbered(NamedTuple):
    """A pack and its number."""

    seq: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Thinning:
    """What replaces what; without payloads, because nothing can be left out, nothing does."""

    replaced: list[Numbered]
    payloads: list[bytes]
    newest_ms: int
    record: Thinned


@dataclass(frozen=True, slots=True)
class Rule:
    """How a point is thinned."""

    step: int  # the first that touches it
    apart_ms: float = 0.0  # readings that are kept are no further apart; 0: one is enough
    is_counter: bool = False
    rate_per_ms: float = math.inf  # the largest plausible
    update_ms: float = 0.0

    @staticmethod
    def of(plant: Plant, meter: Meter, name: str) -> Rule:
        """The rule for a point that is read of a meter."""
        point = meter.meter_model.points[name]
        if point.kind == "counter":
            rate = meter.max_rate_per_h(point) or math.inf
            wraps_in_h = (point.wraps_at or math.inf) / rate
            return Rule(
                step=2,
                apart_ms=min(SLOT_MS, wraps_in_h * 3.6e6),
                is_counter=True,
                rate_per_ms=rate / 3.6e6,
                update_ms=point.update_s * 1000,
            )
        quantity = meter.resource or meter.product or meter.driver
        integrated = quantity is not None and meter.counter is None
        if integrated and fits(point.unit, f"{plant.quantity_unit(str(quantity))}/h"):
            return Rule(step=2, apart_ms=max(INTEGRATED_MS, 3000 * meter.every_of(name)))
        return Rule(step=1)

    def doubts(self, before: Reading, after: Reading) -> bool:
        """Whether the collector may take a step between two readings for more than counting."""
        most = self.rate_per_ms * (after.time_ms - before.time_ms + self.update_ms)
        return not 0 <= after.value - before.value <= most


@dataclass(slots=True)
class _Context:
    """What is remembered of the batch before."""

    last: dict[Key, Reading] = field(default_factory=dict)
    doubtful: dict[Key, set[int]] = field(default_factory=dict)
    standing: dict[Key, float] = field(default_factory=dict)  # where a doubtful step came to rest


class Thinner:
    """Knows the points of a plant, and what the last batch of each step ended with."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant.id
        self._units = plant.units()
        self._rules = {
            (name, point): Rule.of(plant, meter, point)
            for name, meter in plant.meters.items()
            for point in meter.read_points()
        }
        self._contexts = {step: _Context() for step in range(1, LAST_STEP + 1)}

    def thin(self, packs: Sequence[Numbered], step: int) -> Thinning:
        """What replaces the first of a batch of neighbouring packs, most or all of them.

        WireError when one cannot be read.
        """
        opened = [(pack, decode_pack(pack.payload)) for pack in packs]
        taken, ahead = _split(opened)
        readings = _by_series(content for _, content in taken)
        context = self._contexts[step]
        coming = _by_series(content for _, content in ahead)
        kept = [
            reading
            for key, series in readings.items()
            for reading in self._keep(key, series, step=step, coming=coming[key])
        ]
        context.last = {key: series[-1] for key, series in readings.items()}
        left_out = sum(map(len, readings.values())) - len(kept)
        events = [event for _, content in taken for event in content.events]
        return self._pack([pack for pack, _ in taken], kept, events=events, left_out=left_out)

    def _keep(
        self, key: Key, series: list[Reading], *, step: int, coming: list[Reading]
    ) -> list[Reading]:
        """The readings of a point that stay."""
        rule = self._rules.get(key)
        if rule is None or rule.step > step:
            return series
        if rule.apart_ms == 0:
            return [list(group)[-1] for _, group in groupby(series, _slot)]
        whole = self._doubtful(key, series, step=step, coming=coming) if rule.is_counter else set()
        kept: list[Reading] = []
        for slot, group in groupby(series, _slot):
            together = list(group)
            kept += together if slot in whole else _sparse(together, rule.apart_ms)
        return kept

    def _doubtful(
        self, key: Key, series: list[Reading], *, step: int, coming: list[Reading]
    ) -> set[int]:
        """The slots around each doubtful step, told from this batch and from its neighbours.

        And around the first count after it: that one tells the collector a reset from a glitch.
        """
        context, rule = self._contexts[step], self._rules[key]
        before = context.last.get(key)
        chain = [*([before] if before and before.time_ms < series[0].time_ms else []), *series]
        found: set[int] = set()
        standing = context.standing.pop(key, None)
        for pair in pairwise([*chain, *coming]):
            doubts = rule.doubts(*pair)
            if doubts or (standing is not None and pair[1].value != standing):
                found |= set(map(_slot, pair))
                standing = pair[1].value if doubts else None
            if pair[1] is series[-1] and standing is not None:
                context.standing[key] = standing
        doubtful = found | context.doubtful.get(key, set())
        last = _slot(series[-1])
        context.doubtful[key] = {slot for slot in doubtful if last - AROUND <= slot}
        return {slot + by for slot in doubtful for by in range(-AROUND, AROUND + 1)}

    def _pack(
        self, replaced: list[Numbered], kept: list[Reading], *, events: list[Event], left_out: int
    ) -> Thinning:
        record = replace_packs(replaced, left_out)
        newest_ms = max([r.time_ms for r in kept] + [e.time_ms for e in events], default=0)
        if not left_out:
            return Thinning(replaced, [], newest_ms, record)
        kept.sort(key=_time)
        told = [*events, record.event(newest_ms)]
        chunks = [kept[i : i + RECORDS] for i in range(0, len(kept), RECORDS)] or [[]]
        packs = [Pack(self._plant, chunks[0], told), *(Pack(self._plant, c) for c in chunks[1:])]
        payloads = [encode_pack(pack, self._units) for pack in packs]
        return Thinning(replaced, payloads, newest_ms, record)


Opened = tuple[Numbered, Pack]


def _time(reading: Reading) -> int:
    return reading.time_ms


def _slot(reading: Reading) -> int:
    return reading.time_ms // SLOT_MS


def _split(opened: list[Opened]) -> tuple[list[Opened], list[Opened]]:
    """The packs to replace, and those of the last slot, which the next batch will have whole."""
    spans = [
        (min(slots), max(slots))
        for _, content in opened
        if (slots := set(map(_slot, content.readings)))
    ]
    if not spans:
        return opened, []
    last = max(high for _, high in spans)
    if last - min(low for low, _ in spans) < LEAST_SLOTS:
        return opened, []
    size = len(opened)
    while size > 1 and all(_slot(reading) == last for reading in opened[size - 1][1].readings):
        size -= 1
    return opened[:size], opened[size:]


def _by_series(packs: Iterable[Pack]) -> defaultdict[Key, list[Reading]]:
    """The readings of each point in order of time."""
    found: defaultdict[Key, list[Reading]] = defaultdict(list)
    for pack in packs:
        for reading in pack.readings:
            found[reading.meter, reading.point].append(reading)
    for series in found.values():
        series.sort(key=_time)
    return found


def _sparse(group: list[Reading], apart_ms: float) -> Iterator[Reading]:
    """The first and the last of a slot, and between them as few as leave no longer stretch."""
    yield group[0]
    since_ms = group[0].time_ms
    for reading, following in pairwise(group[1:]):
        if following.time_ms - since_ms > apart_ms:
            yield reading
            since_ms = reading.time_ms
    if len(group) > 1:
        yield group[-1]


def bytes_per_day(plant: Plant, gateway: str) -> tuple[float, float]:
    """What a gateway's outbox takes in a day, as read and when all is thinned [bytes]."""
    raw = thin = 0.0
    slots = DAY_S * 1000 / SLOT_MS
    for meter in plant.meters_at(gateway).values():
        for point in meter.read_points():
            rule = Rule.of(plant, meter, point)
            readings = DAY_S / meter.every_of(point)
            per_slot = 1 + math.ceil(SLOT_MS / rule.apart_ms) if rule.apart_ms else 1
            raw += readings
            thin += min(readings, slots * per_slot)
    return raw * RECORD_BYTES, thin * RECORD_BYTES
