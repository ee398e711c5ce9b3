"""JSON that anybody may have sent, read strictly: what others would read otherwise is refused."""

from __future__ import annotations

import json
from typing import Any

from plant.errors import WireError

MOST_WHOLE = 2**53  # RFC 8259, 6: beyond it readers of JSON differ
# What JSON that is not as expected makes of the code that reads it.
ODD = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)


def _refuse_constant(text: str) -> float:
    raise WireError(f"{text} is not a number")


_read = json.JSONDecoder(parse_constant=_refuse_constant).decode


def load(payload: bytes) -> Any:
    """JSON in UTF-8 (RFC 8259, 8.1); ValueError also where an escape is half a character.

    Nobody could write such a text again.
    """
    body = _read(payload.decode())
    if b"\\u" in payload:
        json.dumps(body, ensure_ascii=False).encode()
    return body


def whole(told: Any) -> int:
    """A number of JSON without its fraction; ValueError for one that no float holds exactly."""
    number = int(told)
    if abs(number) > MOST_WHOLE:
        raise ValueError(f"a number of {number.bit_length()} bits")
    return number
