"""What the page Water shows: a balance by day, the treatment's flow and its quality.

Values are None where there is none, never 0. A flow is metered or estimated, and says so.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from collector.rates import Kind
from dashboards.now import Plant as PlantHead
from dashboards.now import Shown, Span
from dashboards.remarks import Remark
from dashboards.worth import Measure, UnitKind

Side = Literal["in", "out"]
Part = Literal["intake", "estimate-in", "discharge", "evaporated", "estimate-out"]


class Flow(Shown):
    """One flow across the plant's fence, by day [unit of the page]."""

    key: str  # a resource, or an estimate of the plant file
    name: str | None  # what the plant calls it
    part: Part
    days: list[float | None]
    estimated: list[bool]  # of a metered flow, whether a day rests on an estimate
    total: float | None  # of the days that are known
    source: str = ""  # of an estimate

    @property
    def side(self) -> Side:
        """Into the plant or out of it."""
        return "in" if self.part in ("intake", "estimate-in") else "out"

    @property
    def is_metered(self) -> bool:
        """Whether meters counted it."""
        return self.part in ("intake", "discharge")


class Use(Shown):
    """One part of the intake: a sub-meter, or what no sub-meter counts (key is empty)."""

    key: str
    name: str | None
    days: list[float | None]
    total: float | None


class Volume(Shown):
    """A day's volume that a permit allows [unit of the page, a day]."""

    permit: str
    limit: float


class Quality(Shown):
    """One point that a permit limits, by the hour."""

    permit: str
    meter: str
    name: str | None
    point: str
    unit: str
    low: float | None
    high: float | None
    hours: list[int]  # starts [ms]
    mean: list[float | None]
    least: list[float | None]
    most: list[float | None]
    beyond_hours: int  # in which any reading was beyond
    newest: float | None
    newest_ms: int | None


class Water(Shown):
    """The whole page at one instant. All days are whole ones."""

    plant: PlantHead
    time_ms: int
    span: Span
    quality_span: Span
    unit: UnitKind
    worths: list[Kind]  # in what the page can be told beside volumes
    measures: dict[str, Measure]  # by resource
    shown_unit: str
    water_unit: str  # of volumes, whatever the page is told in
    days: list[date]
    flows: list[Flow]
    is_balanced: bool  # a meter on either side, told as amounts
    unexplained: list[float | None]
    unexplained_total: float | None
    unexplained_percent: float | None  # of what came in on the same days
    balanced_days: int
    uses: list[Use]
    wells: list[Use]  # meters behind which the intake counts the same again
    discharge: list[float | None]  # volumes, for the permit
    discharge_estimated: list[bool]
    volumes: list[Volume]
    quality: list[Quality]
    notes: list[Remark]

    @property
    def came(self) -> list[float | None]:
        """All that came in by day, metered and estimated; None where any of it is unknown."""
        flows = [flow.days for flow in self.flows if flow.side == "in"]
        if not flows:
            return [None] * len(self.days)
        return [
            None if None in of_day else sum(value or 0.0 for value in of_day)
            for of_day in zip(*flows, strict=True)
        ]
