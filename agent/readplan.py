"""The cheapest set of requests that reads what is wanted, exactly.

What a request costs is time on the line: its bytes and the turnaround. Spans of registers are
sorted by address; a request takes a run of neighbours. Dynamic programming over the runs finds
the cheapest partition:

    best(j) = min over i of best(i) + cost(run i..j), for the runs that the meter bears

Two runs that interleave never cost less than two that do not, so nothing is lost by looking at
neighbours only (the tests compare with every partition there is).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from agent.frames import BITS, Framing, Read, reply_bytes, request_bytes
from plant.description import Bus
from plant.models import Limits, Point

Cost = Callable[[Read], int]  # a request -> its time on the line [ns]
MAX_BITS = 2000  # Modbus application protocol 1.1b3, 6.1

# A meter thinks for 5 to 50 ms before it answers. With the shortest of these the plan spans a hole
# only where that is right for every meter.
_THINKING_NS = 5_000_000
_TCP_BYTE_NS = 80  # 100 Mbit/s
_TCP_HEADERS = 2 * 54  # Ethernet, IP and TCP, there and back [bytes]


def framing_of(bus: Bus) -> Framing:
    """How frames are marked on a bus: its own word, or RTU on serial and MBAP on TCP."""
    return bus.framer or ("rtu" if bus.serial else "socket")


def character_s(bus: Bus) -> float:
    """Time of one character on a serial line [s]: start, data, parity and stop bits."""
    return (1 + bus.character_bits + (bus.parity != "N") + bus.stop_bits) / bus.baud


def cost_on(bus: Bus) -> Cost:
    """The cost of a request on a bus: bytes and turnaround [ns]."""
    framing = framing_of(bus)
    byte_ns, fixed_ns = _TCP_BYTE_NS, _THINKING_NS + _TCP_HEADERS * _TCP_BYTE_NS
    if bus.serial:
        byte_ns = round(character_s(bus) * 1e9)
        fixed_ns = _THINKING_NS + 7 * byte_ns  # twice 3.5 characters of silence
    fixed_ns += round(bus.pause * 1e9)

    def cost(read: Read) -> int:
        return fixed_ns + byte_ns * (request_bytes(framing) + reply_bytes(read, framing))

    return cost


@dataclass(frozen=True, slots=True)
class Known:
    """What a unit has taught us: spans that it refuses, and places that no request may span."""

    refused: frozenset[Read] = frozenset()
    cuts: frozenset[tuple[int, int]] = frozenset()  # function, address after the cut


def spans_of(point: Point, limits: Limits) -> tuple[Read, ...]:
    """The spans that one value of a point needs.

    Numbers that are added up, and the exponent they are scaled by, are one span where the meter
    allows it: read in two requests, a counter may have moved on between its halves.
    """
    numbers = [Read(point.function, part.address, part.words) for part in point.numbers]
    others = [
        Read(point.function, part.address, part.words)
        for part in point.everything[len(numbers) :]  # the exponent, if any, comes first
    ]
    rules = _Rules(limits, Known(), _addresses([*numbers, *others]))
    together = _hull(point.function, numbers)
    scaled = _hull(point.function, [*numbers, *others[:1]])
    if point.exponent and rules.allow(scaled, 1):
        return (scaled, *others[1:])
    return (*([together] if rules.allow(together, 1) else numbers), *others)


def plan_reads(
    spans: Iterable[Read],
    limits: Limits,
    *,
    cost: Cost,
    known: Known = Known(),
    readable: Iterable[Read] = (),
) -> list[Read]:
    """The cheapest requests that cover all spans but the refused ones, in order of address.

    ``readable`` are further registers that the meter is known to have, for a model whose holes are
    refused.
    """
    return list(_plan(frozenset(spans), limits, cost, known, frozenset(readable)))


@lru_cache(maxsize=256)  # a plant has many meters of a make
def _plan(
    spans: frozenset[Read], limits: Limits, cost: Cost, known: Known, readable: frozenset[Read]
) -> tuple[Read, ...]:
    wanted = {piece for span in spans for piece in _pieces(span, limits)} - known.refused
    rules = _Rules(limits, known, _addresses([*wanted, *readable]))
    plan: list[Read] = []
    for function in sorted({span.function for span in wanted}):
        plan += _cheapest(outermost(s for s in wanted if s.function == function), rules, cost)
    return tuple(plan)


def _cheapest(spans: list[Read], rules: _Rules, cost: Cost) -> list[Read]:
    """The cheapest partition into runs; both ends of the spans ascend."""
    best: list[tuple[int, int, int]] = [(0, 0, 0)]  # cost, requests, start of the last run
    hulls: dict[tuple[int, int], Read] = {}
    for end, last in enumerate(spans, start=1):
        options = []
        for start in range(end - 1, -1, -1):
            first = spans[start].address
            hull = Read(last.function, first, last.end - first)
            if end - start > 1 and not rules.allow(hull, end - start):
                break  # a longer run to the same end is allowed still less
            price, requests, _ = best[start]
            options.append((price + cost(hull), requests + 1, start))
            hulls[start, end] = hull
        best.append(min(options))
    plan: list[Read] = []
    end = len(spans)
    while end:
        start = best[end][2]
        plan.append(hulls[start, end])
        end = start
    return plan[::-1]


@dataclass(frozen=True, slots=True)
class _Rules:
    """What one request may span."""

    limits: Limits
    known: Known
    readable: frozenset[tuple[int, int]]
    barriers: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        alone = {edge for a in self.limits.alone for edge in (a, a + 1)}
        object.__setattr__(self, "barriers", frozenset(self.limits.barriers) | alone)

    def allow(self, hull: Read, points: int) -> bool:
        """Whether the meter bears one request for so many points from first to last."""
        largest = MAX_BITS if hull.function in BITS else self.limits.registers
        if hull.count > largest or points > (self.limits.points or points):
            return False
        first, end = hull.address, hull.end
        if any(first < b < end for b in self.barriers):
            return False
        if any(f == hull.function and first < b < end for f, b in self.known.cuts):
            return False
        if any(hull.holds(bad) for bad in self.known.refused):
            return False
        if self.limits.holes == "readable":
            return True
        return all((hull.function, a) in self.readable for a in range(first, end))


def _pieces(span: Read, limits: Limits) -> list[Read]:
    """A span, cut into single words when the meter wants that."""
    if not any(span.address <= a < span.end for a in limits.alone):
        return [span]
    return [Read(span.function, a, 1) for a in range(span.address, span.end)]


def outermost(spans: Iterable[Read]) -> list[Read]:
    """The spans that lie in no other, sorted; the others come along for nothing."""
    result: list[Read] = []
    for span in sorted(spans, key=lambda s: (s.address, -s.count)):
        if not result or not result[-1].holds(span):
            result.append(span)
    return result


def _hull(function: int, run: list[Read]) -> Read:
    first = min(span.address for span in run)
    return Read(function, first, max(span.end for span in run) - first)


def _addresses(spans: Iterable[Read]) -> frozenset[tuple[int, int]]:
    return frozenset((s.function, a) for s in spans for a in range(s.address, s.end))
