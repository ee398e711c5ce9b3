"""What a terminal is given: texts of others, in which nothing commands it."""

from __future__ import annotations

import re
import sys

# Controls but for tab and line feed, and what turns the direction of writing.
_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def harmless(text: str) -> str:
    """What others wrote as a terminal may be given it: what it would obey is written out."""
    return _OBEYED.sub(lambda found: ascii(found[0])[1:-1], text)


def harmless_json(text: str) -> str:
    """The same JSON, in which what a terminal would obey is escaped."""
    return _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def print_error(text: object) -> None:
    """One line on standard error."""
    sys.stderr.write(harmless(f"{text}\n"))
