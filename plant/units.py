"""Units: parsed, compared and converted exactly.

A unit is a product of known symbols with integer powers: ``kWh``, ``m3/h``, ``kWh/t``,
``degC day``. Factors are exact fractions, so a conversion there and back is the identity.
Currencies and unknown product units (``crate``, ``bottle``) are their own dimension.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import isfinite
from typing import NamedTuple

from plant.errors import UnitError

Dimension = tuple[tuple[str, int], ...]

_SECOND = (("time", 1),)
_ENERGY = (("energy", 1),)
_MASS = (("mass", 1),)
_VOLUME = (("length", 3),)

# symbol -> (factor to the base unit, dimension); the bases are s, J, kg, m, A, V, K.
_SYMBOLS: dict[str, tuple[Fraction, Dimension]] = {
    "s": (Fraction(1), _SECOND),
    "ms": (Fraction(1, 1000), _SECOND),
    "min": (Fraction(60), _SECOND),
    "h": (Fraction(3600), _SECOND),
    "day": (Fraction(86400), _SECOND),
    "d": (Fraction(86400), _SECOND),
    "week": (Fraction(7 * 86400), _SECOND),
    "J": (Fraction(1), _ENERGY),
    "kJ": (Fraction(10**3), _ENERGY),
    "MJ": (Fraction(10**6), _ENERGY),
    "GJ": (Fraction(10**9), _ENERGY),
    "TJ": (Fraction(10**12), _ENERGY),
    "PJ": (Fraction(10**15), _ENERGY),
    "Wh": (Fraction(3600), _ENERGY),
    "kWh": (Fraction(3_600_000), _ENERGY),
    "MWh": (Fraction(3_600_000_000), _ENERGY),
    "GWh": (Fraction(3_600_000_000_000), _ENERGY),
    # International Table calorie and British thermal unit, as energy statistics use them.
    "cal": (Fraction(41868, 10**4), _ENERGY),
    "kcal": (Fraction(41868, 10), _ENERGY),
    "Mcal": (Fraction(4_186_800), _ENERGY),
    "Gcal": (Fraction(4_186_800_000), _ENERGY),
    "BTU": (Fraction(105505585262, 10**8), _ENERGY),
    "kBTU": (Fraction(105505585262, 10**5), _ENERGY),
    "MMBTU": (Fraction(105505585262, 100), _ENERGY),
    "therm": (Fraction(105505585262, 10**3), _ENERGY),
    "dth": (Fraction(105505585262, 100), _ENERGY),
    "kgoe": (Fraction(41_868_000), _ENERGY),
    "toe": (Fraction(41_868_000_000), _ENERGY),
    "ktoe": (Fraction(41_868_000_000_000), _ENERGY),
    "tce": (Fraction(29_307_600_000), _ENERGY),  # 7 Gcal
    "W": (Fraction(1), (("energy", 1), ("time", -1))),
    "kW": (Fraction(10**3), (("energy", 1), ("time", -1))),
    "MW": (Fraction(10**6), (("energy", 1), ("time", -1))),
    "GW": (Fraction(10**9), (("energy", 1), ("time", -1))),
    "hp": (Fraction("745.69987158227022"), (("energy", 1), ("time", -1))),  # 550 ft lbf/s
    # A ton of refrigeration: 12,000 BTU/h.
    "RT": (Fraction(105505585262 * 12, 10**5 * 3600), (("energy", 1), ("time", -1))),
    "VA": (Fraction(1), (("apparent", 1), ("time", -1))),
    "kVA": (Fraction(10**3), (("apparent", 1), ("time", -1))),
    "MVA": (Fraction(10**6), (("apparent", 1), ("time", -1))),
    "VAh": (Fraction(3600), (("apparent", 1),)),
    "kVAh": (Fraction(3_600_000), (("apparent", 1),)),
    "var": (Fraction(1), (("reactive", 1), ("time", -1))),
    "kvar": (Fraction(10**3), (("reactive", 1), ("time", -1))),
    "Mvar": (Fraction(10**6), (("reactive", 1), ("time", -1))),
    "varh": (Fraction(3600), (("reactive", 1),)),
    "kvarh": (Fraction(3_600_000), (("reactive", 1),)),
    "Mvarh": (Fraction(3_600_000_000), (("reactive", 1),)),
    "g": (Fraction(1, 1000), _MASS),
    "mg": (Fraction(1, 10**6), _MASS),
    "ug": (Fraction(1, 10**9), _MASS),
    "kg": (Fraction(1), _MASS),
    "t": (Fraction(1000), _MASS),
    "kt": (Fraction(10**6), _MASS),
    "lb": (Fraction(45359237, 10**8), _MASS),
    "short-ton": (Fraction(45359237 * 2000, 10**8), _MASS),
    "long-ton": (Fraction(45359237 * 2240, 10**8), _MASS),
    "tCO2e": (Fraction(1000), (("co2e", 1),)),
    "kgCO2e": (Fraction(1), (("co2e", 1),)),
    "gCO2e": (Fraction(1, 1000), (("co2e", 1),)),
    "tCO2": (Fraction(1000), (("co2e", 1),)),
    "kgCO2": (Fraction(1), (("co2e", 1),)),
    "gCO2": (Fraction(1, 1000), (("co2e", 1),)),
    "m": (Fraction(1), (("length", 1),)),
    "cm": (Fraction(1, 100), (("length", 1),)),
    "mm": (Fraction(1, 1000), (("length", 1),)),
    "in": (Fraction(254, 10_000), (("length", 1),)),
    "ft": (Fraction(3048, 10_000), (("length", 1),)),
    "m2": (Fraction(1), (("length", 2),)),
    "ha": (Fraction(10**4), (("length", 2),)),
    "m3": (Fraction(1), _VOLUME),
    "dm3": (Fraction(1, 1000), _VOLUME),
    "cm3": (Fraction(1, 10**6), _VOLUME),
    "mL": (Fraction(1, 10**6), _VOLUME),
    "L": (Fraction(1, 1000), _VOLUME),
    "l": (Fraction(1, 1000), _VOLUME),
    "hl": (Fraction(1, 10), _VOLUME),
    "kL": (Fraction(1), _VOLUME),
    "ML": (Fraction(1000), _VOLUME),
    "ft3": (Fraction(3048**3, 10_000**3), _VOLUME),
    "ccf": (Fraction(3048**3, 10_000**3) * 100, _VOLUME),
    "Mcf": (Fraction(3048**3, 10_000**3) * 1000, _VOLUME),
    "gal": (Fraction(3785411784, 10**12), _VOLUME),
    "kgal": (Fraction(3785411784, 10**9), _VOLUME),
    "imp-gal": (Fraction(454609, 10**8), _VOLUME),
    "bbl": (Fraction(3785411784 * 42, 10**12), _VOLUME),  # of oil
    "MGD": (Fraction(3785411784, 10**6 * 86400), (("length", 3), ("time", -1))),
    "A": (Fraction(1), (("current", 1),)),
    "mA": (Fraction(1, 1000), (("current", 1),)),
    "V": (Fraction(1), (("voltage", 1),)),
    "kV": (Fraction(1000), (("voltage", 1),)),
    "Hz": (Fraction(1), (("time", -1),)),
    "degC": (Fraction(1), (("temperature", 1),)),
    "K": (Fraction(1), (("temperature", 1),)),
    "degF": (Fraction(5, 9), (("temperature", 1),)),
    "S": (Fraction(1), (("conductance", 1),)),
    "mS": (Fraction(1, 1000), (("conductance", 1),)),
    "uS": (Fraction(1, 10**6), (("conductance", 1),)),
    "bar": (Fraction(1), (("pressure", 1),)),
    "kPa": (Fraction(1, 100), (("pressure", 1),)),
    "MPa": (Fraction(10), (("pressure", 1),)),
    "Pa": (Fraction(1, 10**5), (("pressure", 1),)),
    "psi": (Fraction(45359237 * 980665, 254**2 * 10**10), (("pressure", 1),)),
    "%": (Fraction(1, 100), ()),
    "1": (Fraction(1), ()),
    "pH": (Fraction(1), (("ph", 1),)),
    "NTU": (Fraction(1), (("turbidity", 1),)),
    "pulse": (Fraction(1), (("count", 1),)),
    "count": (Fraction(1), (("count", 1),)),
    "pcs": (Fraction(1), (("pcs", 1),)),
}
_SPELLINGS = {
    "m³": "m3", "m²": "m2", "°C": "degC", "°F": "degF", "MMBtu": "MMBTU", "Btu": "BTU",
    "µS": "uS", "µg": "ug", "kvarh": "kvarh", "liter": "L", "litre": "L", "tonne": "t",
    "tonnes": "t", "hour": "h", "days": "day", "kl": "kL", "hL": "hl", "ft³": "ft3", "CCF": "ccf",
    "cf": "ft3", "kBtu": "kBTU", "TOE": "toe", "lbs": "lb", "tấn": "t", "lít": "L", "ml": "mL",
    "tCO2eq": "tCO2e", "kgCO2eq": "kgCO2e", "weeks": "week",
}  # fmt: skip
# What is meant differs from land to land: no unit of these is guessed.
_DOUBTFUL = {
    "ton": "t (1000 kg), short-ton (2000 lb) or long-ton (2240 lb)",
    "gallon": "gal (US) or imp-gal",
    "year": "day: a year has 365 or 366",
    "month": "day: a month has 28 to 31",
}
# Where the zero of a scale of temperature lies [K].
_ZEROS = {"K": Fraction(0), "degC": Fraction(27315, 100), "degF": Fraction(45967, 180)}
_FACTOR = re.compile(r"(?P<symbol>[^\s*/·^0-9][^\s*/·^]*|1)(?:\^(?P<power>-?\d+))?")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its text as written, its factor to base units, and its dimension."""

    text: str
    factor: Fraction
    dimension: Dimension

    def __str__(self) -> str:
        return self.text


class Quantity(NamedTuple):
    """A number with its unit, as a plant file writes it: ``"3 m3/h"``."""

    value: float
    unit: str

    def to(self, unit: str) -> float:
        """The value in another unit; UnitError when the dimensions differ."""
        return convert(self.value, self.unit, unit)

    def __str__(self) -> str:
        return f"{self.value:g} {self.unit}"


def _symbol(text: str) -> tuple[Fraction, Dimension]:
    text = _SPELLINGS.get(text, text)
    if text in _SYMBOLS:
        return _SYMBOLS[text]
    if not re.fullmatch(r"[A-Za-zÀ-ỹ][\w.-]*", text):
        raise UnitError(f"unit {text!r} is not one: write it like kWh, m3/h or kWh/t")
    return Fraction(1), ((text, 1),)


def _terms(text: str) -> list[tuple[str, int]]:
    """The symbols of a unit with their powers, a slash turning all that follows it."""
    terms: list[tuple[str, int]] = []
    sign = 1
    if re.search(r"/\s*(/|$)", text):
        raise UnitError(f"unit {text!r}: nothing stands below the slash")
    for number, part in enumerate(re.split(r"(/)|[\s*·]+", text.strip())):
        if part == "/":
            sign = -1
        elif part:
            match = _FACTOR.fullmatch(part)
            if match is None:
                raise UnitError(f"unit {text!r}: cannot read {part!r} (part {number + 1})")
            terms.append((match["symbol"], sign * int(match["power"] or 1)))
    if not terms:
        raise UnitError("a unit is missing: write it like kWh, m3/h or kWh/t")
    return terms


@lru_cache(maxsize=1024)
def parse_unit(text: str) -> Unit:
    """The unit that a text names; UnitError when it cannot be read."""
    factor = Fraction(1)
    powers: dict[str, int] = {}
    for name, power in _terms(text):
        base, dimension = _symbol(name)
        factor *= base**power
        for axis, exponent in dimension:
            powers[axis] = powers.get(axis, 0) + exponent * power
    dimension = tuple(sorted((axis, power) for axis, power in powers.items() if power))
    return Unit(text, factor, dimension)


def is_known(text: str) -> bool:
    """Whether every symbol of the unit is in the table (a misspelling makes a new dimension)."""
    try:
        return all(_SPELLINGS.get(s, s) in _SYMBOLS for s, _ in _terms(text))
    except UnitError:
        return False


_COMMON = ("kWh", "MWh", "MJ", "GJ", "MMBTU", "therm", "m3", "t", "kg", "L", "degC", "degC day")


def misspelt(text: str) -> str | None:
    """The common unit that was meant, where only capitals or a plural differ from it."""
    if is_known(text):
        return None
    meant = {text.lower(), text.lower().removesuffix("s")}
    return next((unit for unit in _COMMON if unit.lower() in meant), None)


def fits(unit: str, other: str) -> bool:
    """Whether one unit converts into the other."""
    return parse_unit(unit).dimension == parse_unit(other).dimension


@lru_cache(maxsize=1024)
def ratio(unit: str, to: str) -> Fraction:
    """How many ``to`` make one ``unit``, exactly; UnitError when they do not fit."""
    a, b = parse_unit(unit), parse_unit(to)
    if a.dimension != b.dimension:
        raise UnitError(
            f"{unit} does not convert to {to}: they measure different things{_doubt(unit, to)}"
        )
    return a.factor / b.factor


def _doubt(*units: str) -> str:
    """What to write in place of a name that may be several units."""
    said = (name.lower().removesuffix("s") for unit in units for name, _ in _terms(unit))
    return next((f"; for {one!r} write {_DOUBTFUL[one]}" for one in said if one in _DOUBTFUL), "")


def convert(value: float, unit: str, to: str) -> float:
    """A value in another unit; differences only (no offset between °C and °F)."""
    share = ratio(unit, to)
    return value if share == 1 else value * share.numerator / share.denominator


def convert_level(value: float, unit: str, to: str) -> float:
    """A level in another unit: as `convert`, but 68 degF is 20 degC."""
    share = ratio(unit, to)
    here, there = (_ZEROS.get(_SPELLINGS.get(one, one)) for one in (unit, to))
    if here is None or there is None or here == there or not isfinite(value):
        return convert(value, unit, to)
    return float(Fraction(value) * share + (here - there) / parse_unit(to).factor)


_QUANTITY = re.compile(
    r"\s*(?P<value>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(?P<unit>.*\S)\s*"
)


def parse_quantity(text: str, like: str | None = None) -> Quantity:
    """The quantity in a text such as ``"1100 m3/day"``; ``like`` names a unit that it must fit."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise UnitError(f"{text!r} is not a number with a unit, like {like or '3 m3/h'!r}")
    quantity = Quantity(float(match["value"]), match["unit"])
    if not fits(quantity.unit, like or quantity.unit):
        raise UnitError(f"{text!r} does not convert to {like}")
    return quantity
