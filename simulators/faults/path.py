"""Faults between the meters and the store: of a gateway's clock, of packs, of broker and database.

A clock and the order of packs are struck in written history (`simulate history`); broker and
database in a simulator that stands before them (`simulate --broker-port`, `--database-port`).
"""

import heapq
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Literal, Protocol, TypeVar
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import AfterValidator, Field

from plant.fields import Seconds
from simulators.draws import Array
from simulators.faults.base import Fault, Placed
from simulators.faults.when import When, uniforms

_DAY_S = 86400.0


class Timed(Protocol):
    """A pack as far as its order goes."""

    @property
    def at_ms(self) -> int:
        """When its first reading was taken [ms, UTC]."""


P = TypeVar("P", bound=Timed)


class ClockFault(Fault):
    """A gateway's clock that is wrong, and so the time of every reading it takes."""

    strikes: ClassVar[tuple[str, ...]] = ("gateway",)

    def ahead(self, at_s: Array, when: When) -> Array:
        """How far the clock is ahead at these instants [s]; negative is behind."""
        raise NotImplementedError


class ClockJump(ClockFault):
    """A clock that is set wrong."""

    says: ClassVar[str] = "the clock is so much ahead or behind, then right again (history)"
    seen: ClassVar[str] = "lafrech/oem_gateway#12: after a power cut an old date until NTP answers"
    kind: Literal["clock-jump"]
    ahead_: Seconds = Field(default=0.0, alias="ahead")
    behind: Seconds = 0.0

    def ahead(self, at_s: Array, when: When) -> Array:
        """The same while it lasts."""
        return np.where(when.active(at_s), self.ahead_ - self.behind, 0.0)


class ClockDrift(ClockFault):
    """A clock that runs fast and is set right at the end."""

    says: ClassVar[str] = "the clock gains so much (per_day) each day, then is set right (history)"
    seen: ClassVar[str] = "no issue: a gateway that is kept off the network has no other time"
    kind: Literal["clock-drift"]
    per_day: Seconds

    def ahead(self, at_s: Array, when: When) -> Array:
        """By its age."""
        return np.where(when.active(at_s), self.per_day * (at_s - when.begun(at_s)) / _DAY_S, 0.0)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("a zone such as Europe/Berlin") from error
    return name


class SummerTime(ClockFault):
    """A clock that is put forward in spring and back in autumn, though readings are in UTC."""

    says: ClassVar[str] = "the clock follows a zone's (zone) summer time: an hour is told twice"
    seen: ClassVar[str] = "influxdata/influxdb#4150: the same series and time overwrites silently"
    kind: Literal["dst"]
    zone: Annotated[str, AfterValidator(_known_zone)]

    def ahead(self, at_s: Array, when: When) -> Array:
        """An hour in summer."""
        zone = ZoneInfo(self.zone)
        dst = [datetime.fromtimestamp(at, UTC).astimezone(zone).dst() for at in at_s.tolist()]
        summer = np.array([(d or timedelta()).total_seconds() for d in dst])
        return np.where(when.active(at_s), summer, 0.0)


class PackFault(Fault):
    """Packs that do not come once each and in their order."""

    strikes: ClassVar[tuple[str, ...]] = ("gateway",)

    def arrive(self, packs: Iterable[P], when: When) -> Iterator[P]:
        """The packs as they come."""
        raise NotImplementedError


class DuplicatePacks(PackFault):
    """Packs that come twice."""

    says: ClassVar[str] = "packs come again, so many packs later (later; chance: which) (history)"
    seen: ClassVar[str] = "thingsboard/thingsboard-gateway#2157: sent again, or lost: none knows"
    kind: Literal["duplicate-packs"]
    later: int = Field(default=3, ge=0)

    def arrive(self, packs: Iterable[P], when: When) -> Iterator[P]:
        """Each pack, and those that are due again behind it."""
        again: list[tuple[int, int, P]] = []
        for number, pack in enumerate(packs):
            yield pack
            if when.is_active(pack.at_ms / 1000):
                heapq.heappush(again, (number + self.later, number, pack))
            while again and again[0][0] <= number:
                yield heapq.heappop(again)[2]
        yield from (pack for _, _, pack in sorted(again, key=lambda one: one[:2]))


class DisorderPacks(PackFault):
    """Packs that overtake each other."""

    says: ClassVar[str] = "so many packs (within) come in any order among themselves (history)"
    seen: ClassVar[str] = "influxdata/influxdb-client-js#324: two quick writes land in wrong order"
    kind: Literal["disorder-packs"]
    within: int = Field(default=8, ge=2)

    def arrive(self, packs: Iterable[P], when: When) -> Iterator[P]:
        """Group by group."""
        group: list[P] = []
        for pack in packs:
            group.append(pack)
            if len(group) == self.within:
                yield from _shuffled(group, when)
                group = []
        yield from _shuffled(group, when)


def _shuffled(group: list[P], when: When) -> list[P]:
    if not group or not when.is_active(group[0].at_ms / 1000):
        return group
    drawn = uniforms(when.key, np.array([pack.at_ms for pack in group], dtype=float))
    return [group[i] for i in np.argsort(drawn, kind="stable")]


class PartFault(Fault):
    """A fault of the broker or the database; whoever stands before it makes it."""

    strikes: ClassVar[tuple[str, ...]] = ("part",)


class BrokerGone(PartFault):
    """Nobody reaches the broker."""

    says: ClassVar[str] = "connections to the broker are cut and refused; it forgets nothing"
    seen: ClassVar[str] = "thingsboard/thingsboard-gateway#2157: 10-20 s after link loss are lost"
    kind: Literal["broker-gone"]
    part: Literal["broker"] = "broker"


class BrokerWiped(PartFault):
    """The broker restarts."""

    says: ClassVar[str] = "the broker is killed and comes back knowing nothing of before"
    seen: ClassVar[str] = "thingsboard/thingsboard-gateway#1507: of twelve values one arrived"
    kind: Literal["broker-wiped"]
    part: Literal["broker"] = "broker"

    @property
    def lasts(self) -> bool:
        """It is back at once."""
        return False


class DatabaseGone(PartFault):
    """Nobody reaches the database."""

    says: ClassVar[str] = "connections to the database server are cut and refused"
    seen: ClassVar[str] = "influxdata/telegraf#7268: the buffer stops buffering around an outage"
    kind: Literal["database-gone"]
    part: Literal["database"] = "database"


def ahead_s(faults: Iterable[Placed], at_s: Array) -> Array:
    """How far a gateway's clock is ahead with all of its faults [s]."""
    total = np.zeros(len(at_s))
    for placed in faults:
        if isinstance(placed.fault, ClockFault):
            total += placed.fault.ahead(at_s, placed.when)
    return total


def arriving(packs: Iterable[P], faults: Iterable[Placed]) -> Iterable[P]:
    """Packs as they come with all of a gateway's faults."""
    for placed in faults:
        if isinstance(placed.fault, PackFault):
            packs = placed.fault.arrive(packs, placed.when)
    return packs
