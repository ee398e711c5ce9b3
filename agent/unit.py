"""One unit on a bus: what is read of it, and what it has taught us.

A request that the unit refuses (exception 2 or 3) is halved until the register that it does not
have is found; that one is remembered and told, and all others keep flowing. What was learned is
forgotten after an hour and when the unit comes back from silence, since it may be another device.
Where the device itself says where its registers lie (SunSpec), it is asked first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from agent.bus import Patience
from agent.frames import (
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    SILENT_BEHIND_GATEWAY,
    Answer,
    Failure,
    Read,
    Words,
)
from agent.readplan import Cost, Known, outermost, plan_reads, spans_of
from agent.schedule import LONGEST_MS, STEP_MS
from agent.sunspec import place_in, walk
from agent.taken import Taken, Wanted
from plant.codec import Rejected, decode, places
from plant.description import Meter

FORGET_S = 3600.0
_NOT_THERE = (ILLEGAL_ADDRESS, ILLEGAL_VALUE)

Ask = Callable[[Read, Patience], Awaitable[Answer]]


class Value(NamedTuple):
    """A good value, not yet stamped."""

    meter: str
    point: str
    middle_s: float  # of the request, monotonic
    number: float


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a point has no value."""

    meter: str
    point: str
    kind: str  # exception, timeout, rejected
    text: str


@dataclass(slots=True)
class Poll:
    """What one look at a unit gave."""

    unit: int
    meters: tuple[str, ...]
    state: str = "ok"  # or timeout, refused
    text: str = ""
    values: list[Value] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    ended_s: float = 0.0  # monotonic
    group: int = 0  # points that are read together; a meter may have several such groups

    @property
    def answered(self) -> bool:
        """Whether the unit said anything at all."""
        return self.state == "ok"


@dataclass(slots=True)
class _Mute:
    """A request that was met with silence, perhaps alone among those of its unit."""

    failures: int = 0
    until_s: float = 0.0


class Unit:
    """The points of one unit that share a period."""

    def __init__(
        self,
        unit: int,
        meters: Mapping[str, Meter],
        cost: Cost,
        *,
        every_s: float | None = None,
    ) -> None:
        """every_s: read the points of that period alone; all of them when it is None."""
        self.unit = unit
        self.meters = tuple(meters)
        self.points = {
            name: tuple(p for p in meter.read_points() if every_s in (None, meter.every_of(p)))
            for name, meter in meters.items()
        }
        self._models = {name: meter.meter_model for name, meter in meters.items()}
        self.limits = next(iter(self._models.values())).limits
        self.patience = Patience(self.limits.timeout_s, self.limits.pause_s)
        self._cost = cost
        self._is_located = not any(model.found for model in self._models.values())
        self._nowhere: dict[str, Failure] = {}  # meters whose block the device does not have
        self._wanted: list[Wanted] = []
        self._readable: list[Read] = []
        self._refused: dict[Read, Failure] = {}
        self._cuts: frozenset[tuple[int, int]] = frozenset()
        self._learned_s: float | None = None
        self._mute: dict[Read, _Mute] = {}
        self._was_silent = False
        self.plan: list[Read] = []
        self._want()

    def _want(self) -> None:
        self._wanted = [
            Wanted(meter, name, point, spans_of(point, self.limits))
            for meter, names in self.points.items()
            if meter not in self._nowhere
            for name, point in self._models[meter].points.items()
            if name in names
        ]
        self._readable = [
            Read(*place)
            for model in self._models.values()
            for point in model.points.values()
            for place in places(point)
        ]
        self._replan()

    def _replan(self) -> None:
        self.plan = plan_reads(
            (span for wanted in self._wanted for span in wanted.spans),
            self.limits,
            cost=self._cost,
            known=Known(frozenset(self._refused), self._cuts),
            readable=self._readable,
        )

    async def poll(self, ask: Ask, monotonic_s: Callable[[], float]) -> Poll:
        """Ask all requests of the plan and decode what came."""
        self._forget(monotonic_s())
        poll = Poll(self.unit, self.meters)
        taken = Taken()
        learned = self._learned
        if not self._is_located and (failure := await self._locate(ask, taken)):
            poll.state = "refused" if failure.kind == "refused" else "timeout"
            poll.text = failure.text
        for request in self._in_order() if poll.answered else ():
            if self._is_resting(request, taken, monotonic_s()):
                continue
            failure = await self._take(request, ask, taken)
            if failure is None:
                self._mute.pop(request, None)
                continue
            if failure.kind == "refused" or not taken.heard:
                poll.state = "refused" if failure.kind == "refused" else "timeout"
                poll.text = failure.text
            if failure.kind != "refused":
                self._rest(request, monotonic_s())
            break
        poll.ended_s = monotonic_s()
        if learned != self._learned:
            self._learned_s = poll.ended_s
            self._replan()
        if poll.answered:
            self._decode(taken, poll)
        self._was_silent = poll.state == "timeout"
        return poll

    @property
    def _learned(self) -> tuple[int, int, bool]:
        return len(self._refused), len(self._cuts), self._is_located

    async def _locate(self, ask: Ask, taken: Taken) -> Failure | None:
        """Ask the device where the blocks of its meters lie; a failure when it says nothing."""
        chain = await walk(lambda read: ask(read, self.patience))
        if isinstance(chain, Failure):
            return chain
        taken.heard = self._is_located = True
        self._nowhere = {}
        for name, model in self._models.items():
            if model.found is None:
                continue
            at = place_in(chain, model.found)
            if isinstance(at, Failure):
                self._nowhere[name] = at
            else:
                self._models[name] = model.moved(at)
        self._want()
        return None

    def _in_order(self) -> list[Read]:
        """The plan, with what was met with silence at the end: it must not hide the others."""
        if not self._mute:
            return self.plan
        rested = {request: mute.failures for request, mute in self._mute.items()}
        return sorted(self.plan, key=lambda request: rested.get(request, 0))

    def _forget(self, now_s: float) -> None:
        if self._learned_s is None:
            return
        if self._was_silent or now_s - self._learned_s > FORGET_S:
            self._refused, self._cuts, self._learned_s = {}, frozenset(), None
            self._is_located = not any(model.found for model in self._models.values())
            self._replan()

    def _is_resting(self, request: Read, taken: Taken, now_s: float) -> bool:
        mute = self._mute.get(request)
        if mute is None or now_s >= mute.until_s or not taken.heard:
            return False
        taken.failures[request] = Failure("timeout", "met with silence")
        return True

    def _rest(self, request: Read, now_s: float) -> None:
        mute = self._mute.setdefault(request, _Mute())
        mute.failures += 1
        mute.until_s = now_s + min(LONGEST_MS, STEP_MS * mute.failures) / 1000

    async def _take(self, request: Read, ask: Ask, taken: Taken) -> Failure | None:
        """Ask one request; the failure when the unit or the line said nothing of use."""
        answer = await ask(request, self.patience)
        if isinstance(answer, Words):
            taken.heard = True
            taken.image.add(request.function, request.address, answer.words)
            taken.middles.append((request, answer.middle_s))
            return None
        if answer.kind != "exception" or answer.code in SILENT_BEHIND_GATEWAY:
            taken.failures[request] = answer
            return answer
        taken.heard = True
        if answer.code in _NOT_THERE:
            return await self._search(request, answer, ask=ask, taken=taken)
        taken.failures[request] = answer
        if answer.code == ILLEGAL_FUNCTION:
            self._refused.update(dict.fromkeys(self._inside(request), answer))
        return None

    async def _search(
        self, request: Read, answer: Failure, *, ask: Ask, taken: Taken
    ) -> Failure | None:
        """Halve a refused request until what the unit does not have is found."""
        spans = self._inside(request)
        if len(spans) < 2:
            self._refused[request] = answer
            return None
        half = len(spans) // 2
        refused, cuts = len(self._refused), self._cuts
        for part in (spans[:half], spans[half:]):
            end = max(span.end for span in part)
            whole = Read(request.function, part[0].address, end - part[0].address)
            if failure := await self._take(whole, ask, taken):
                return failure
        if refused == len(self._refused) and cuts == self._cuts:
            # Both halves are there: it is what lies between them, or the length.
            self._cuts |= {(request.function, spans[half].address)}
        return None

    def _inside(self, request: Read) -> list[Read]:
        """The spans that a request was made of."""
        spans = {span for wanted in self._wanted for span in wanted.spans if request.holds(span)}
        return outermost(spans)

    def _decode(self, taken: Taken, poll: Poll) -> None:
        for meter, failure in self._nowhere.items():
            names = self.points[meter]
            poll.faults += [Fault(meter, name, failure.kind, failure.text) for name in names]
        taken.failures.update(self._refused)
        for wanted in self._wanted:
            try:
                number = decode(wanted.point, taken.image.words)
            except KeyError:
                failure = taken.why_not(wanted.spans)
                poll.faults.append(Fault(wanted.meter, wanted.name, failure.kind, failure.text))
                continue
            except (ArithmeticError, ValueError):  # a scale of 10^32767, say, or a code of NaN
                number = Rejected("its registers hold no number")
            if isinstance(number, Rejected):
                fault = Fault(wanted.meter, wanted.name, "rejected", number.reason)
                poll.faults.append(fault)
                continue
            middle_s = taken.middle_s(wanted.spans[0])
            poll.values.append(Value(wanted.meter, wanted.name, middle_s, number))
