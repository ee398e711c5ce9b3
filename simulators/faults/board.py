"""Which faults are at work where: those of the scenario file, and those switched on by hand."""

from collections.abc import Iterable, Mapping
from itertools import count

import numpy as np

from plant.models import Point
from simulators.draws import Array
from simulators.faults.base import Inner, Placed, Registers, Reply, ValueFault, WireFault, WordFault
from simulators.faults.when import Mask


class Board:
    """The faults of a plant, by number; whoever serves or writes its meters asks here."""

    def __init__(self, placed: Iterable[Placed] = (), *, buses: Mapping[str, str]) -> None:
        """`buses` gives the bus (`gateway/bus`) of each meter."""
        self._buses = dict(buses)
        self._numbers = count(1)
        self.faults: dict[int, Placed] = {}
        self._ended: list[Placed] = []
        self._by_meter: dict[str, list[Placed]] = {}
        for one in placed:
            self.add(one)

    def add(self, placed: Placed) -> int:
        """Put a fault to work; its number."""
        number = next(self._numbers)
        self.faults = {**self.faults, number: placed}  # another thread may be reading the old one
        self._by_meter = {}
        return number

    def remove(self, number: int) -> None:
        """End a fault; KeyError when there is none of that number."""
        self._ended.append(self.faults[number])
        self.faults = {n: placed for n, placed in self.faults.items() if n != number}
        self._by_meter = {}

    def of(self, meter: str) -> list[Placed]:
        """The faults of a meter and of its bus, in their order."""
        known = self._by_meter
        if meter not in known:
            bus = self._buses.get(meter)
            known[meter] = [
                placed
                for placed in self.faults.values()
                if placed.fault.meter == meter or (bus and placed.fault.bus == bus)
            ]
        return known[meter]

    def was_struck(self, meter: str) -> bool:
        """Whether a meter has or had a fault, of its own or of its bus."""
        where = (meter, self._buses.get(meter, meter))
        ended = (one.fault for one in self._ended)
        return bool(self.of(meter)) or any((one.meter or one.bus) in where for one in ended)

    def at(self, where: str) -> list[Placed]:
        """The faults of a gateway, or of the broker or the database."""
        found = self.faults.values()
        return [p for p in found if where in (p.fault.gateway, p.fault.part)]

    def value(self, meter: str, name: str, point: Point, *, true: Inner, at_s: Array) -> Array:
        """What a point shows, given what it would show without faults."""
        shown = true
        for placed in self.of(meter):
            fault = placed.fault
            if isinstance(fault, ValueFault) and fault.point in (None, name):
                shown = _bent(fault, placed, point=point, inner=shown)
        return shown(at_s)

    def words(
        self, meter: str, name: str, point: Point, *, registers: Registers, at_s: float
    ) -> Registers:
        """The registers of a point as they are sent."""
        for placed in self.of(meter):
            fault = placed.fault
            struck = isinstance(fault, WordFault) and fault.point in (None, name)
            if struck and placed.when.is_active(at_s):
                registers = fault.words(point, registers)  # type: ignore[attr-defined]
        return registers

    def tears(self, meter: str, name: str, at_s: Array) -> Mask:
        """At which instants a fault of single registers is at work on a point."""
        found = np.zeros(len(at_s), dtype=bool)
        for placed in self.of(meter):
            if isinstance(placed.fault, WordFault) and placed.fault.point in (None, name):
                found |= placed.when.active(at_s)
        return found

    def hides(self, meter: str, at_s: Array) -> Mask:
        """At which instants a meter gives no reading."""
        found = np.zeros(len(at_s), dtype=bool)
        for placed in self.of(meter):
            found |= placed.fault.hides(at_s, placed.when)
        return found

    def spoil(self, meters: Iterable[str], reply: Reply, *, at_s: float) -> None:
        """Do to an answer of a unit with these meters what the faults do."""
        seen: set[int] = set()
        for meter in meters:
            for placed in self.of(meter):
                fault = placed.fault
                if not isinstance(fault, WireFault) or id(placed) in seen:
                    continue
                seen.add(id(placed))
                lasts = fault.lasts or fault.for_ is not None
                if lasts and placed.when.is_active(at_s):
                    fault.spoil(reply, placed.when, at_s=at_s)

    def refuses(self, bus: str, at_s: float) -> bool:
        """Whether nobody listens on a bus now."""
        return self._works("refused", bus, at_s)

    def serves_one(self, bus: str, at_s: float) -> bool:
        """Whether a bus serves one connection only."""
        return self._works("one-connection", bus, at_s)

    def is_gone(self, part: str, at_s: float) -> bool:
        """Whether nobody reaches the broker or the database now."""
        return any(placed.fault.lasts and placed.when.is_active(at_s) for placed in self.at(part))

    def restarts(self, part: str, at_s: float) -> int:
        """How often the broker has been wiped until an instant."""
        return sum(
            len(placed.when.starts(at_s)) for placed in self.at(part) if not placed.fault.lasts
        )

    def _works(self, kind: str, bus: str, at_s: float) -> bool:
        return any(
            placed.fault.bus == bus and placed.when.is_active(at_s)
            for placed in self.faults.values()
            if placed.fault.kind == kind
        )


def _bent(fault: ValueFault, placed: Placed, *, point: Point, inner: Inner) -> Inner:
    return lambda at_s: fault.value(point, placed.when, inner=inner, at_s=at_s)
