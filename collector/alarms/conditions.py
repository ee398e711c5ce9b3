"""What needs a person: each rule as a pure function of what was read.

A condition holds, does not, or is not known; what is not known neither opens an alarm nor closes
one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import NamedTuple

from collector.analysis.base_load import Nights, above
from collector.store.protocol import Floats

# stale: a meter was not read for too long; clock: a gateway's clock is off; packs: numbers that
# never came; permit: a value or a day's volume beyond the permit; night-base: what flows at night
# while nothing is made; over-expected: a whole period beyond what the locked plan expects.
KINDS = ("stale", "clock", "packs", "permit", "night-base", "over-expected")
CLOCK_LIMIT_MS = 2000
HELD_MS = {"clock": 60_000, "packs": 120_000}  # before it is told; packs arrive out of order


class Condition(NamedTuple):
    """One rule about one subject at one instant.

    holds: None where it is not known. since_ms: from when on it holds, where that is known.
    """

    kind: str
    subject: str
    holds: bool | None
    since_ms: int | None = None
    value: float | None = None
    bound: float | None = None
    unit: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Which rule about whom."""
        return self.kind, self.subject


class Bounds(NamedTuple):
    """What a permit allows, in the unit of the values; None: no bound on that side."""

    low: float | None
    high: float | None


def stale(
    meter: str, last_ms: int | None, limit_ms: int, *, now_ms: int, began_ms: int
) -> Condition:
    """Whether a meter was not read for longer than its limit.

    last_ms: of its newest reading. began_ms: when the watch began; until it has watched for the
    limit, an old reading may only mean that nobody was there to take newer ones.
    """
    age_ms = None if last_ms is None else now_ms - last_ms
    is_old = age_ms is None or age_ms > limit_ms
    holds = None if is_old and now_ms - began_ms <= limit_ms else is_old
    value = None if age_ms is None else age_ms / 1000
    return Condition("stale", meter, holds, last_ms, value, limit_ms / 1000, "s")


def clock(gateway: str, offset_ms: int | None) -> Condition:
    """Whether a gateway's clock is off by more than two seconds."""
    if offset_ms is None:
        return Condition("clock", gateway, None)
    holds, bound = abs(offset_ms) > CLOCK_LIMIT_MS, CLOCK_LIMIT_MS / 1000
    return Condition("clock", gateway, holds, None, offset_ms / 1000, bound, "s")


def packs(gateway: str, missing: int) -> Condition:
    """Whether numbers of a gateway's packs never came."""
    return Condition("packs", gateway, missing > 0, None, float(missing), 0.0, "")


def permit(
    subject: str, values: Floats | Sequence[float], bounds: Bounds, *, since_ms: int, unit: str
) -> Condition:
    """Whether any of the values [unit] that were read from `since_ms` on is beyond the permit."""
    if len(values) == 0:
        return Condition("permit", subject, None)
    low, high = float(min(values)), float(max(values))
    if bounds.high is not None and high > bounds.high:
        return Condition("permit", subject, True, since_ms, high, bounds.high, unit)
    if bounds.low is not None and low < bounds.low:
        return Condition("permit", subject, True, since_ms, low, bounds.low, unit)
    bound = bounds.high if bounds.high is not None else bounds.low
    return Condition("permit", subject, False, None, high, bound, unit)


def night_base(
    resource: str, found: Nights, *, bound: float, since_ms: int, unit: str
) -> Condition:
    """Whether the last night's lowest hour made nothing, and still more flowed than the bound.

    The first leak rule of the page Load; a night of too few known hours tells nothing.
    """
    least = float(found.lowest[-1])
    if isnan(least):
        return Condition("night-base", resource, None)
    holds = bool(above(found, bound)[-1])
    return Condition("night-base", resource, holds, since_ms, least, bound, unit)


def over_expected(
    resource: str, actual: float, expected: float, *, limit_percent: float, since_ms: int
) -> Condition:
    """Whether a whole period used more than expected by more than a share [%]."""
    if isnan(actual) or isnan(expected) or expected <= 0:
        return Condition("over-expected", resource, None)
    holds = actual > expected * (1 + limit_percent / 100)
    over = 100 * (actual / expected - 1)
    return Condition("over-expected", resource, holds, since_ms, over, limit_percent, "%")


class Changes(NamedTuple):
    """What a look at the conditions comes to: those to open, and keys of those to close."""

    opened: list[Condition]
    closed: list[tuple[str, str]]
    held: dict[tuple[str, str], int]  # since when conditions hold that are not yet told


def changes(
    conditions: Sequence[Condition],
    is_open: set[tuple[str, str]],
    held: Mapping[tuple[str, str], int],
    *,
    now_ms: int,
) -> Changes:
    """Compare conditions with the alarms that are open.

    One whose subject the plant file no longer has is closed too. held: what the last look gave.
    """
    opened, waiting = [], dict[tuple[str, str], int]()
    for one in conditions:
        if not one.holds or one.key in is_open:
            continue
        since_ms = held.get(one.key, now_ms)
        if now_ms - since_ms >= HELD_MS.get(one.kind, 0):
            opened.append(one)
        else:
            waiting[one.key] = since_ms
    standing = {one.key for one in conditions if one.holds is not False}
    return Changes(opened, sorted(is_open - standing), waiting)
