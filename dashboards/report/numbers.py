"""Figures as a report prints them: more digits than a wall screen, dates and instants in full."""

from __future__ import annotations

from datetime import date
from math import floor, isfinite, log10
from zoneinfo import ZoneInfo

from dashboards import formats
from dashboards.formats import MISSING, Language
from plant.calendar import from_ms

LEAST_P = 0.0001


def figures(value: float | None, language: Language, digits: int = 5) -> str:
    """A number with so many significant digits, whole ones in full."""
    if value is None or not isfinite(value):
        return MISSING
    if value and not 1e-4 <= abs(value) < 1e12:
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        return f"{formats.number(float(mantissa), language, places=digits - 1)}·10^{int(power)}"
    size = floor(log10(abs(value))) if value else 0
    return formats.number(value, language, places=max(0, digits - 1 - size))


def p_value(value: float | None, language: Language) -> str:
    """A probability; below a ten-thousandth it says only that."""
    if value is not None and value < LEAST_P:
        return f"< {formats.number(LEAST_P, language, places=4)}"
    return MISSING if value is None else formats.number(value, language, places=4)


def p_equation(value: float | None, language: Language) -> str:
    """The same as it stands in a sentence: p = 0.0123, p < 0.0001."""
    told = p_value(value, language)
    return f"p {told}" if told.startswith("<") else f"p = {told}"


def given(value: float, language: Language) -> str:
    """A number with the digits that it was given with: 1811, 0.6592."""
    text = f"{value:.10f}".rstrip("0").rstrip(".")
    return formats.number(value, language, places=len(text.partition(".")[2]))


def rounded(value: float, digits: int) -> float:
    """A number of which only the first digits count."""
    return float(f"{value:.{digits - 1}e}")


def percent(value: float | None, language: Language, places: int = 2) -> str:
    """A percentage; two digits behind the sign unless said otherwise."""
    return f"{formats.number(value, language, places=places)} %"


def plain_percent(value: float, language: Language) -> str:
    """A percentage that a person chose: 5 %, 7.5 %."""
    places = 0 if value == int(value) else 2 if round(value, 1) != value else 1
    return percent(value, language, places)


def interval(low: str, high: str, language: Language) -> str:
    """Two ends of an interval, as one text."""
    word = "đến" if language == "vi" else "to"
    return f"{low} {word} {high}"


def period(first: date, last: date, language: Language) -> str:
    """A stretch of days, both ends included."""
    return f"{formats.day(first, language)} – {formats.day(last, language)}"


def instant(time_ms: int, zone: ZoneInfo, language: Language) -> str:
    """A day and time in the plant's zone."""
    at = from_ms(time_ms, zone)
    return f"{formats.day(at.date(), language)} {formats.clock(at)}"
