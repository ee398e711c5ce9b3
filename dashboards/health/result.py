"""What the page Data health shows: meters, gateways, outboxes, quarantine, events.

Values are None where there is none, never 0. Times are UTC milliseconds.
"""

from __future__ import annotations

from enum import IntEnum

from dashboards.now import Gateway, Health, Shown, Span
from dashboards.now import Plant as PlantHead
from dashboards.remarks import Remark
from plant.reading import Event


class Known(IntEnum):
    """How well a stretch of time is known: the worst of its quarter hours decides."""

    whole = 0
    estimated = 1
    partly = 2
    missing = 3


class Slots(Shown):
    """Quarter hours of a stretch, by how well they are known.

    A meter without a totaliser is integrated; one of gauges alone is measured where it was read.
    """

    measured: int
    estimated: int
    integrated: int
    missing: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.measured + self.estimated + self.integrated + self.missing

    def percent(self, count: int) -> float | None:
        """A share of all [%]; None of nothing."""
        return 100 * count / self.total if self.total else None


class MeterData(Shown):
    """One meter: when it was last read, and how well it is known over the page's interval."""

    meter: str
    name: str
    gateway: str
    last_ms: int | None  # of the point that was last read longest ago
    stale_after_ms: int
    is_stale: bool
    state: Health
    since_ms: int | None
    slots: Slots
    missing_ms: int
    counts: dict[str, int]  # of each kind of event
    course: list[Known]  # one for each step of the page


class Outbox(Shown):
    """One outbox of a gateway: every number from 1 to the last was seen, or is missing."""

    gateway: str
    outbox: str
    last: int
    missing: int
    never_seen: list[tuple[int, int]]  # the first ranges, both ends included


class AsidePack(Shown):
    """A pack that was not stored, and why."""

    gateway: str
    outbox: str | None
    seq: int | None
    received_ms: int
    kind: str
    reason: str


class Happened(Shown):
    """An event of a meter or gateway, as the journal has it."""

    time_ms: int
    gateway: str  # empty where the collector found it
    meter: str
    point: str
    kind: str
    text: str

    @classmethod
    def of(cls, gateway: str, event: Event) -> Happened:
        """An event of the journal."""
        return cls(
            time_ms=event.time_ms,
            gateway=gateway,
            meter=event.meter,
            point=event.point,
            kind=event.kind,
            text=event.text,
        )


class DataHealth(Shown):
    """The whole page at one instant."""

    plant: PlantHead
    time_ms: int
    span: Span
    days: int
    step_ms: int  # of each meter's course
    meters: list[MeterData]
    gateways: list[Gateway]
    outboxes: list[Outbox]
    aside: list[AsidePack]
    set_aside: int
    evicted: int
    waiting_slots: int
    happened: list[Happened]
    notes: list[Remark]
