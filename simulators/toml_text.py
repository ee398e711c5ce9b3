"""TOML written from what ``tomllib`` reads: a merged file for others to read."""

import json
from datetime import date, datetime, time
from typing import Any

Table = dict[str, Any]


def merged(base: Table, changes: Table) -> Table:
    """The base with the changes laid over it: tables are joined, all else is replaced."""
    found = dict(base)
    for key, value in changes.items():
        below = found.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        found[key] = merged(below, value) if both and isinstance(below, dict) else value
    return found


def toml_text(content: Table) -> str:
    """A document; the same content gives the same text."""
    return "\n".join(_table(content, ())) + "\n"


def _table(content: Table, path: tuple[str, ...]) -> list[str]:
    plain = {k: v for k, v in content.items() if not isinstance(v, dict)}
    lines = [f"[{'.'.join(map(_key, path))}]"] if path and (plain or not content) else []
    lines += [f"{_key(key)} = {_value(value)}" for key, value in plain.items()]
    for key, value in content.items():
        if isinstance(value, dict):
            lines += _table(value, (*path, key))
    return lines


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("-", "").replace("_", "").isalnum()
    return key if bare else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    return "[" + ", ".join(_value(one) for one in value) + "]"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
