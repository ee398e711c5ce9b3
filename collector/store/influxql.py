"""Names and texts as InfluxQL quotes them; of 1.x it has no parameters in every place."""

from __future__ import annotations


def name(identifier: str) -> str:
    """A measurement, tag or field."""
    return '"' + identifier.replace("\\", "\\\\").replace('"', '\\"') + '"'


def text(value: str) -> str:
    """A string."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
