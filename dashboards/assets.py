"""Style sheets, scripts and plotly.min.js, kept in memory, compressed once, cached for ever.

Their address holds a hash of them all, so a new version has new addresses.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path

from plant.errors import UsageError

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}
PLOTLY = "plotly.min.js"
# Chromium compiles all of it beside the page, which waits a third less (others read a comment).
EAGER = b"//# allFunctionsCalledOnLoad\n"
_IMPORT = re.compile(r'from "\./([\w-]+\.js)"')


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent: compressed."""

    gzipped: bytes
    media_type: str


def _sources() -> dict[str, Traversable]:
    own = {file.name: file for file in files("dashboards").joinpath("static").iterdir()}
    return own | {PLOTLY: _plotly()}


def _plotly() -> Path:
    """The script in the plotly wheel; importing the package would cost memory for nothing."""
    spec = find_spec("plotly")
    if spec is None or not spec.submodule_search_locations:
        raise UsageError("the pages need plotly; type in the checkout: pip install '.[web]'")
    return Path(spec.submodule_search_locations[0]) / "package_data" / PLOTLY


def _content(name: str, source: Traversable) -> bytes:
    return (EAGER if name == PLOTLY else b"") + source.read_bytes()


@cache
def digest() -> str:
    """A hash of every asset."""
    total = hashlib.sha256()
    for name, source in sorted(_sources().items()):
        total.update(name.encode() + b"\0" + _content(name, source))
    return total.hexdigest()[:12]


_kept: dict[str, Asset] = {}


def kept(name: str) -> Asset | None:
    """The asset of that name, if it was compressed already."""
    return _kept.get(name)


def find(name: str) -> Asset | None:
    """The asset of that name, or None; the first time the largest takes half a second."""
    if name not in _kept:
        source = _sources().get(name)
        media_type = TYPES.get("." + name.rpartition(".")[2])
        if source is None or media_type is None:
            return None
        _kept[name] = Asset(gzip.compress(_content(name, source), 9, mtime=0), media_type)
    return _kept[name]


def find_all() -> None:
    """Compress every asset."""
    for name in _sources():
        find(name)


@cache
def modules(name: str) -> tuple[str, ...]:
    """All modules that a module imports, and those that they do, each once."""
    found: dict[str, None] = {}
    asked = [name]
    while asked:
        text = _sources()[asked.pop()].read_text("utf-8")
        new = [one for one in _IMPORT.findall(text) if one not in found]
        found |= dict.fromkeys(new)
        asked += new
    return tuple(found)
