"""What every check of a plant file needs: names as the file has them, faults where they stand."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from plant.description import Plant
from plant.errors import Problem
from plant.toml_file import Document, KeyPath


class Checker:
    """Looks at a plant and at the document that it was read from."""

    def __init__(self, plant: Plant, document: Document) -> None:
        self.plant = plant
        self.document = document

    def declared(self, *tables: str) -> list[str]:
        """Names as the file has them: an entry with a fault of its own still counts."""
        found = [self.document.content.get(table, {}) for table in tables]
        return [name for table in found if isinstance(table, dict) for name in table]

    def problem(self, path: KeyPath, found: str, wanted: str, near: str | None = None) -> Problem:
        line = self.document.line_of(path)
        return Problem(self.document.name, line, ".".join(path), found, wanted, near)

    def unknown(
        self, path: KeyPath, found: str, known: list[str], wanted: str
    ) -> Iterator[Problem]:
        if found not in known:
            near = difflib.get_close_matches(found, known, n=1)
            yield self.problem(path, repr(found), wanted, near[0] if near else None)
