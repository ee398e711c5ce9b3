"""What consumption depends on, the plan by which it is judged, and the claims."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from plant.fields import Day, Days, Name, Share
from plant.points import Strict

Term = Literal["weekday", "season"]
Bend = Literal["above", "below", "both"]
Method = Literal["forecast", "backcast", "chained"]
TERMS: tuple[Term, ...] = ("weekday", "season")
MOST_CHANGE_POINTS = 2  # heating and cooling
Weight = Annotated[float, Field(gt=0)]


class Product(Strict):
    """What the plant makes; with weights, several products as one equivalent."""

    name: str | None = None
    unit: str = "t"
    weights: dict[Name, Weight] = Field(default_factory=dict)  # [unit of this per unit of each]


class Driver(Strict):
    """What consumption depends on beside production: metered, imported, or computed from another.

    Computed are degree days (`above` or `below` a balance point, in the unit of the temperature),
    what was `lag` days earlier, and with `from` alone the same under another name.
    """

    name: str | None = None
    unit: str | None = None  # a computed one takes its own
    from_: Name | None = Field(None, alias="from")
    above: float | None = None
    below: float | None = None
    lag: Days | None = None

    @model_validator(mode="after")
    def _is_known_one_way(self) -> Driver:
        ways = sum(way is not None for way in (self.above, self.below, self.lag))
        if self.from_ is None:
            if ways or self.unit is None:
                raise ValueError("unit = 'degC', say; or from = a quantity it is computed from")
        elif ways > 1:
            raise ValueError("with from, at most one of above = 18, below = 15 and lag = '1 day'")
        elif self.unit is not None:
            raise ValueError("no unit: a computed driver takes its own")
        return self

    @property
    def is_degree_days(self) -> bool:
        """Whether it counts degrees beyond a balance point."""
        return self.above is not None or self.below is not None


class Plan(Strict):
    """The M&V plan of one resource, locked before the reporting period is looked at."""

    resource: Name | None = None
    baseline: tuple[Day, Day]  # both days included
    drivers: tuple[Name, ...] = ()
    by: Literal["day", "week", "month"] = "day"
    confidence: Share = 90.0
    intercept: bool = True
    cycle: Days | None = None  # after which the plant has seen all its conditions; None: a year
    terms: tuple[Term, ...] = ()
    change_point: Mapping[Name, Bend] = Field(default_factory=dict)  # driver -> side of the effect
    method: Method = "forecast"
    model_period: tuple[Day, Day] | None = None  # of the chained method, both days included

    @field_validator("drivers")
    @classmethod
    def _each_once(cls, drivers: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(drivers)) < len(drivers):
            raise ValueError("each driver once")
        return drivers

    @model_validator(mode="after")
    def _runs_forward(self) -> Plan:
        if self.baseline[1] <= self.baseline[0]:
            raise ValueError("a baseline whose last day is after its first")
        if not 50 <= self.confidence < 100:
            raise ValueError("a confidence from 50 % to below 100 %")
        return self

    @model_validator(mode="after")
    def _has_terms_that_fit(self) -> Plan:
        if "weekday" in self.terms and self.by != "day":
            raise ValueError("by = 'day' for a weekday term")
        if self.terms and not self.intercept:
            raise ValueError("an intercept for weekday and season terms")
        if len(set(self.terms)) < len(self.terms):
            raise ValueError("each term once")
        if len(self.change_point) > MOST_CHANGE_POINTS:
            raise ValueError("at most two drivers with a change point")
        if not set(self.change_point) <= set(self.drivers):
            raise ValueError("a change point of one of the plan's drivers")
        return self

    @model_validator(mode="after")
    def _has_its_model_period(self) -> Plan:
        if (self.method == "chained") != (self.model_period is not None):
            raise ValueError("model_period = [first day, last day] with method = 'chained' alone")
        if self.model_period and not self.baseline[1] < self.model_period[0] < self.model_period[1]:
            raise ValueError("a model period after the baseline, its last day after its first")
        return self


class Claim(Strict):
    """A statement: we saved this share of a resource since that day."""

    resource: Name
    since: Day
    until: Day | None = None  # the last day, included; a year when not said
    saves: Share
    plan: Name | None = None

    @property
    def last_day(self) -> date:
        """The last day that the claim covers."""
        if self.until is not None:
            return self.until
        try:
            anniversary = self.since.replace(year=self.since.year + 1)
        except ValueError:  # 29 February
            anniversary = date(self.since.year + 1, 3, 1)
        return anniversary - timedelta(days=1)

    @model_validator(mode="after")
    def _can_be_judged(self) -> Claim:
        if self.saves <= 0:
            raise ValueError("a saving of more than 0 %")
        if self.last_day < self.since:
            raise ValueError("a last day (until) that is not before since")
        return self


def overlapping(claims: Mapping[str, Claim], name: str) -> list[str]:
    """The other claims about the same resource that share a day with a claim."""
    claim = claims[name]
    return [
        other_name
        for other_name, other in claims.items()
        if other_name != name
        and other.resource == claim.resource
        and other.since <= claim.last_day
        and claim.since <= other.last_day
    ]
