"""What the page Shift shows: the shifts of a fortnight, one of them chosen.

Values are None where there is none, never 0. Amounts are in the unit of each resource's measure.
A shift belongs to the day on which it begins.
"""

from __future__ import annotations

from datetime import date

from dashboards.now import Plan, Shown, Span
from dashboards.now import Plant as PlantHead
from dashboards.records import Subject
from dashboards.remarks import Remark
from dashboards.worth import Measure, UnitKind


class Resource(Shown):
    """One resource of the page, and how its figures come to be."""

    subject: Subject
    measure: Measure
    plan_name: str | None
    plan: Plan
    why_not: dict[str, str] | None  # by language: why there is no model
    product: str | None
    product_name: str | None
    product_unit: str | None

    @property
    def specific_unit(self) -> str:
        """Of consumption per unit of product."""
        return f"{self.measure.unit}/{self.product_unit}" if self.product_unit else ""


class Figure(Shown):
    """One resource in one shift; expected is what its output was expected to take."""

    amount: float | None
    output: float | None
    expected: float | None = None
    specific: float | None = None
    expected_specific: float | None = None
    percent: float | None = None  # actual over expected; negative is less
    estimated: bool = False
    is_abnormal: bool = False


class Turn(Shown):
    """One shift: as far as it has gone where it runs. figures: in the order of the resources."""

    day: date
    shift: str
    span: Span  # of the whole shift
    until_ms: int  # its end, or the last readings while it runs
    is_running: bool
    figures: list[Figure]
    total: Figure | None = None  # of all resources, where they are told in one unit

    @property
    def key(self) -> str:
        """The day and the shift, as an address and a chart have them."""
        return f"{self.day.isoformat()} {self.shift}"


class Shift(Shown):
    """The whole page at one instant. chosen: the place of the shift that it is about."""

    plant: PlantHead
    time_ms: int
    span: Span
    has_shifts: bool
    unit: UnitKind
    resources: list[Resource]
    turns: list[Turn]
    chosen: int
    notes: list[Remark]
    following: tuple[date, str] | None  # the shift after the chosen one, if it has begun
    following_day: tuple[date, str] | None  # the same shift of the next day, if it has begun
