"""Which files can be made here: some need an extra that may not be installed."""

from __future__ import annotations

from importlib.util import find_spec

# A file's ending -> the extra that it needs, and the package that comes with it.
_NEEDS = {
    "html": ("report", "openpyxl"),  # a report names its workbook, and comes from one package
    "xlsx": ("report", "openpyxl"),
    "svg": ("report", "matplotlib"),
    "pdf": ("pdf", "weasyprint"),
}


def missing_extra(kind: str) -> str | None:
    """The extra without which no file of a kind (`xlsx`) can be made; None where it can."""
    extra, package = _NEEDS.get(kind, ("", ""))
    return extra if package and find_spec(package) is None else None


def offered(*kinds: str) -> str:
    """Those kinds that can be made, with spaces between them."""
    return " ".join(kind for kind in kinds if missing_extra(kind) is None)
