"""Fields of a plant file: texts with units that become numbers, names, dates."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable
from datetime import date, time
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from plant.errors import UnitError
from plant.senml import is_identifier
from plant.units import Quantity, parse_quantity


def _reads(
    unit: str, example: str, *, least: float = 0.0, most: float = math.inf
) -> Callable[[Any], Any]:
    def read(found: Any) -> Any:
        if isinstance(found, float | int) and not isinstance(found, bool):
            raise ValueError(f"a text with its unit, such as {example!r}")
        if not isinstance(found, str):
            return found
        try:
            number = parse_quantity(found, like=unit).to(unit)
        except UnitError as error:
            raise ValueError(f"a number with a unit, such as {example!r}") from error
        if not least <= number <= most:
            upper = "" if most == math.inf else f" and at most {most:g} {unit}"
            raise ValueError(f"at least {least:g} {unit}{upper}")
        return number

    return read


def _text(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": [example]})


def _quantity(found: Any) -> Any:
    if isinstance(found, Quantity):
        return found
    if not isinstance(found, str):
        raise ValueError("a text with its unit, such as '3 m3/h'")
    try:
        return parse_quantity(found)
    except UnitError as error:
        raise ValueError("a number with a unit, such as '3 m3/h'") from error


LONGEST_NAME = 64  # names stand in topics and in names of files


def _name(found: Any) -> Any:
    if isinstance(found, str) and not is_identifier(found):
        raise ValueError("letters, digits, '.', '_' and '-' only, a letter or digit first")
    if isinstance(found, str) and len(found) > LONGEST_NAME:
        raise ValueError(f"at most {LONGEST_NAME} characters")
    return found


KEY_PREFIX = "ed25519:"


def _public_key(found: Any) -> Any:
    if isinstance(found, str):
        try:
            raw = base64.b64decode(found.removeprefix(KEY_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            raw = b""
        if not found.startswith(KEY_PREFIX) or len(raw) != 32:
            raise ValueError("a key as `cleanline enroll` prints it: 'ed25519:' and 44 letters")
    return found


def _clock(found: Any) -> Any:
    if isinstance(found, time):
        return found
    try:
        return time.fromisoformat(found)
    except (TypeError, ValueError) as error:
        raise ValueError("a time of day such as '06:00'") from error


def _day(found: Any) -> Any:
    if isinstance(found, date):
        return found
    try:
        return date.fromisoformat(found)
    except (TypeError, ValueError) as error:
        raise ValueError("a date such as '2025-01-31'") from error


_AS_TEXT = PlainSerializer(str)

Seconds = Annotated[float, BeforeValidator(_reads("s", "5s")), _text("5s")]
Interval = Annotated[float, BeforeValidator(_reads("s", "5s", least=0.1, most=86_400)), _text("5s")]
Days = Annotated[int, Field(ge=1), BeforeValidator(_reads("day", "1 day")), _text("1 day")]
Share = Annotated[float, BeforeValidator(_reads("%", "6 %", most=100)), _text("6 %")]  # [%]
QuantityField = Annotated[Quantity, BeforeValidator(_quantity), _text("3 m3/h"), _AS_TEXT]
PublicKey = Annotated[str, BeforeValidator(_public_key), _text(KEY_PREFIX + "A" * 43 + "=")]
Name = Annotated[str, BeforeValidator(_name)]
Clock = Annotated[
    time, BeforeValidator(_clock), WithJsonSchema({"type": "string", "format": "time"})
]
Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
