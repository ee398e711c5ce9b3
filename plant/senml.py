"""Packs: readings and events of one plant as SenML (RFC 8428).

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
from typing import Any

from plant.errors import WireError
from plant.reading import Event, Reading
from plant.strict_json import load

SENML_VERSION = 26
_json = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
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


def _records(payload: bytes) -> list[dict[str, Any]]:
    try:
        records = load(payload)
    except (ValueError, RecursionError) as error:
        raise WireError(f"not JSON: {str(error)[:80]}") from error
    if not isinstance(records, list) or not {*map(type, records)} <= {dict}:
        raise WireError("not SenML: a list of records was expected")
    if (b"true" in payload or b"false" in payload) and any(
        isinstance(record.get(name), bool) for record in records for name in ("v", "bv", "t", "bt")
    ):
        raise WireError("not SenML: true and false are no numbers")
    if b'_"' in payload or b"\\u" in payload:  # an escape may stand for any character
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
