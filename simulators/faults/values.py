"""Faults of what a meter shows."""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from plant.fields import Seconds, Share
from plant.models import Point
from plant.units import fits
from simulators.draws import Array
from simulators.faults.base import Inner, Reply, ValueFault, WireFault
from simulators.faults.when import Mask, When, normals

_DAY_S = 86400.0
_THROUGH_CT = ("kW", "kVA", "kvar", "A", "kWh", "kVAh", "kvarh")


class Stuck(ValueFault):
    """A display that stands still."""

    says: ClassVar[str] = "shows what it showed when the fault began, then jumps to the truth"
    seen: ClassVar[str] = "esphome/esphome#18961: the last value stays when the device is gone"
    kind: Literal["stuck"]

    def value(self, point: Point, when: When, *, inner: Inner, at_s: Array) -> Array:
        """What stood there when the span began."""
        return inner(np.where(when.active(at_s), when.begun(at_s), at_s))


class Drift(ValueFault):
    """A gain that creeps."""

    says: ClassVar[str] = "reads more or less, by so many per cent (per_day) more each day"
    seen: ClassVar[str] = "no issue: every meter does, and no program told its user"
    kind: Literal["drift"]
    per_day: Share

    def value(self, point: Point, when: When, *, inner: Inner, at_s: Array) -> Array:
        """A gauge by its age; a counter by each day's share of what it counted."""
        begin_s, rate = when.begin_s, self.per_day / 100.0
        drifting_s = np.clip(at_s, begin_s, min(when.end_s, begin_s + when.length_s))
        if point.kind == "gauge":
            gain = 1.0 + rate * (at_s - begin_s) / _DAY_S
            return inner(at_s) * np.where(when.active(at_s), gain, 1.0)
        days = np.ceil((drifting_s.max(initial=begin_s) - begin_s) / _DAY_S)
        edges_s = begin_s + _DAY_S * np.arange(days + 1)
        counted = np.diff(inner(edges_s))
        before = np.concatenate([[0.0], np.cumsum(rate * np.arange(1, days + 1) * counted)])
        day = np.floor((drifting_s - begin_s) / _DAY_S).astype(int)
        today = inner(drifting_s) - inner(edges_s[np.minimum(day, len(edges_s) - 1)])
        extra = before[np.minimum(day, len(before) - 1)] + rate * (day + 1) * today
        return np.asarray(inner(at_s) + extra)


class Noise(ValueFault):
    """A gauge that trembles."""

    says: ClassVar[str] = "a gauge scatters from second to second, by so many per cent (by)"
    seen: ClassVar[str] = "no issue: long cables and cheap transducers"
    kind: Literal["noise"]
    by: Share

    def value(self, point: Point, when: When, *, inner: Inner, at_s: Array) -> Array:
        """A factor about 1; a counter counts on as it did."""
        if point.kind == "counter":
            return inner(at_s)
        factor = 1.0 + self.by / 100.0 * normals(when.key, np.floor(at_s))
        return inner(at_s) * np.where(when.active(at_s), factor, 1.0)


class Spike(ValueFault):
    """A value out of all proportion."""

    says: ClassVar[str] = "shows so many times (times) its value, or a value of its own (to)"
    seen: ClassVar[str] = "0xAHA/Growatt_ModbusTCP#447: spikes of megawatts"
    kind: Literal["spike"]
    times: float = 10.0
    to: float | None = None  # [the point's unit]

    def value(self, point: Point, when: When, *, inner: Inner, at_s: Array) -> Array:
        """The spike while it lasts."""
        value = inner(at_s)
        spike = self.times * value if self.to is None else np.full(len(at_s), self.to)
        return np.where(when.active(at_s), spike, value)


class Zero(ValueFault):
    """A zero in place of a value."""

    says: ClassVar[str] = "shows 0, and afterwards the truth again"
    seen: ClassVar[str] = "kodebach/hacs-idm-heatpump#322: one 0.0 sample made 38 kWh to 81,250"
    kind: Literal["zero"]

    def value(self, point: Point, when: When, *, inner: Inner, at_s: Array) -> Array:
        """Nothing while it lasts."""
        return np.where(when.active(at_s), 0.0, inner(at_s))


class Rollover(ValueFault):
    """A counter of few digits."""

    says: ClassVar[str] = "its counters begin again at zero whenever they reach a number (at)"
    seen: ClassVar[str] = "DrozmotiX/ioBroker.sourceanalytix#594: a counter wraps at 838,860.7"
    kind: Literal["rollover"]
    at: float = Field(gt=0.0)  # [the point's unit]

    def value(self, point: Point, when: When, *, inner: Inner, at_s: Array) -> Array:
        """The remainder."""
        value = inner(at_s)
        if point.kind != "counter":
            return value
        return np.where(at_s >= when.begin_s, np.mod(value, self.at), value)


class _Instant(ValueFault):
    """A fault that happens once, or once in every period, and cannot be undone."""

    @property
    def lasts(self) -> bool:
        """No."""
        return False

    def _since(self, when: When, *, inner: Inner, at_s: Array, to: float) -> Array:
        """A counter that began anew at `to` when it last happened."""
        begun_s = when.begun(at_s)
        happened = np.isfinite(begun_s)
        since = inner(at_s) - inner(np.where(happened, begun_s, at_s))
        return np.where(happened, to + since, inner(at_s))


class Reset(_Instant):
    """A counter that starts again."""

    says: ClassVar[str] = "its counters begin again, at 0 or another number (to)"
    seen: ClassVar[str] = "evcc-io/evcc#30267: a real reset ignored until it passes the old value"
    kind: Literal["reset"]
    to: float = 0.0  # [the point's unit]

    def value(self, point: Point, when: When, *, inner: Inner, at_s: Array) -> Array:
        """What was counted since."""
        if point.kind != "counter":
            return inner(at_s)
        return self._since(when, inner=inner, at_s=at_s, to=self.to)


class StepBack(_Instant):
    """A counter that loses what it counted last."""

    says: ClassVar[str] = "its counters lose what they counted in the last minutes (lost)"
    seen: ClassVar[str] = "0xAHA/Growatt_ModbusTCP#417: totals step back; Janitza saves every 5 min"
    kind: Literal["step-back"]
    lost: Seconds = 300.0

    def value(self, point: Point, when: When, *, inner: Inner, at_s: Array) -> Array:
        """Less what was lost each time."""
        if point.kind != "counter":
            return inner(at_s)
        starts_s = when.starts(float(at_s.max(initial=-np.inf)))
        lost = inner(starts_s) - inner(starts_s - self.lost)
        total = np.concatenate([[0.0], np.cumsum(lost)])
        return np.asarray(inner(at_s) - total[np.searchsorted(starts_s, at_s, side="right")])


class Swap(_Instant, WireFault):
    """Another device in the meter's place."""

    says: ClassVar[str] = "another device from then on: silent (for), then counts on from (starts)"
    seen: ClassVar[str] = "iobroker-community-adapters/ioBroker.statistics#264: new meter, not at 0"
    kind: Literal["swap"]
    strikes: ClassVar[tuple[str, ...]] = ("meter",)
    starts: float = 0.0  # what the new device's counter shows [the point's unit]
    gain: Share = 0.0  # how much more the new device reads

    def value(self, point: Point, when: When, *, inner: Inner, at_s: Array) -> Array:
        """What the new device counted."""
        if point.kind != "counter":
            return inner(at_s)
        since = self._since(when, inner=inner, at_s=at_s, to=0.0)
        new = self.starts + (1.0 + self.gain / 100.0) * since
        return np.where(np.isfinite(when.begun(at_s)), new, since)

    def spoil(self, reply: Reply, when: When, *, at_s: float) -> None:
        """Nobody answers while the fitter is at work."""
        reply.is_sent = False

    def hides(self, at_s: Array, when: When) -> Mask:
        """The time that the fitter takes; none when not said."""
        return when.active(at_s) if self.for_ is not None else np.zeros(len(at_s), dtype=bool)


class Reboot(_Instant, WireFault):
    """A meter that restarts."""

    says: ClassVar[str] = "silent while it starts (for); counters from 0, or less what it lost"
    seen: ClassVar[str] = "esphome/esphome#15286: a chip's reset taken for an overflow"
    kind: Literal["reboot"]
    strikes: ClassVar[tuple[str, ...]] = ("meter",)
    lost: Seconds | None = None  # what is not saved yet; None: counters are volatile

    def value(self, point: Point, when: When, *, inner: Inner, at_s: Array) -> Array:
        """From nothing, or from what had been saved."""
        if point.kind != "counter":
            return inner(at_s)
        if self.lost is None:
            return self._since(when, inner=inner, at_s=at_s, to=0.0)
        back = StepBack(kind="step-back", meter=self.meter, lost=f"{self.lost} s")  # type: ignore[arg-type]
        return back.value(point, when, inner=inner, at_s=at_s)

    def spoil(self, reply: Reply, when: When, *, at_s: float) -> None:
        """Nobody answers while it starts."""
        reply.is_sent = False

    def hides(self, at_s: Array, when: When) -> Mask:
        """The time that it takes to start."""
        return when.active(at_s) if self.for_ is not None else np.zeros(len(at_s), dtype=bool)


class CtRatio(ValueFault):
    """Another current transformer, or a wrong setting."""

    says: ClassVar[str] = "currents, powers and energies are so many times (times) the truth"
    seen: ClassVar[str] = "no issue: a panel rebuilt, and nobody told the office"
    kind: Literal["ct-ratio"]
    times: float = Field(gt=0.0)

    def value(self, point: Point, when: When, *, inner: Inner, at_s: Array) -> Array:
        """A gauge times the factor; a counter counts so much faster."""
        if not any(fits(point.unit, unit) for unit in _THROUGH_CT):
            return inner(at_s)
        if point.kind == "gauge":
            return inner(at_s) * np.where(when.active(at_s), self.times, 1.0)
        end_s = min(when.end_s, when.begin_s + when.length_s)
        through = inner(np.clip(at_s, when.begin_s, end_s)) - inner(np.array([when.begin_s]))
        return inner(at_s) + (self.times - 1.0) * through
