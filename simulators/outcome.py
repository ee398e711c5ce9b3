"""What came of a demonstration: counted at both ends of the chain, so that a loss shows."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Outcome:
    """Filled stage by stage."""

    begun_s: float
    ports: dict[str, Any] = field(default_factory=dict)
    stages: dict[str, float] = field(default_factory=dict)  # stage -> seconds since the start
    history: dict[str, Any] = field(default_factory=dict)  # as its sender counted
    live: dict[str, Any] = field(default_factory=dict)  # as the agent counted
    collector: dict[str, Any] = field(default_factory=dict)  # as the collector counted
    resources: dict[str, Any] = field(default_factory=dict)
    claims: list[dict[str, Any]] = field(default_factory=list)
    failure: str | None = None

    def reached(self, stage: str) -> None:
        """A stage works."""
        self.stages[stage] = round(time.monotonic() - self.begun_s, 2)

    @property
    def is_settled(self) -> bool:
        """Whether both ends have counted."""
        return bool(self.history and self.live and self.collector)

    def _sent(self, what: str) -> int:
        return int(self.history.get(what, 0)) + int(self.live.get(what, 0))

    @property
    def aside(self) -> int:
        """Packs that the collector set aside."""
        return sum(self.collector.get("aside", {}).values())

    @property
    def lost(self) -> dict[str, int]:
        """What was sent and is neither stored nor set aside."""
        return {
            "packs": self._sent("packs") - self.collector.get("stored_packs", 0) - self.aside,
            "readings": self._sent("readings") - self.collector.get("readings", 0),
        }

    @property
    def is_good(self) -> bool:
        """Every stage worked and nothing was lost."""
        return (
            self.failure is None
            and self.is_settled
            and not any(self.lost.values())
            and not self.aside
            and int(self.live.get("readings", 0)) > 0
            and bool(self.resources)
            and all(r.get("specific") is not None for r in self.resources.values())
        )

    def sentence(self) -> str:
        """One line for a person."""
        lost = self.lost
        return (
            f"{self._sent('readings'):,} readings in {self._sent('packs'):,} packs sent, "
            f"{self.collector.get('readings', 0):,} stored, {lost['readings']:,} lost."
        )

    def as_json(self) -> dict[str, Any]:
        """The one object that `--json` prints."""
        return {
            "ok": self.is_good,
            "failure": self.failure,
            "packs": {
                "sent": self._sent("packs"),
                "stored": self.collector.get("stored_packs", 0),
                "set_aside": self.aside,
                "lost": self.lost["packs"],
            },
            "readings": {
                "sent": self._sent("readings"),
                "stored": self.collector.get("readings", 0),
                "lost": self.lost["readings"],
            },
            "resources": self.resources,
            "claims": self.claims,
            "ports": self.ports,
            "stages_s": self.stages,
        }
