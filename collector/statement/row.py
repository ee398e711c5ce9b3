"""One period of a plan, as the regression saw it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

Part = Literal["baseline", "middle", "reporting"]  # middle: the model period of a chain


@dataclass(frozen=True, slots=True)
class Row:
    """One day, week or month of a plan, as the regression saw it.

    first, last: its days, both included. expected: what the baseline's performance would have
    used for its drivers. adjustment: what was added to that for what no driver explains.
    missing: the quantities for want of which it is left out; a row in use has none.
    """

    label: str
    first: date
    last: date
    part: Part
    actual: float | None
    drivers: Mapping[str, float | None]
    quality: str
    origin: str
    expected: float | None
    missing: tuple[str, ...]
    adjustment: float = 0.0

    @property
    def is_used(self) -> bool:
        """Whether the regression or the saving counts it."""
        return not self.missing

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "period": self.label,
            "part": self.part,
            "actual": self.actual,
            "drivers": dict(self.drivers),
            "quality": self.quality,
            "origin": self.origin,
            "expected": self.expected,
            "adjustment": self.adjustment,
            "missing": list(self.missing),
        }
