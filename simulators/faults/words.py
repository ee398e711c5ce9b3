"""Faults of single registers: values that are none, halves that do not belong together."""

import struct
from collections.abc import Sequence
from typing import ClassVar, Literal

from plant.points import Order, Part, Point
from simulators.faults.base import Registers, WordFault

_NAN = {
    "float32": struct.unpack(">2H", struct.pack(">f", float("nan"))),
    "float64": struct.unpack(">4H", struct.pack(">d", float("nan"))),
}


def _places(point: Point, part: Part) -> list[tuple[int, int]]:
    return [(point.function, part.address + i) for i in range(part.words)]


def _order(point: Point, part: Part) -> Order:
    """The order of the words; where a register tells it, the factory's setting."""
    told = point.order_register
    if part.order is not None:
        return part.order
    return next(iter(told.orders.values())) if told else point.order


def _ordered(words: Sequence[int], order: Order) -> list[int]:
    """Words with the highest first, as a device with this order sends them, and the way back."""
    turned = [(w & 0xFF) << 8 | w >> 8 for w in words] if order in ("BADC", "DCBA") else [*words]
    return turned[::-1] if order in ("CDAB", "DCBA") else turned


class NotANumber(WordFault):
    """NaN, or the number that says "no value"."""

    says: ClassVar[str] = "registers hold NaN, and in whole numbers all ones"
    seen: ClassVar[str] = "guycorbaz/smartme_mqtt#67: Good, Bad, Good still counted a jump"
    kind: Literal["nan"]

    def words(self, point: Point, registers: Registers) -> Registers:
        """No value in any number of the point."""
        found = dict(registers)
        for part in point.numbers:
            blank = _NAN.get(part.type, (0xFFFF,) * part.words)
            words = _ordered(blank, _order(point, part)) if part.type in _NAN else blank
            found.update(zip(_places(point, part), words, strict=True))
        return found


class Sentinel(WordFault):
    """The maker's number for "not available"."""

    says: ClassVar[str] = "registers hold the largest or smallest number of their type (end)"
    seen: ClassVar[str] = "ABB B23, Victron abb.py: 0x7FFF and all ones mean not available"
    kind: Literal["sentinel"]
    end: Literal["max", "min"] = "max"

    def words(self, point: Point, registers: Registers) -> Registers:
        """The end of the range in every number of the point."""
        found = dict(registers)
        for part in point.numbers:
            signed = part.type.startswith("int")
            high = 0x7FFF if signed else 0xFFFF
            first, rest = (high, 0xFFFF) if self.end == "max" else (0x8000 if signed else 0, 0)
            whole = (first, *[rest] * (part.words - 1))
            words = _ordered(whole, _order(point, part))
            found.update(zip(_places(point, part), words, strict=True))
        return found


class Torn(WordFault):
    """Two halves of two moments."""

    says: ClassVar[str] = "the high half of a number is one step older than the low half"
    seen: ClassVar[str] = "0xAHA/Growatt_ModbusTCP#417: 32-bit totals with a corrupted high word"
    kind: Literal["torn"]

    def words(self, point: Point, registers: Registers) -> Registers:
        """The word above the lowest less one, as before the low word ran over."""
        found = dict(registers)
        for part in point.numbers:
            if part.words < 2:
                continue
            places = _places(point, part)
            at = places[1] if _order(point, part) in ("CDAB", "DCBA") else places[-2]
            found[at] = (found[at] - 1) & 0xFFFF
        return found


class WordOrder(WordFault):
    """Numbers sent in another order than the model's file says."""

    says: ClassVar[str] = "words come in another order (order: ABCD, CDAB, BADC or DCBA)"
    seen: ClassVar[str] = "influxdata/telegraf#8151: wrong word order gives plausible voltages"
    kind: Literal["word-order"]
    order: Order

    def words(self, point: Point, registers: Registers) -> Registers:
        """The same numbers in that order."""
        found = dict(registers)
        for part in point.numbers:
            places = _places(point, part)
            sent = _ordered([found[p] for p in places], _order(point, part))
            found.update(zip(places, _ordered(sent, self.order), strict=True))
        return found
