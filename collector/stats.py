"""What the collector counts while it runs."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Stats:
    """Counts since the start; written by the ingest thread alone, readable by all."""

    packs: int = 0  # all that came
    stored_packs: int = 0  # each once, however often it was sent
    duplicates: int = 0  # packs that had been stored before, and were said again
    readings_in: int = 0  # in packs that could be read, those sent again too
    readings: int = 0  # in stored packs
    events: int = 0
    aside: Counter[str] = field(default_factory=Counter)  # by kind of reason
    shed: int = 0  # not taken in because the store was behind; the agents send them again
    commits: int = 0
    retries: int = 0
    is_refused: bool = False  # the store does not take what has come
    last_commit_ms: int | None = None
    lag_ms: int | None = None  # from the newest reading of a commit to the commit
    commit_ms: int | None = None  # what the last commit took
    derived_rows: int = 0
    slots_waiting: int = 0  # for derivation
    configs: dict[str, str] = field(default_factory=dict)  # "plant/gateway" -> hash in its packs

    def as_json(self) -> dict[str, Any]:
        """The counts as plain values."""
        names = [name for name in self.__slots__ if name not in ("aside", "configs")]
        plain = {name: getattr(self, name) for name in names}
        return {**plain, "aside": dict(self.aside), "configs": dict(self.configs)}
