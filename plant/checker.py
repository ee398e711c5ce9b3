"""What every check of a plant file needs: names as the file has them, faults where they stand."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from plant.description import Plant
from plant.errors import Problem
from plant.toml_file import Document, KeyPath

# What a key of an entry names: the tables it may stand in, and what is said where it does not.
REFERENCES: dict[str, dict[str, tuple[tuple[str, ...], str]]] = {
    "meters": {
        "resource": (("resources",), "one of [resources]"),
        "product": (("products",), "one of [products]"),
        "driver": (("drivers",), "one of [drivers]"),
        "within": (("meters",), "another meter"),
    },
    "plans": {
        "resource": (("resources",), "one of [resources]"),
        "drivers": (("products", "drivers"), "one of [products] or [drivers]"),
    },
    "claims": {
        "resource": (("resources",), "one of [resources]"),
        "plan": (("plans",), "one of [plans]"),
    },
}


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

    def references(self, table: str, name: str, values: Mapping[str, Any]) -> Iterator[Problem]:
        """Faults of what the values of an entry name; a value that is no name is told elsewhere."""
        for key, (tables, wanted) in REFERENCES[table].items():
            known = [one for one in self.declared(*tables) if (one, key) != (name, "within")]
            told = values.get(key)
            for found in told if isinstance(told, list | tuple) else [told]:
                if isinstance(found, str):
                    yield from self.unknown((table, name, key), found, known, wanted)

    def unread(self, table: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The entries of a table that had faults of their own, as the file has them."""
        entries = self.document.content.get(table, {})
        read = getattr(self.plant, table)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            if name not in read and isinstance(entry, dict):
                yield name, entry
