"""Points written into registers quickly: what `plant.codec.encode` gives, worked out beforehand."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable

from plant.codec import encode
from plant.points import Point

Write = Callable[[float], bytes]

_PACK = {
    "int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I", "int64": ">q", "uint64": ">Q",
    "float32": ">f", "float64": ">d",
}  # fmt: skip


def writer(point: Point) -> Write:
    """Gives the registers of all parts of a point, in their order, as bytes, for a value.

    A point of one number with the usual order needs no more than its struct; any other takes the
    codec's way.
    """
    (number, *others) = point.numbers
    order = number.order or point.order
    plain = not others and not point.helpers and number.factor == 1 and order in ("ABCD", "CDAB")
    if not plain or number.type not in _PACK:
        return _as_the_codec_does(point)
    pack = struct.Struct(_PACK[number.type]).pack
    whole = pack if number.type.startswith("float") else _counts(point, number.words)
    factor = point.factor

    def high_first(value: float) -> bytes:
        return whole(value if factor == 1 else value / factor)

    def low_first(value: float) -> bytes:
        return _turned(high_first(value))

    return high_first if order == "ABCD" or number.words == 1 else low_first


def _counts(point: Point, words: int) -> Write:
    """A whole number, which wraps as a counter does."""
    size, mask = 2 * words, (1 << 16 * words) - 1
    if point.kind == "counter":
        return lambda raw: (math.floor(raw + 1e-9 + 1e-15 * raw) & mask).to_bytes(size, "big")
    return lambda raw: (round(raw) & mask).to_bytes(size, "big")


def _turned(data: bytes) -> bytes:
    return b"".join(data[i : i + 2] for i in range(len(data) - 2, -1, -2))


def _as_the_codec_does(point: Point) -> Write:
    places = [
        (point.function, part.address + i) for part in point.everything for i in range(part.words)
    ]
    pack = struct.Struct(f">{len(places)}H").pack

    def write(value: float) -> bytes:
        registers = encode(point, value)
        return pack(*(registers[place] for place in places))

    return write
