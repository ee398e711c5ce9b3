"""Everything read once, as a table for the electrician."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from agent.bus import Bus, Patience
from agent.clock import Clock
from agent.frames import Read
from agent.mistaken import who_answers
from agent.plausible import judge
from agent.poller import Poller
from agent.unit import Poll, Unit
from plant.columns import aligned
from plant.description import Plant

HEAD = ("meter", "point", "value", "unit", "age", "plausible")


@dataclass(frozen=True, slots=True)
class Line:
    """One point as it was read."""

    meter: str
    point: str
    value: float | None
    unit: str
    age_s: float | None
    plausible: bool
    verdict: str  # why it is plausible or not, or why there is no value


@dataclass(frozen=True, slots=True)
class BusUse:
    """What reading one bus once took."""

    bus: str
    address: str
    requests: dict[int, list[Read]]  # unit -> its plan
    asked: int
    used_s: float
    notes: list[str]  # devices that are not what the plant file says


async def read_once(
    plant: Plant, pollers: list[Poller], clock: Clock
) -> tuple[list[Line], list[BusUse]]:
    """Every point of every meter, read now, and the use of every bus."""
    lines: list[Line] = []
    uses: list[BusUse] = []
    units = plant.units()
    for poller in pollers:
        bus = poller.bus
        doubtful: dict[int, set[str]] = {}
        for unit in poller.units:
            poll = await poller.poll(unit)
            found = list(_lines(plant, unit, poll, units=units, now_s=clock.monotonic_s()))
            lines += found
            wrong = {line.meter for line in found if not line.plausible}
            if poll.answered and wrong:
                doubtful.setdefault(unit.unit, set()).update(wrong)
        asked, used_s = bus.requests, bus.used_s
        plans: dict[int, list[Read]] = {}
        for unit in poller.units:
            plans.setdefault(unit.unit, []).extend(unit.plan)
        notes = [note async for note in _mistaken(plant, bus, doubtful)]
        uses.append(BusUse(bus.name, bus.address, plans, asked, used_s, notes))
        bus.close()
    return lines, uses


async def _mistaken(plant: Plant, bus: Bus, doubtful: dict[int, set[str]]) -> AsyncIterator[str]:
    for unit, meters in doubtful.items():
        said = {meter: plant.meters[meter].model for meter in sorted(meters)}
        if note := await who_answers(bus, unit, said, Patience()):
            yield note


def _lines(
    plant: Plant, unit: Unit, poll: Poll, *, units: dict[tuple[str, str], str], now_s: float
) -> Iterator[Line]:
    values = {(v.meter, v.point): v for v in poll.values}
    faults = {(f.meter, f.point): f for f in poll.faults}
    for meter in poll.meters:
        for point in unit.points[meter]:
            key, described = (meter, point), plant.meters[meter].meter_model.points[point]
            if value := values.get(key):
                age_s = now_s - value.middle_s
                verdict = judge(plant.meters[meter], described, value.number)
                yield Line(*key, value.number, units[key], age_s, *verdict)
            else:
                fault = faults.get(key)
                why = f"{fault.kind}: {fault.text}" if fault else f"{poll.state}: {poll.text}"
                yield Line(*key, None, units[key], None, False, why)


def as_table(lines: list[Line], uses: list[BusUse]) -> str:
    """The lines and the use of the buses, for a person; a reason that several share stands once."""
    shared = {text for text, count in Counter(_missing(lines)).items() if count > 1}
    rows = [HEAD, *(_cells(line) for line in lines if line.verdict not in shared)]
    text = [aligned(rows)]
    for reason in dict.fromkeys(_missing(lines)):
        if reason in shared:
            points = [line for line in lines if line.verdict == reason]
            meters = ", ".join(dict.fromkeys(line.meter for line in points))
            text.append(f"\n{meters}: no value of {len(points)} points\n  {reason}")
    for use in uses:
        text.append(f"\nbus {use.bus} ({use.address}): {use.asked} requests, {use.used_s:.3f} s")
        for unit, plan in use.requests.items():
            text += [f"  unit {unit}: {read}, {read.count} to read" for read in plan]
        text += [f"  {note}" for note in use.notes]
    return "\n".join(text)


def _missing(lines: list[Line]) -> list[str]:
    return [line.verdict for line in lines if line.value is None]


def _cells(line: Line) -> tuple[str, ...]:
    value = "-" if line.value is None else f"{line.value:.10g}"
    age = "-" if line.age_s is None else f"{line.age_s:.2f} s"
    return line.meter, line.point, value, line.unit, age, line.verdict


def as_json(lines: list[Line], uses: list[BusUse]) -> str:
    """The same, for a program."""
    points = [
        {
            "meter": line.meter, "point": line.point, "value": line.value, "unit": line.unit,
            "age": line.age_s, "plausible": line.plausible, "text": line.verdict,
        }
        for line in lines
    ]  # fmt: skip
    buses = [
        {
            "bus": use.bus, "address": use.address, "requests": use.asked, "seconds": use.used_s,
            "plan": [
                {"unit": unit, "function": r.function, "address": r.address, "count": r.count}
                for unit, plan in use.requests.items()
                for r in plan
            ],
            "notes": use.notes,
        }
        for use in uses
    ]  # fmt: skip
    return json.dumps({"points": points, "buses": buses})
