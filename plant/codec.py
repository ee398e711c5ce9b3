"""Registers to values, and back.

A register is 16 bits, big-endian on the wire. How a number of several registers is laid out:

    order   words            bytes in a word   uint32 0x0A0B0C0D in two registers
    ABCD    high word first  high byte first   0A0B 0C0D
    CDAB    low word first   high byte first   0C0D 0A0B
    BADC    high word first  low byte first    0B0A 0D0C
    DCBA    low word first   low byte first    0D0C 0B0A

Of a binary-coded decimal (bcd16, bcd32) every four bits are a digit; others than 0 to 9 are no
number.

The agent decodes and the simulator encodes with this one module; fixtures written by hand
from makers' documents keep it honest.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from itertools import count, repeat

from plant.points import LARGEST_EXPONENT, WORDS, Order, Part, Point, Quality, Type
from plant.reading import LARGEST
from plant.units import ratio

_STRUCT: dict[str, str] = {
    "int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I", "int64": ">q", "uint64": ">Q",
    "float32": ">f", "float64": ">d",
}  # fmt: skip
_NUMBER = {kind: struct.Struct(form) for kind, form in _STRUCT.items()}
_REGISTERS = {count: struct.Struct(f">{count}H") for count in set(WORDS.values())}

Place = tuple[int, int]  # function code, address in the frame
Registers = Mapping[Place, int]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A value that the meter gave but that must not become a reading."""

    reason: str


@dataclass(slots=True)
class Image:
    """The registers that have been read, from one or several requests."""

    words: dict[Place, int] = field(default_factory=dict)

    def add(self, function: int, address: int, words: list[int]) -> None:
        """Take in the answer to one request."""
        self.words.update(zip(zip(repeat(function), count(address)), words))  # noqa: B905 - count has no end


def places(point: Point) -> Iterator[tuple[int, int, int]]:
    """(function, address, count) of each number that one value of the point needs."""
    for part in point.everything:
        yield point.function, part.address, part.words


def _arrange(data: bytes, order: Order) -> bytes:
    """Swap words and bytes; the same call undoes it."""
    if order == "ABCD":
        return data
    words = [data[i : i + 2] for i in range(0, len(data), 2)]
    if order in ("CDAB", "DCBA"):
        words.reverse()
    if order in ("BADC", "DCBA"):
        words = [word[::-1] for word in words]
    return b"".join(words)


def unpack(words: list[int], type: Type, order: Order = "ABCD") -> int | float:  # noqa: A002
    """The number in a list of registers."""
    if type == "bit":
        return words[0]
    data = _arrange(_REGISTERS[len(words)].pack(*words), order)
    if type not in _NUMBER:
        return int(data.hex()) if data.hex().isdecimal() else math.nan
    number: int | float = _NUMBER[type].unpack(data)[0]
    return number


def pack(number: float, type: Type, order: Order = "ABCD") -> list[int]:  # noqa: A002
    """The registers that hold a number; an integer type wraps as a counter does."""
    if type == "bit":
        return [int(bool(number))]
    if type in ("float32", "float64"):
        data = _NUMBER[type].pack(number)
    elif type not in _NUMBER:
        digits = 4 * WORDS[type]
        data = bytes.fromhex(f"{int(number) % 10**digits:0{digits}}")
    else:
        bits = 16 * WORDS[type]
        data = (int(number) & ((1 << bits) - 1)).to_bytes(bits // 8, "big")
    return list(struct.unpack(f">{WORDS[type]}H", _arrange(data, order)))


@lru_cache(maxsize=256)
def _exact(factor: float) -> tuple[int, int]:
    """A factor as the decimal that was written: 0.1 is a tenth, not the float nearest to it."""
    fraction = Fraction(str(factor))
    return fraction.numerator, fraction.denominator


def scale(raw: float, factor: float) -> float:
    """raw x factor, correctly rounded wherever raw is whole or the factor a whole share."""
    if factor == 1:
        return raw
    numerator, denominator = _exact(factor)
    if isinstance(raw, int):
        return raw * numerator / denominator
    return raw / denominator if numerator == 1 else raw * factor


def _sentinel(raw: float, part: Part, point: Point) -> str | None:
    """Why a raw number stands for "not available"; None when it does not."""
    if isinstance(raw, float):
        return None if math.isfinite(raw) else "NaN"
    least, most = part.limits or (0, 0)
    limits = {"max": most, "min": least, "zero": 0}
    for sentinel in point.sentinels:
        if sentinel != "nan" and raw == (
            limits[sentinel] if isinstance(sentinel, str) else sentinel
        ):
            return f"sentinel {raw:#x}"
    return None


@dataclass(slots=True)
class _Source:
    """Where the numbers of one point are read from."""

    point: Point
    registers: Registers
    order: Order

    def number(self, part: Part) -> int | float:
        registers, function, first = self.registers, self.point.function, part.address
        words = [registers[function, at] for at in range(first, first + part.words)]
        return unpack(words, part.type, part.order or self.order)


def decode(point: Point, registers: Registers) -> float | Rejected:
    """The value of a point in its unit; Rejected with the reason; KeyError if a register lacks."""
    order = _order(point, registers) if point.order_register else point.order
    if isinstance(order, Rejected):
        return order
    source = _Source(point, registers, order)
    for check in point.quality:
        word = int(source.number(check))
        if not check.accepts(word):
            return Rejected(f"{check.says} (register {check.address} = {word:#06x})")
    total: float = 0
    for part in point.numbers:
        raw = source.number(part)
        if reason := _sentinel(raw, part, point):
            return Rejected(reason)
        total += scale(raw, part.factor) if part.factor != 1 else raw
    share = _share(source) if point.exponent or point.unit_register else 1
    if isinstance(share, Rejected):
        return share
    value = scale(total, point.factor)
    return _within_range(
        point, float(value if share == 1 else value * share.numerator / share.denominator)
    )


def _share(source: _Source) -> Fraction | Rejected:
    """What the device's own scale and unit registers multiply a value by."""
    share = Fraction(1)
    point = source.point
    if point.exponent:
        power = int(source.number(point.exponent)) + point.exponent.add
        if abs(power) > LARGEST_EXPONENT:
            return Rejected(f"10^{power} is no scale (register {point.exponent.address})")
        share *= Fraction(10) ** power
    if point.unit_register:
        code = str(int(source.number(point.unit_register)))
        if code not in point.unit_register.units:
            return Rejected(f"unit code {code} is not in the model")
        share *= ratio(point.unit_register.units[code], point.unit)
    return share


def _order(point: Point, registers: Registers) -> Order | Rejected:
    """The order in which the device has been set to send; its register is read as it is sent."""
    assert point.order_register is not None  # noqa: S101 - the caller looked
    code = int(_Source(point, registers, "ABCD").number(point.order_register))
    known = point.order_register.orders
    return known.get(str(code)) or Rejected(f"byte order {code} is not in the model")


def _within_range(point: Point, value: float) -> float | Rejected:
    if not math.isfinite(value):
        return Rejected("NaN")
    if abs(value) > LARGEST:
        return Rejected(f"{value:g} {point.unit} is more than any plant has")
    if point.least is not None and value < point.least:
        return Rejected(f"{value:g} {point.unit} is below {point.least:g}")
    if point.most is not None and value > point.most:
        return Rejected(f"{value:g} {point.unit} is above {point.most:g}")
    return value


def encode(
    point: Point, value: float, *, exponent: int | None = None, unit_code: int | None = None
) -> dict[Place, int]:
    """The registers that a meter would show for a value in the point's unit.

    ``exponent`` and ``unit_code`` are what the meter's own scale and unit registers say, its usual
    ones if not given. A sum of parts puts whole steps into the first and the rest into the next
    (integer and fraction).
    """
    registers: dict[Place, int] = {}
    order = _put_order(registers, point)
    if point.unit_register:
        unit_code = int(next(iter(point.unit_register.units))) if unit_code is None else unit_code
        value *= float(ratio(point.unit, point.unit_register.units[str(unit_code)]))
        _put(registers, point, point.unit_register, raw=unit_code, order=order)
    if point.exponent:
        add = point.exponent.add
        exponent = point.exponent.usual - add if exponent is None else exponent
        value /= 10.0 ** (exponent + add)
        _put(registers, point, point.exponent, raw=exponent, order=order)
    remainder = value if point.factor == 1 else value / point.factor
    for part in point.numbers:
        raw = remainder if part.factor == 1 else remainder / part.factor
        if part.type.startswith("float"):
            remainder = 0
        else:
            # A register shows the counts that are complete, binary fractions forgiven.
            raw = math.floor(raw + 1e-9 + 1e-15 * raw) if point.kind == "counter" else round(raw)
            remainder -= raw * part.factor
        _put(registers, point, part, raw=raw, order=order)
    for check in point.quality:
        _put(registers, point, check, raw=_good_word(check), order=order)
    return registers


def _put_order(registers: dict[Place, int], point: Point) -> Order:
    """The order of the point; the register that says so, if any, shows the factory's setting."""
    if point.order_register is None:
        return point.order
    code, order = next(iter(point.order_register.orders.items()))
    _put(registers, point, point.order_register, raw=int(code), order="ABCD")
    return order


def _put(
    registers: dict[Place, int], point: Point, part: Part, *, raw: float, order: Order
) -> None:
    for i, word in enumerate(pack(raw, part.type, part.order or order)):
        registers[point.function, part.address + i] = word


def _good_word(check: Quality) -> int:
    level = check.least or 0 if check.most is None else check.most
    return ((check.one_of[0] if check.one_of else level) << check.shift) & check.mask
