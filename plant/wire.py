"""The wire: topics, packs (SenML, RFC 8428), the collector's ``stored`` answer, statuses.

Names in a pack are ``<meter>/<point>`` below the base name ``<plant>/``. ``bver`` 26 declares the
secondary units of RFC 8798 (kWh, m3/h, ...); a unit that SenML's registry lacks is left out, and
the plant file gives it. Times are seconds with milliseconds, relative to the pack's base time.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from plant.errors import WireError
from plant.reading import Event, Reading

ROOT = "cleanline/v1"
# MQTT 5 user properties of a pack; `prev` and `sig`: plant/chain.py
OUTBOX, SEQ, CONFIG, PREV, SIG = "outbox", "seq", "config", "prev", "sig"
AMOUNTS, ENTERED = "amounts", "entered"  # leaves of what is told by hand or by another system
WINDOW = 32  # packs that may wait for `stored` at one time
SENML_VERSION = 26
MOST_WHOLE = 2**53  # RFC 8259, 6: beyond it readers of JSON differ
MOST_NUMBERS = 100_000  # in one answer; a commit has 500 packs
_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
# What JSON that is not as expected makes of the code that reads it.
_ODD = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)

# Our unit -> SenML's name for it (RFC 8428 table 1, RFC 8798 table 1).
SENML_UNITS = {
    "W": "W", "kW": "kW", "VA": "VA", "kVA": "kVA", "var": "var", "kvar": "kvar", "Wh": "Wh",
    "kWh": "kWh", "varh": "varh", "kvarh": "kvarh", "kVAh": "kVAh", "V": "V", "A": "A",
    "mA": "mA", "Hz": "Hz", "m3": "m3", "L": "l", "m": "m", "mm": "mm", "degC": "Cel", "K": "K",
    "%": "%", "pH": "pH", "kg": "kg", "g": "g", "s": "s", "h": "h", "min": "min", "1": "/",
    "count": "count", "J": "J", "m/s": "m/s", "S/m": "S/m",
}  # fmt: skip
_BASES = frozenset({"bn", "bt", "bv", "bu", "bver"})
_VALUES = frozenset({"v", "vs", "vb", "vd", "s"})
_PLAIN_VERSION = 10  # RFC 8428's; a version before it means nothing else
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*")


def is_identifier(text: str) -> bool:
    """Whether a text may name a plant, gateway, meter or point (SenML and MQTT allow it)."""
    return _ID.fullmatch(text) is not None


class Topic(NamedTuple):
    """Whom a message is from or to, and what it is."""

    plant: str
    gateway: str
    leaf: str  # readings, stored, status, amounts or entered

    def __str__(self) -> str:
        return f"{ROOT}/{self.plant}/{self.gateway}/{self.leaf}"


def parse_topic(text: str) -> Topic:
    """The topic in a text; WireError when it is not one of ours."""
    parts = text.split("/")
    if len(parts) != 5 or "/".join(parts[:2]) != ROOT:
        raise WireError(f"topic {text!r} is not {ROOT}/<plant>/<gateway>/<leaf>")
    return Topic(*parts[2:])


@dataclass(frozen=True, slots=True)
class Pack:
    """Readings and events of one plant, as they travel together."""

    plant: str
    readings: list[Reading] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    units: dict[tuple[str, str], str] = field(default_factory=dict, compare=False)
    """As decoded: SenML's name of the unit of each (meter, point) that says one."""


@lru_cache(maxsize=65_536)
def _head(meter: str, point: str, unit: str | None) -> str:
    """How the record of a point begins, up to its time."""
    head = {"n": f"{meter}/{point}"}
    if name := SENML_UNITS.get(unit or ""):
        head["u"] = name
    return _json(head)[:-1] + ',"t":'


def encode_pack(pack: Pack, units: Mapping[tuple[str, str], str]) -> bytes:
    """A pack as SenML JSON; ``units`` gives the unit of each (meter, point).

    A reading's record is written as text: a gateway writes thousands a second, and a general
    encoder takes three times as long.
    """
    stamps = [r.time_ms for r in pack.readings] + [e.time_ms for e in pack.events]
    base_s = min(stamps, default=0) // 1000
    base_ms = base_s * 1000
    records = []
    for meter, point, time_ms, value in pack.readings:
        if not math.isfinite(value):
            raise ValueError(f"{meter}/{point}: {value} is not a number that JSON can say")
        head = _head(meter, point, units.get((meter, point)))
        records.append(f'{head}{(time_ms - base_ms) / 1000},"v":{float(value)}}}')
    for e in pack.events:
        told = _json(f"{e.kind}: {e.text}")
        head = _head(e.meter, e.point, None)
        records.append(f'{head}{(e.time_ms - base_ms) / 1000},"vs":{told}}}')
    base = _json({"bn": f"{pack.plant}/", "bt": base_s, "bver": SENML_VERSION})
    if not records:
        return f"[{base}]".encode()
    records[0] = f"{base[:-1]},{records[0][1:]}"  # the base fields ride on the first record
    return f"[{','.join(records)}]".encode()


def _refuse_constant(text: str) -> float:
    raise WireError(f"{text} is not a number")


_read = json.JSONDecoder(parse_constant=_refuse_constant).decode


def _load(payload: bytes) -> Any:
    """JSON; ValueError also where an escape is half a character, which nobody can write again."""
    body = _read(payload.decode(json.detect_encoding(payload), "surrogatepass"))
    if b"\\u" in payload:
        json.dumps(body, ensure_ascii=False).encode()
    return body


def _records(payload: bytes) -> list[dict[str, Any]]:
    try:
        records = _load(payload)
    except (ValueError, RecursionError) as error:
        raise WireError(f"not JSON: {str(error)[:80]}") from error
    if not isinstance(records, list) or not {*map(type, records)} <= {dict}:
        raise WireError("not SenML: a list of records was expected")
    if (b"true" in payload or b"false" in payload) and any(
        isinstance(record.get(name), bool) for record in records for name in ("v", "bv", "t", "bt")
    ):
        raise WireError("not SenML: true and false are no numbers")
    if b'_"' in payload:
        _refuse_commands(records)
    return records


def _refuse_commands(records: Iterable[Mapping[str, Any]]) -> None:
    """RFC 8428, 4.4: who does not know a field that ends so must not use the pack."""
    for name in (name for record in records for name in record if name.endswith("_")):
        raise WireError(f"not understood: {name[:80]!r}, which the sender says must be")


def decode_pack(payload: bytes) -> Pack:
    """The pack in a payload; WireError with the reason when it is not a whole and sound one.

    A collector takes in a hundred thousand records a second: what is said per name is looked at
    once, and nothing is called for a record that need not be.
    """
    base_name, base_s, base_value, base_unit = "", 0.0, 0.0, None
    units: dict[str, str] = {}  # of names
    plants: set[str] = set()
    split: dict[str, tuple[str, str]] = {}  # name -> (meter, point)
    readings: list[Reading] = []
    events: list[Event] = []
    is_free_of, is_finite, make = _BASES.isdisjoint, math.isfinite, tuple.__new__
    for record in _records(payload):
        try:
            if not is_free_of(record):
                base_name = "" + record.get("bn", base_name)  # TypeError unless it is a text
                # TypeError unless they are numbers: a text times 1000 would be all the memory.
                base_s = record.get("bt", base_s) + 0.0
                base_value = record.get("bv", base_value) + 0.0
                base_unit = record.get("bu", base_unit)
                _check_version(record)
            if "n" not in record and _VALUES.isdisjoint(record):
                continue
            name = base_name + record.get("n", "")  # a base name may be whole
            if name not in split:
                split[name] = _take_name(name, plants)
            meter, point = split[name]
            time_ms = round((base_s + record.get("t", 0)) * 1000)
            if "v" in record:
                value = record["v"] + base_value
                if not is_finite(value):
                    raise WireError(f"{name}: {value} is not a number")
                unit = record.get("u", base_unit)
                if unit is not None and units.setdefault(name, unit) != unit:
                    raise WireError(f"{meter}/{point}: in {units[name]} and in {unit}")
                readings.append(make(Reading, (meter, point, time_ms, float(value))))
            elif "vs" in record:
                kind, _, text = record["vs"].partition(": ")
                events.append(Event(meter, point, time_ms, kind, text))
            else:
                raise WireError(f"{name}: neither v nor vs")
        except (TypeError, AttributeError, OverflowError, ValueError) as error:
            raise WireError(f"not SenML: {str(error)[:80]} in {str(record)[:80]}") from error
    plant = _the_one(plants) or base_name.strip("/")
    return Pack(plant, readings, events, {split[name]: unit for name, unit in units.items()})


def _the_one(plants: set[str]) -> str | None:
    if len(plants) > 1:
        raise WireError(f"several plants in one pack: {', '.join(sorted(plants))}")
    return next(iter(plants), None)


def _check_version(record: Mapping[str, Any]) -> None:
    version = record.get("bver", _PLAIN_VERSION)
    if not 0 < version <= _PLAIN_VERSION and version != SENML_VERSION:
        raise WireError(
            f"SenML version {version} is not up to {_PLAIN_VERSION}, or {SENML_VERSION}"
        )


def _take_name(name: str, plants: set[str]) -> tuple[str, str]:
    plant, _, rest = name.partition("/")
    if not is_identifier(plant) or not _NAME.fullmatch(rest):
        raise WireError(f"name {name[:80]!r} is not <plant>/<meter>/<point>")
    plants.add(plant)
    meter, point = rest.split("/")
    return meter, point


def _whole(told: Any) -> int:
    """A whole number as JSON has them; ValueError for one that no float holds, or none at all."""
    number = int(told)
    if abs(number) > MOST_WHOLE:
        raise ValueError(f"a number of {number.bit_length()} bits")
    return number


@dataclass(frozen=True, slots=True)
class Stored:
    """The collector's answer: what has just been committed, and what was set aside."""

    outbox: str
    stored: list[tuple[int, int]]  # ranges of seq, both ends included; never cumulative
    aside: list[tuple[int, str]] = field(default_factory=list)
    time_ms: int = 0
    packs: list[tuple[int, str]] = field(default_factory=list)
    """Each seq with its pack's hash in brief: others may use the number. Empty: old collectors."""

    def encode(self) -> bytes:
        """The answer as JSON."""
        body = {"outbox": self.outbox, "stored": self.stored, "aside": self.aside}
        body["packs"] = self.packs
        return json.dumps({**body, "time": self.time_ms}, separators=(",", ":")).encode()

    @staticmethod
    def decode(payload: bytes) -> Stored:
        """The answer in a payload; WireError when it is not one."""
        try:
            body = _load(payload)
            ranges = [(_whole(a), _whole(b)) for a, b in body["stored"]]
            aside = [(_whole(seq), str(reason)) for seq, reason in body["aside"]]
            if sum(last - first + 1 for first, last in ranges) > MOST_NUMBERS:
                raise WireError("not a `stored` message: more numbers than there are packs")
            packs = [(_whole(seq), str(digits)) for seq, digits in body.get("packs", ())]
            return Stored(str(body["outbox"]), ranges, aside, _whole(body["time"]), packs)
        except _ODD as error:
            raise WireError(f"not a `stored` message: {error}") from error

    def numbers(self) -> set[int]:
        """Every seq that the sender may free, stored or set aside."""
        held = {seq for first, last in self.stored for seq in range(first, last + 1)}
        return held | {seq for seq, _ in self.aside}


def ranges(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Whole numbers as the fewest ranges, both ends included."""
    result: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if result and number == result[-1][1] + 1:
            result[-1] = (result[-1][0], number)
        else:
            result.append((number, number))
    return result


@dataclass(frozen=True, slots=True)
class MeterHealth:
    """How one meter is, and since when."""

    state: str  # ok, timeout, exception, refused, silent
    since_ms: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    """What a gateway says of itself, retained at the broker."""

    state: str  # online, offline
    boot: str = ""
    time_ms: int = 0
    meters: dict[str, MeterHealth] = field(default_factory=dict)
    outbox_depth: int = 0
    clock_offset_ms: int | None = None  # gateway minus collector; None until measured
    config: str = ""

    def encode(self) -> bytes:
        """The status as JSON."""
        meters = {m: [h.state, h.since_ms, h.text] for m, h in self.meters.items()}
        body = {
            "state": self.state, "boot": self.boot, "time": self.time_ms, "meters": meters,
            "depth": self.outbox_depth, "offset": self.clock_offset_ms, "config": self.config,
        }  # fmt: skip
        return json.dumps(body, separators=(",", ":")).encode()

    @staticmethod
    def decode(payload: bytes) -> Status:
        """The status in a payload; WireError when it is not one."""
        try:
            body = _load(payload)
            meters = {
                str(m): MeterHealth(str(h[0]), _whole(h[1]), str(h[2]))
                for m, h in body["meters"].items()
            }
            offset = body["offset"]
            return Status(
                state=str(body["state"]),
                boot=str(body["boot"]),
                time_ms=_whole(body["time"]),
                meters=meters,
                outbox_depth=_whole(body["depth"]),
                clock_offset_ms=None if offset is None else _whole(offset),
                config=str(body["config"]),
            )
        except _ODD as error:
            raise WireError(f"not a status: {error}") from error
