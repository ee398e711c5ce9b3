"""What the Now page shows: one result object that feeds page and API.

Values are None where there is none, never 0. Times are UTC milliseconds, spans exclude their end.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Health = Literal["ok", "timeout", "exception", "refused", "silent", "stale", "never"]
State = Literal["online", "offline", "never", "unknown"]  # the last: nothing can be heard
Reference = Literal["expected", "baseline"]


class Shown(BaseModel):
    """A part of a page."""

    model_config = ConfigDict(frozen=True)


class Span(Shown):
    """A stretch of time, its end not included."""

    start_ms: int
    end_ms: int


class Trouble(Shown):
    """Why no value of a point comes: the kind of event, and its text."""

    kind: str
    text: str
    since_ms: int  # when it was last told


class Value(Shown):
    """One value of one point, and when it was read."""

    key: str  # meter/point
    value: float | None
    unit: str
    time_ms: int | None
    kind: Literal["counter", "gauge"]
    trouble: Trouble | None = None


class Rate(Shown):
    """What a resource flows at now: the sum of its meters, as old as the oldest of them.

    It is estimated where a counter stands in for a gauge that gives nothing. ``lacking`` names the
    meters that were never read, without which the sum is.
    """

    value: float | None
    unit: str
    time_ms: int | None
    stale_after_ms: int
    estimated: bool = False
    lacking: list[str] = Field(default_factory=list)


class Trace(Shown):
    """A rate in equal steps; None where nobody read it.

    ``estimates`` fill such steps where a counter tells what flowed in a longer stretch around.
    """

    start_ms: int
    step_ms: int
    values: list[float | None]
    estimates: list[float | None]


class Today(Shown):
    """Consumption since the plant's midnight, and for each unit of product.

    ``reference`` is what it is compared with: what the locked plan expects of this output, else
    the baseline year's figure, which claims nothing.
    """

    span: Span
    amount: float | None
    unit: str
    estimated: bool
    product: str | None
    output: float | None
    output_unit: str | None
    specific: float | None
    specific_unit: str | None
    reference: Reference | None
    reference_specific: float | None
    over_percent: float | None  # actual over reference; negative is less
    is_abnormal: bool


class Month(Shown):
    """Consumption per unit of product in a calendar month, as far as it has gone."""

    first: date
    span: Span
    amount: float | None
    output: float | None
    specific: float | None
    is_baseline: bool
    is_whole: bool
    estimated: bool


class History(Shown):
    """Months of one resource, and its baseline year."""

    unit: str | None
    months: list[Month]
    baseline: tuple[date, date] | None  # both days included
    baseline_specific: float | None


class Plan(Shown):
    """Whether something may be expected of the reporting period."""

    state: Literal["none", "open", "locked", "changed"]
    locked_on: date | None = None


class Claim(Shown):
    """A claimed saving and what is known of it; the keys are those of ``verify --json``."""

    claim: str
    resource: str
    since: date
    until: date
    target_percent: float
    finished: bool
    verdict: Literal["proven", "plausible", "refuted", "undecided"] | None
    reason: dict[str, str]  # by language
    unit: str
    saving: float | None
    saving_low: float | None
    saving_high: float | None
    saving_percent: float | None
    saving_low_percent: float | None
    saving_high_percent: float | None
    shown_percent: float | None
    adjustment: float | None = None  # what people added to the expected [unit]
    confidence: float


class Tile(Shown):
    """One resource."""

    resource: str
    name: str | None
    colour: str
    is_metered: bool = True  # else its amounts were entered: nothing is known of now and today
    rate: Rate
    trace: Trace
    today: Today
    history: History
    plan: Plan
    claims: list[Claim]


class Meter(Shown):
    """One meter: what it is, its values, how it is."""

    meter: str
    name: str | None
    model: str
    area: str | None
    measures: str | None  # a resource, product or driver
    measures_name: str | None  # what the plant calls it
    within: str | None
    values: list[Value]
    health: Health
    since_ms: int | None
    detail: str
    stale_after_ms: int


class Gateway(Shown):
    """One gateway, as it was last heard."""

    gateway: str
    state: State
    time_ms: int | None
    outbox_depth: int | None
    missing: int
    set_aside: int
    clock_offset_ms: int | None
    same_config: bool | None


class Plant(Shown):
    """Whose page it is."""

    plant: str
    name: str
    timezone: str


class Note(Shown):
    """A note by its number on a page. resource: None where it is about the whole plant."""

    number: int
    start_ms: int
    end_ms: int
    resource: str | None
    text: str
    author: str


class OpenAlarm(Shown):
    """An alarm that is not over: in a sentence, by language, and whether somebody has seen it."""

    id: int
    sentence: dict[str, str]
    is_seen: bool


class Now(Shown):
    """The whole page at one instant. notes: of the months that are shown."""

    plant: Plant
    time_ms: int
    today: Span
    tiles: list[Tile]
    meters: list[Meter]
    gateways: list[Gateway]
    alarms: list[OpenAlarm] = Field(default_factory=list)  # the newest first
    notes: list[Note] = Field(default_factory=list)
