"""What the pages say, by key, in each language: one flat JSON file a language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from dashboards.formats import LANGUAGES, Language


@cache
def texts(folder: str, language: Language) -> Mapping[str, str]:
    """Every text of a language in a folder of this package, by key."""
    text = files("dashboards").joinpath(folder, f"{language}.json").read_text("utf-8")
    words: dict[str, str] = json.loads(text)
    return words


def table(language: Language) -> Mapping[str, str]:
    """Every text of the pages in a language, by key."""
    return texts("locale", language)


def say(key: str, language: Language, **parameters: object) -> str:
    """A text with its parameters filled in; KeyError when nobody wrote it."""
    return table(language)[key].format(**parameters)


def say_or(key: str, language: Language, otherwise: str) -> str:
    """A text for names that plants may invent; what the plant says when nobody wrote it."""
    return table(language).get(key, otherwise)


def choose(asked: str | None, accepted: str = "") -> Language:
    """The language that a reader wants: asked for outright, else the browser's first, else en."""
    for language in LANGUAGES:
        if asked == language:
            return language
    tags = [tag.partition(";")[0].strip()[:2].lower() for tag in accepted.split(",")]
    return next((language for tag in tags for language in LANGUAGES if tag == language), "en")
