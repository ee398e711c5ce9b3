"""What one register may mean: every type and order, side by side with the address before it.

Half of the documents count registers from 1 and half from 0, and a meter with consecutive floats
shows a believable number at the wrong one of the two, with its words swapped. Both are shown.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from agent.bus import Bus, Patience
from agent.explain import explain_silence
from agent.frames import Failure, Read
from agent.probe import TYPES, Reading, all_orders
from plant.models import WORDS
from plant.points import Type

LONGEST_WORDS = 4
WIDTH = 34


@dataclass(frozen=True, slots=True)
class Register:
    """What was asked for."""

    unit: int
    function: int
    address: int  # as it goes into the frame, from 0
    type: Type | None = None

    @property
    def types(self) -> tuple[Type, ...]:
        """Those that it may have."""
        return (self.type,) if self.type else TYPES


@dataclass(frozen=True, slots=True)
class View:
    """The words from one address on, and what they mean."""

    address: int
    words: list[int]
    readings: list[Reading]


async def show_register(bus: Bus, wanted: Register, patience: Patience, *, as_object: bool) -> int:
    """Print it; 0 when something was there, 1 when nothing was."""
    before = wanted.address - 1
    found = [await _look(bus, wanted, wanted.address, patience=patience)]
    if before >= 0 and not (isinstance(found[0], Failure) and found[0].kind != "exception"):
        found.append(await _look(bus, wanted, before, patience=patience))
    views = [view for view in found if isinstance(view, View)]
    if isinstance(found[0], Failure):
        silent = found[0].kind == "timeout"
        text = explain_silence(bus.description, wanted.unit) if silent else found[0].text
        sys.stderr.write(f"register {wanted.address} of unit {wanted.unit}: {text}\n")
    if as_object and views:
        sys.stdout.write(json.dumps([asdict(view) for view in views]) + "\n")
    elif views:
        sys.stdout.write("\n".join(_lines(wanted, views)) + "\n")
    return 0 if views else 1


async def _look(bus: Bus, wanted: Register, address: int, *, patience: Patience) -> View | Failure:
    """As many registers as the type needs; without a type as many as are there, up to four."""
    count = WORDS[wanted.type] if wanted.type else LONGEST_WORDS
    while True:
        answer = await bus.read(wanted.unit, Read(wanted.function, address, count), patience)
        if not isinstance(answer, Failure):
            return View(address, answer.words, all_orders(answer.words, wanted.types))
        if answer.kind != "exception" or wanted.type or count == 1:
            return answer
        count //= 2


def _lines(wanted: Register, views: list[View]) -> Iterator[str]:
    heads = [_head(wanted, view) for view in views]
    yield _row(f"unit {wanted.unit}, function {wanted.function}", heads)
    yield _row("registers", [" ".join(f"{word:04x}" for word in view.words) for view in views])
    shown = [{(r.type, r.order): r for r in view.readings} for view in views]
    for kind, order in dict.fromkeys(key for cells in shown for key in cells):
        cells = (by_key.get((kind, order)) for by_key in shown)
        yield _row(f"{kind:8} {order}", ["" if r is None else _cell(r) for r in cells])
    if len(views) > 1 and all(any(r.plausible for r in view.readings) for view in views):
        yield "Both are possible; only one is what the meter's display shows now."


def _row(name: str, cells: Iterable[str]) -> str:
    return "".join([f"{name:24}", *(f"{cell:{WIDTH}}" for cell in cells)]).rstrip()


def _head(wanted: Register, view: View) -> str:
    if view.address == wanted.address:
        return f"address {view.address}"
    return f"address {view.address} ({wanted.address} counted from 1)"


def _cell(reading: Reading) -> str:
    digits = 7 if reading.type == "float32" else 15
    return f"{reading.value:.{digits}g}" + ("  <- plausible" if reading.plausible else "")
