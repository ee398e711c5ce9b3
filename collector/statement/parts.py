"""The parts of a statement, and what each says as plain values.

Missing is None. `as_json` is what an evidence file holds and what a check compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from collector.analysis.results import VerifiedClaim
from collector.ledger import Adjustment, Entry
from collector.plans.locked import PlanState
from collector.statement.row import Part, Row
from collector.statement.worth import Worth
from plant.calendar import iso
from plant.description import Meter, Plan, Plant
from plant.sectors import Norm


class Coverage(NamedTuple):
    """Quarter hours of a stretch of time, by how well a meter's consumption is known in them."""

    measured: int
    estimated: int
    integrated: int
    missing: int

    @property
    def slots(self) -> int:
        """All of them."""
        return sum(self)

    @property
    def known_percent(self) -> float:
        """The share that is known at all [%]."""
        return 100 * (1 - self.missing / self.slots) if self.slots else 0.0


class Day(NamedTuple):
    """What one meter counted in a day [unit of its quantity]; None where it is not known."""

    day: str
    value: float | None
    quality: str


@dataclass(frozen=True, slots=True)
class MeterStatement:
    """One meter that the claims rest on."""

    name: str
    meter: Meter
    quantity: str
    point: str
    unit: str  # of the quantity
    coverage: Coverage
    days: tuple[Day, ...]

    def as_json(self) -> dict[str, Any]:
        """The same as plain values, without what the plant file and the model say."""
        return {
            "meter": self.name,
            "quantity": self.quantity,
            "point": self.point,
            "unit": self.unit,
            "slots": self.coverage._asdict(),
            "days": [list(day) for day in self.days],
        }


class Specific(NamedTuple):
    """Consumption per unit of product over the rows in use; a claim is never judged on it."""

    product: str
    unit: str
    baseline: float | None
    reporting: float | None


@dataclass(frozen=True, slots=True, eq=False)
class ClaimStatement:
    """One claim: its verdict, the plan that it is judged by, and the rows that it rests on."""

    verified: VerifiedClaim
    plan_name: str | None
    plan: Plan | None
    state: PlanState | None
    rows: tuple[Row, ...]
    meters: tuple[str, ...]
    specific: Specific | None
    norms: tuple[Norm, ...]
    worth: tuple[Worth, ...]

    def part(self, part: Part) -> list[Row]:
        """The rows of one of the periods."""
        return [row for row in self.rows if row.part == part]

    def as_json(self) -> dict[str, Any]:
        """The same as plain values; `verified` is an entry of `verify --json`."""
        return {
            "verified": self.verified.as_json("en"),
            "meters": list(self.meters),
            "specific": None if self.specific is None else self.specific._asdict(),
            "worth": [one.as_json() for one in self.worth],
            "rows": [row.as_json() for row in self.rows],
        }


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """All claims of a plant as they stand at one instant, with what they rest on."""

    plant: Plant
    as_of_ms: int
    claims: tuple[ClaimStatement, ...]
    meters: Mapping[str, MeterStatement]
    entries: tuple[Entry, ...]  # imported amounts, corrected ones too
    adjustments: tuple[Adjustment, ...]  # of all resources, in the order of entry

    def as_json(self) -> dict[str, Any]:
        """The same as plain values; what stands elsewhere in an evidence file is left out."""
        return {
            "plant": self.plant.id,
            "as_of": iso(self.as_of_ms),
            "claims": [claim.as_json() for claim in self.claims],
            "consumption": [meter.as_json() for meter in self.meters.values()],
        }
