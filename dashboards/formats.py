"""Numbers and dates as a reader of either language writes them; the browser follows the same rules.

Units are never translated, only typeset: m3 becomes m³.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from plant.calendar import from_ms

Language = Literal["en", "vi"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
MISSING = "–"
LONGEST = 1e15  # from here on a number is written with a power of ten
_EXACT = Context(prec=400)  # holds any float with its decimals
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_SWAP = str.maketrans({",": ".", ".": ","})
_SIGNS = (("m3", "m³"), ("m2", "m²"), ("degC", "°C"), ("CO2", "CO₂"), ("uS", "µS"))


def decimals(value: float) -> int:
    """Digits behind the decimal sign that give three significant ones, at most two; none for 0."""
    size = abs(value)
    if size >= 99.95 or not size:
        return 0
    return 1 if size >= 9.995 else 2


def number(value: float | None, language: Language, *, places: int | None = None) -> str:
    """A number with its separators; a dash when there is none."""
    if value is None or not math.isfinite(value):
        return MISSING
    if abs(value) >= LONGEST:
        return _with_power(value, language)
    step = Decimal(1).scaleb(-(decimals(value) if places is None else places))
    # Halves away from zero, of the decimal that the number is written as: what browsers do.
    text = f"{Decimal(repr(float(value))).quantize(step, ROUND_HALF_UP, _EXACT):,f}"
    if not text.strip("-0.,"):
        text = text.lstrip("-")
    if language == "vi":
        text = text.translate(_SWAP)
    return text.replace("-", "−")


def _with_power(value: float, language: Language) -> str:
    """A number too long for any place on a page: 1.00 × 10³⁰⁸."""
    power = Decimal(value).adjusted()
    digits = Decimal(value).scaleb(-power, _EXACT).quantize(Decimal("0.01"), ROUND_HALF_UP, _EXACT)
    if abs(digits) >= 10:
        digits, power = digits / 10, power + 1
    text = f"{digits:.2f}".translate(_SWAP) if language == "vi" else f"{digits:.2f}"
    return f"{text} × 10{str(power).translate(_SUPERSCRIPTS)}".replace("-", "−")


def unit(text: str) -> str:
    """A unit as it is typeset."""
    for plain, typeset in _SIGNS:
        text = text.replace(plain, typeset)
    return text


def plain_unit(text: str) -> str:
    """A unit as the plant file writes it, from one that is typeset."""
    for plain, typeset in _SIGNS:
        text = text.replace(typeset, plain)
    return text


def extent(values: Sequence[float], of: str, language: Language) -> dict[str, str]:
    """The least and the greatest of values, and their unit, for a sentence."""
    low, high = (number(end(values), language) for end in (min, max))
    return {"low": low, "high": high, "unit": unit(of)}


def quantity(value: float | None, of: str, language: Language) -> str:
    """A number with its unit behind it; what is missing has none."""
    return MISSING if value is None else f"{number(value, language)} {unit(of)}"


def percent(value: float | None, language: Language) -> str:
    """A percentage with one digit behind the decimal sign."""
    return MISSING if value is None else f"{number(value, language, places=1)} %"


def day(day: date, language: Language) -> str:
    """A date: 3 Mar 2026, 03/03/2026."""
    if language == "vi":
        return f"{day:%d/%m/%Y}"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def short_day(day: date, language: Language) -> str:
    """A date without its year, for an axis: 3 Mar, 03/03."""
    return f"{day:%d/%m}" if language == "vi" else f"{day.day} {_MONTHS[day.month - 1]}"


def month(day: date, language: Language) -> str:
    """A month, short enough for an axis: Mar 26, 3/26."""
    if language == "vi":
        return f"{day.month}/{day:%y}"
    return f"{_MONTHS[day.month - 1]} {day:%y}"


def clock(instant: datetime) -> str:
    """A time of day in the instant's own zone."""
    return f"{instant:%H:%M}"


def moment(time_ms: int, language: Language, *, zone: ZoneInfo) -> str:
    """A day and a time of day in a zone: 3 Mar 2026 14:05."""
    instant = from_ms(time_ms, zone)
    return f"{day(instant.date(), language)} {clock(instant)}"


def span(start_ms: int, end_ms: int, language: Language, *, zone: ZoneInfo) -> str:
    """A stretch of time from its first to its last instant, and the zone of its clock."""
    ends = (moment(start_ms, language, zone=zone), moment(end_ms, language, zone=zone))
    return f"{ends[0]} – {ends[1]} · {zone.key}"


def signed(value: float | None, language: Language, *, places: int | None = None) -> str:
    """A number that says plus as well as minus."""
    text = number(value, language, places=places)
    return f"+{text}" if value is not None and value > 0 and text.strip("0.,") else text
