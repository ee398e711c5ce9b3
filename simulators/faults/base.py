"""What every fault has: where it strikes and when; and the three places where one can strike."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal, Self
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import ConfigDict, Field, model_validator

from plant.codec import Place
from plant.fields import Seconds, Share
from plant.models import Point
from simulators.draws import Array
from simulators.faults.when import Mask, When, key_of
from simulators.worktime import Strict

Inner = Callable[[Array], Array]  # what the point would show at instants [s, UTC]
Registers = dict[Place, int]
_STRUCK = ("meter", "bus", "gateway", "part")


class Fault(Strict):
    """One ``[[faults]]`` table: a kind, what it strikes, a time, and what the kind asks for."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)

    says: ClassVar[str]  # what happens, in a line
    seen: ClassVar[str]  # where it was met
    strikes: ClassVar[tuple[str, ...]] = ("meter", "bus")

    kind: str
    meter: str | None = None
    bus: str | None = None
    gateway: str | None = None
    part: Literal["broker", "database"] | None = None
    from_: datetime | None = Field(default=None, alias="from")  # in the plant's zone
    until: datetime | None = None
    for_: Seconds | None = Field(default=None, alias="for")
    every: Seconds | None = None
    chance: Share | None = None

    @model_validator(mode="after")
    def _strikes_one_thing(self) -> Self:
        struck = [key for key in _STRUCK if getattr(self, key) is not None]
        if len(struck) != 1:
            raise ValueError(f"{self.kind} strikes one {' or '.join(self.strikes)}: say which")
        if struck[0] not in self.strikes:
            raise ValueError(
                f"{self.kind} strikes a {' or '.join(self.strikes)}, not a {struck[0]}"
            )
        if self.every is not None and self.for_ is None and self.lasts:
            raise ValueError("for = '...' beside every: how long each time")
        return self

    @property
    def where(self) -> str:
        """What it strikes."""
        return self.meter or self.bus or self.gateway or str(self.part)

    @property
    def lasts(self) -> bool:
        """Whether it takes a span of time rather than an instant."""
        return True

    def when(self, zone: ZoneInfo, origin_s: float, *, seed: int) -> When:
        """Its times; without `from` it is at work from `origin_s` on."""
        begin_s = _instant_s(self.from_, zone) if self.from_ else origin_s
        return When(
            begin_s=begin_s,
            end_s=_instant_s(self.until, zone) if self.until else np.inf,
            length_s=np.inf if self.for_ is None else self.for_,
            every_s=self.every,
            chance=1.0 if self.chance is None else self.chance / 100.0,
            key=key_of(seed, self.kind, self.where, begin_s),
        )

    def hides(self, at_s: Array, when: When) -> Mask:
        """At which instants no reading of the meter can be had, and none is told to be wrong."""
        return np.zeros(len(at_s), dtype=bool)


def _instant_s(at: datetime, zone: ZoneInfo) -> float:
    return (at if at.tzinfo else at.replace(tzinfo=zone)).timestamp()


class ValueFault(Fault):
    """A fault of what a meter shows; it shows in history and registers alike."""

    strikes: ClassVar[tuple[str, ...]] = ("meter",)
    point: str | None = None  # the one point that is struck; all when not said

    def value(self, point: Point, when: When, *, inner: Inner, at_s: Array) -> Array:
        """What the point shows instead [its unit]."""
        raise NotImplementedError


class WordFault(Fault):
    """A fault of single registers."""

    strikes: ClassVar[tuple[str, ...]] = ("meter",)
    point: str | None = None

    def words(self, point: Point, registers: Registers) -> Registers:
        """The registers of a point as they are sent while the fault is at work."""
        raise NotImplementedError


@dataclass
class Reply:
    """The answer to a request before it becomes a frame."""

    unit_id: int
    transaction: int
    pdu: bytes
    opened_s: float  # when the connection was opened [s, UTC, simulated]
    delay_s: float = 0.0
    pieces: int = 1
    is_sent: bool = True
    is_dead: bool = False  # this connection never answers again
    damage: list[Callable[[bytes], bytes]] = field(default_factory=list)


class WireFault(Fault):
    """A fault of the line, or of a meter's answers."""

    loses: ClassVar[bool] = True  # whether what is asked for meanwhile is not read

    def spoil(self, reply: Reply, when: When, *, at_s: float) -> None:
        """Do to an answer what the fault does; it is at work at `at_s`."""
        raise NotImplementedError

    def hides(self, at_s: Array, when: When) -> Mask:
        """A spoiled answer is no reading."""
        return when.active(at_s) & self.loses


@dataclass(frozen=True)
class Placed:
    """A fault with its times."""

    fault: Fault
    when: When


def instants(faults: Iterable[Placed], at_s: Array) -> Mask:
    """At which instants any of the faults is at work."""
    found = np.zeros(len(at_s), dtype=bool)
    for placed in faults:
        found |= placed.when.active(at_s)
    return found
