"""What derivations found goes to the store, and only then counts as done, many meters at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from collector.ledger.derivation import Derivation, Settlement
from collector.store import Samples, Series, Store

MOST_ROWS, MOST_METERS = 20_000, 200  # in one commit, about
NOTHING: Mapping[Series, Samples] = {}


class Changed(NamedTuple):
    """How many rows were written, and from when on."""

    rows: int
    from_ms: int | None


class Settling:
    """Meters that were derived, written together: each commit waits for the disk."""

    def __init__(self, plant: str, store: Store, derivation: Derivation) -> None:
        self._plant = plant
        self._store = store
        self._derivation = derivation
        self._rows: dict[Series, Samples] = {}
        self._found: dict[str, Sequence[Settlement]] = {}
        self._count = 0  # of rows that were written
        self._from_ms: int | None = None

    def add(
        self, meter: str, found: Sequence[Settlement], rows: Mapping[Series, Samples] = NOTHING
    ) -> None:
        """One meter is derived; its rows go to the store before it counts as done."""
        self._found[meter] = found
        self._rows.update((series, new) for series, new in rows.items() if len(new))
        if sum(map(len, self._rows.values())) >= MOST_ROWS or len(self._found) >= MOST_METERS:
            self._write()

    def end(self) -> Changed:
        """Write the rest; what changed in all."""
        self._write()
        return Changed(self._count, self._from_ms)

    def _write(self) -> None:
        if self._rows:
            self._store.write(self._rows)
            self._count += sum(map(len, self._rows.values()))
            known = [] if self._from_ms is None else [self._from_ms]
            self._from_ms = min([*known, *(int(new.times_ms[0]) for new in self._rows.values())])
        if self._found:
            self._derivation.settle(self._plant, self._found)
        self._rows, self._found = {}, {}
