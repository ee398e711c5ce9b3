"""What the documentation tells people to type."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(cleanline [^`…]*)`")
OPERATORS = {"|", "||", "&&", ";", ">", ">>", "<", "&"}


class Typed(NamedTuple):
    """A command as somebody is told to type it."""

    where: str
    words: tuple[str, ...]


def typed(page: Path) -> Iterator[Typed]:
    """Calls of `cleanline` in a page's code blocks, each without what follows in a pipe."""
    text = page.read_text(encoding="utf-8")
    for fence in FENCE.finditer(text):
        if fence[1] not in ("", "sh"):
            continue
        first = text.count("\n", 0, fence.start(2)) + 1
        joined = fence[2].replace("\\\n", "  ")
        for number, line in enumerate(joined.splitlines()):
            if words := called(line):
                yield Typed(f"{page.relative_to(ROOT)}:{first + number}", words)
    for found in INLINE.finditer(text):
        words = called(found[1])
        is_whole = words and any("." in word or word.startswith("--") for word in words)
        if words and is_whole and not any(word.isupper() for word in words):
            yield Typed(f"{page.relative_to(ROOT)} {found[0]}", words)


def called(line: str) -> tuple[str, ...] | None:
    """The arguments of `cleanline` in a line of shell; None when it is another program's."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        return None
    for place, word in enumerate(words):
        before = words[place - 1] if place else ""
        if Path(word).name == "cleanline" and before in ("", "sudo"):
            rest = words[place + 1 :]
            end = next((i for i, one in enumerate(rest) if one in OPERATORS), len(rest))
            return tuple(rest[:end])
    return None
