"""The agent: its reading plan, its use of a slow line, and how dead units touch living ones.

python -m benchmarks.agent
"""

from __future__ import annotations

import asyncio
import math
import os
import pty
import random
import statistics
import sys
import threading
import time
import tty
from collections.abc import Iterable
from functools import cache

from agent.bus import Bus
from agent.clock import Clock, TimeKeeper
from agent.frames import Read, reply_bytes, request_bytes
from agent.link import SilentError
from agent.poller import Poller
from agent.readplan import Cost, character_s, cost_on, plan_reads, spans_of
from agent.unit import Poll, Unit
from plant.description import Bus as BusDescription
from plant.description import Meter
from plant.models import Limits, MeterModel, library

SERIAL = BusDescription(serial="/dev/null", baud=9600)
THINKS_S = 0.005  # a quick meter
RTU_METERS, RTU_POINTS, RTU_CYCLES = 8, 20, 5
UNITS, DEAD, EVERY_S, FOR_S, WARM_S = 200, 20, 5.0, 1800.0, 300.0
MOST_SPANS = 14  # of which every partition is tried


def main() -> None:
    """Print the tables."""
    _say("models of the library, all points, RTU at 9600 baud", "bytes", "requests")
    for name, (size, requests) in plan_ratios().items():
        _say(name, f"{size:.2f}", f"{requests:.2f}")
    busy, least = rtu_times_s()
    ratios = sorted(taken / least for taken in busy)
    _say(f"{RTU_METERS} meters of {RTU_POINTS} points at 9600 baud: time over the least", "ratio")
    _say("median, worst", f"{statistics.median(ratios):.3f}", f"{ratios[-1]:.3f}")
    _say(f"{DEAD} of {UNITS} units dead: p99 of the poll-time error over none dead", "ratio")
    some = set(range(UNITS // DEAD, UNITS + 1, UNITS // DEAD))
    living = set(range(1, UNITS + 1)) - some
    well, ill = lateness_p99_ms(set(), living), lateness_p99_ms(some, living)
    _say(f"{well} ms without, {ill} ms with", f"{ill / well:.2f}")


def _say(what: str, *figures: str) -> None:
    sys.stdout.write(f"{what:76}" + "".join(f"{figure:>10}" for figure in figures) + "\n")
    sys.stdout.flush()


# --- the reading plan


def plan_ratios() -> dict[str, tuple[float, float]]:
    """Bytes and requests of other ways to ask, over those of our plan; medians of all models."""
    cost = cost_on(SERIAL)
    ways: dict[str, list[tuple[float, float]]] = {}
    for model in library().values():
        spans = [s for p in model.points.values() for s in spans_of(p, model.limits)]
        ours = plan_reads(spans, model.limits, cost=cost, readable=spans)
        joined = model.limits.model_copy(update={"holes": "refused"})
        others = {
            "each point alone, over ours": spans,
            "only what lies side by side, over ours": plan_reads(spans, joined, cost=cost),
        }
        for name, reads in others.items():
            ways.setdefault(name, []).append((_bytes(reads) / _bytes(ours), len(reads) / len(ours)))
        for function in {span.function for span in spans}:
            mine = [read for read in ours if read.function == function]
            best = optimum(spans, function, model=model, cost=cost)
            if best is not None:
                paid = sum(map(cost, mine)) / sum(map(cost, best))
                name = "ours over the best of all partitions, in time on the line"
                ways.setdefault(name, []).append((paid, len(mine) / len(best)))
    return {
        name: (statistics.median(a for a, _ in found), statistics.median(b for _, b in found))
        for name, found in ways.items()
    }


def _bytes(reads: Iterable[Read]) -> int:
    return sum(request_bytes("rtu") + reply_bytes(read, "rtu") for read in reads)


def optimum(
    spans: Iterable[Read], function: int, *, model: MeterModel, cost: Cost
) -> list[Read] | None:
    """The cheapest of all partitions of the sorted spans, by trying each; None if too many."""
    wanted = sorted({s for s in spans if s.function == function}, key=lambda s: (s.address, s.end))
    wanted = [s for s in wanted if not any(o != s and o.holds(s) for o in wanted)]
    if not 1 <= len(wanted) <= MOST_SPANS:
        return None
    best: tuple[int, list[Read]] | None = None
    for cuts in range(2 ** (len(wanted) - 1)):
        reads = _partition(wanted, cuts)
        if all(_allowed(read, count, model.limits) for read, count in reads):
            price = sum(cost(read) for read, _ in reads)
            if best is None or price < best[0]:
                best = price, [read for read, _ in reads]
    return None if best is None else best[1]


def _partition(wanted: list[Read], cuts: int) -> list[tuple[Read, int]]:
    runs: list[list[Read]] = [[wanted[0]]]
    for number, span in enumerate(wanted[1:]):
        if cuts >> number & 1:
            runs.append([span])
        else:
            runs[-1].append(span)
    return [
        (Read(run[0].function, run[0].address, max(s.end for s in run) - run[0].address), len(run))
        for run in runs
    ]


def _allowed(read: Read, count: int, limits: Limits) -> bool:
    if count == 1:
        return True
    alone = {edge for address in limits.alone for edge in (address, address + 1)}
    crossed = any(read.address < b < read.end for b in {*limits.barriers, *alone})
    too_long = read.count > (2000 if read.function < 3 else limits.registers)
    too_many = limits.points is not None and count > limits.points
    return not (crossed or too_long or too_many or limits.holes == "refused")


# --- a slow line


def rtu_times_s() -> tuple[list[float], float]:
    """What cycles on a paced line took, and the least that the plan can take [s]."""
    master, slave = pty.openpty()
    tty.setraw(master)
    tty.setraw(slave)
    description = SERIAL.model_copy(update={"serial": os.ttyname(slave)})
    one_s = character_s(description)
    server = threading.Thread(target=_paced, args=(master, one_s), daemon=True)
    server.start()
    points = tuple(list(library()["eastron-sdm630"].points)[:RTU_POINTS])
    meter = Meter(bus="g/b", model="eastron-sdm630", points=points)
    units = [Unit(n, {f"m{n}": meter}, cost_on(description)) for n in range(1, RTU_METERS + 1)]
    quiet_s = max(3.5 * one_s, 0.00175)
    least_s = sum(
        one_s * (request_bytes("rtu") + reply_bytes(read, "rtu")) + THINKS_S + quiet_s
        for unit in units
        for read in unit.plan
    )
    return asyncio.run(_cycles(description, units)), least_s


async def _cycles(description: BusDescription, units: list[Unit]) -> list[float]:
    clock = Clock()
    bus = Bus("g/b", description, clock=clock)
    poller = Poller(bus, [(unit, EVERY_S) for unit in units], clock=clock)
    await poller.poll(units[0])  # opens the line
    taken: list[float] = []
    for _ in range(RTU_CYCLES):
        begun_s = time.perf_counter()
        for unit in units:
            poll = await poller.poll(unit)
            if not poll.values:
                raise SystemExit(f"the paced line gave no value: {poll.text or poll.faults}")
        taken.append(time.perf_counter() - begun_s)
    bus.close()
    return taken


def _paced(master: int, one_s: float) -> None:
    """Answers as a meter at the end of a line on which every character takes its time."""
    while True:
        try:
            frame = b""
            while len(frame) < request_bytes("rtu"):
                frame += os.read(master, request_bytes("rtu") - len(frame))
        except OSError:
            return
        body = frame[:2] + bytes([2 * frame[5]]) + bytes(2 * frame[5])
        reply = body + _crc(body)
        time.sleep(one_s * (len(frame) + len(reply)) + THINKS_S)
        os.write(master, reply)


def _crc(data: bytes) -> bytes:
    value = 0xFFFF
    for byte in data:
        value = _crc_table()[(value ^ byte) & 0xFF] ^ value >> 8
    return value.to_bytes(2, "little")


@cache
def _crc_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)  # noqa: PLW2901 - as in the standard
        table.append(value)
    return table


# --- dead units among living ones, in simulated time


class Hands:
    """Clocks that go on only in sleep."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.now_s += max(0.0, seconds)
        await asyncio.sleep(0)

    def clock(self) -> Clock:
        """The clocks that they move."""
        return Clock(lambda: self.now_s, lambda: round(self.now_s * 1000), self.sleep)


class Units:
    """A line on which some units are silent; the others think for a while."""

    is_open = True
    heard_s = 0.0

    def __init__(self, hands: Hands, dead: set[int]) -> None:
        self._hands, self._dead = hands, dead
        self._chance = random.Random(1)  # noqa: S311 - the same delays in every run

    async def read(self, unit: int, read: Read, *, timeout_s: float) -> tuple[list[int], float]:
        """Registers after 5 to 15 ms, or silence."""
        if unit in self._dead:
            await self._hands.sleep(timeout_s)
            raise SilentError("no answer")
        await self._hands.sleep(self._chance.uniform(0.005, 0.015))
        return [0] * read.count, self._hands.now_s

    async def identify(self, unit: int, *, timeout_s: float) -> dict[int, bytes]:
        """Nothing."""
        raise SilentError(f"no answer of unit {unit} within {timeout_s} s")

    def close(self) -> None:
        """Nothing to let go of."""


def lateness_p99_ms(dead: set[int], living: set[int]) -> int:
    """99th percentile of how long after its instant one of `living` was read [ms]."""
    hands = Hands()
    clock = hands.clock()
    description = BusDescription(tcp="127.0.0.1:502")

    async def opened() -> Units:
        return Units(hands, dead)

    bus = Bus("g/b", description, clock=clock, opener=opened)
    meter = Meter(bus="g/b", model="eastron-sdm630")
    cost = cost_on(description)
    made = [(Unit(n, {f"m{n}": meter}, cost), EVERY_S) for n in range(1, UNITS + 1)]
    late: list[int] = []

    def sink(poll: Poll) -> None:
        if poll.unit in living and hands.now_s > 1000 + WARM_S:
            late.append(round(hands.now_s * 1000) % round(EVERY_S * 1000))

    async def whole() -> None:
        run = Poller(bus, made, clock=clock).run(TimeKeeper(clock), sink)
        task = asyncio.ensure_future(run)
        while hands.now_s < 1000 + WARM_S + FOR_S and not task.done():
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(whole())
    return sorted(late)[math.ceil(0.99 * len(late)) - 1]


if __name__ == "__main__":
    main()
