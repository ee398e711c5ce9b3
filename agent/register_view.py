"""What one register may mean: every type and order, side by side with the address before it.

Half of the documents count registers from 1 and half from 0, and a meter with consecutive floats
shows a believable number at the wrong one of the two, with its words swapped. Both are shown.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace

from agent.bus import Bus, Patience
from agent.explain import explain_silence
from agent.frames import Failure, Read
from agent.probe import TYPES, Reading, all_orders
from plant.errors import UsageError
from plant.models import WORDS
from plant.points import Type
from plant.terminal import print_error

LAST = 0xFFFF
LONGEST_WORDS = 4
WIDTH = 34
# How documents number registers: 40001 and 400001 are address 0 of function 3.
_NUMBERED = {range(30_001, 40_000): 4, range(40_001, 50_000): 3,
             range(300_001, 365_537): 4, range(400_001, 465_537): 3}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Register:
    """What was asked for; UsageError for an address that no frame can hold."""

    unit: int
    address: int  # as it goes into the frame, from 0
    function: int | None = None  # None: 3, and 4 where a unit refuses 3
    type: Type | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.address <= LAST:
            text = f"--register {self.address}: addresses go from 0 to {LAST}"
            raise UsageError("; ".join([text, *_numbered(self.address)]))

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
    for function in (wanted.function,) if wanted.function else (3, 4):
        asked = replace(wanted, function=function)
        found = [await _look(bus, asked, wanted.address, patience=patience)]
        refused = isinstance(found[0], Failure) and found[0].kind == "exception"
        if wanted.address and (refused or isinstance(found[0], View)):
            found.append(await _look(bus, asked, wanted.address - 1, patience=patience))
        if not refused or any(isinstance(view, View) for view in found):
            break
    views = [view for view in found if isinstance(view, View)]
    if isinstance(found[0], Failure):
        print_error(_why_not(bus, asked, found[0]))
    if as_object and views:
        sys.stdout.write(json.dumps([asdict(view) for view in views]) + "\n")
    elif views:
        sys.stdout.write("\n".join(_lines(asked, views)) + "\n")
    return 0 if views else 1


def _why_not(bus: Bus, asked: Register, failure: Failure) -> str:
    silent = failure.kind == "timeout"
    text = explain_silence(bus.description, asked.unit) if silent else failure.text
    hints = _numbered(asked.address) if failure.kind == "exception" else []
    told = f"register {asked.address} of unit {asked.unit}, function {asked.function}: {text}"
    return "; ".join([told, *hints])


def _numbered(number: int) -> list[str]:
    """What a number means in documents that write the function into it."""
    return [
        f"a document that writes {number} means --register {number - numbers.start}"
        f" --function {function}"
        for numbers, function in _NUMBERED.items()
        if number in numbers
    ]


async def _look(bus: Bus, wanted: Register, address: int, *, patience: Patience) -> View | Failure:
    """As many registers as the type needs; without a type as many as are there, up to four."""
    count = WORDS[wanted.type] if wanted.type else LONGEST_WORDS
    assert wanted.function is not None  # noqa: S101 - the caller chose
    while True:
        count = min(count, LAST + 1 - address)
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
