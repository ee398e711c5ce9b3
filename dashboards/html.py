"""Pages from plain HTML files: ``{{key}}`` is a text of the reader's language, ``{{@name}}`` a
value that is given, ``{{>name}}`` another file, ``{{+name}}`` the links by which a browser asks at
once for all that a module imports; data go in as JSON that no script can break out of."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from dashboards import assets
from dashboards.formats import Language
from dashboards.words import table

_SLOT = re.compile(r"\{\{(@?)([\w.-]+)\}\}")
_PART = re.compile(r"\{\{>([\w.-]+)\}\}")
_AHEAD = re.compile(r"\{\{\+([\w.-]+)\}\}")
_DATA = re.compile(r"\{\{!([\w.-]+)\}\}")


@cache
def _source(name: str) -> str:
    text = files("dashboards").joinpath("pages", f"{name}.html").read_text("utf-8")
    return _PART.sub(lambda match: _source(match[1]), text)


def script_safe(json: str) -> str:
    """JSON that may stand in a script element."""
    return json.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def fill(
    name: str, language: Language, values: Mapping[str, str], *, data: Mapping[str, str]
) -> str:
    """The page of that name; KeyError when it asks for a text that nobody wrote.

    values: texts, escaped here. data: JSON for ``{{!name}}``.
    """
    words = table(language)

    def slot(match: re.Match[str]) -> str:
        given, key = match.groups()
        return html.escape(values[key] if given else words[key])

    def ahead(match: re.Match[str]) -> str:
        at = html.escape(values["static"])
        modules = assets.modules(match[1])
        return "\n  ".join(f'<link rel="modulepreload" href="{at}/{name}">' for name in modules)

    filled = _SLOT.sub(slot, _AHEAD.sub(ahead, _source(name)))
    return _DATA.sub(lambda match: script_safe(data[match[1]]), filled)
