"""What travels: readings, and events told in words."""

from __future__ import annotations

from typing import NamedTuple

GATEWAY = "gateway"  # the id under which a gateway speaks of itself; no meter may have it
HEALTH = "health"  # the point under which a meter's health is told
LARGEST = 2.0**64  # no register counts further, and no plant has more of anything in any unit


class Reading(NamedTuple):
    """One value of one point of one meter at one instant."""

    meter: str
    point: str
    time_ms: int  # UTC, the middle of the request
    value: float  # in the unit of the meter's model


class Event(NamedTuple):
    """What happened to a point or a meter, instead of a value."""

    meter: str
    point: str
    time_ms: int
    kind: str  # ok, timeout, exception, rejected, clock, outbox, thinned, ...
    text: str
