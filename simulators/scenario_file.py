"""What a scenario file may say."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, PlainValidator, SerializeAsAny

from plant.calendar import to_ms
from plant.fields import Share
from simulators.faults.base import Fault
from simulators.process_file import Course
from simulators.worktime import Strict

Verdict = Literal["proven", "plausible", "refuted", "undecided"]


class MeterOf(Strict):
    """What a meter of the plant file measures, and how well."""

    measures: str | tuple[str, ...]
    also: dict[str, str] = Field(default_factory=dict)  # point -> amount or signal
    start: float = 0.0  # what its counter showed at the origin [point's unit]
    error: Share = 0.0  # its gain is drawn once from within +- this share
    power_factor: float = Field(default=0.86, gt=0.0, le=1.0)

    @property
    def quantities(self) -> tuple[str, ...]:
        """The amounts whose sum it measures, or the one signal."""
        return (self.measures,) if isinstance(self.measures, str) else self.measures


class SeenEvent(Strict):
    """An event of a meter that an honest collector finds."""

    meter: str
    kind: str  # as the collector names it: reset, swap, glitch, ...
    at: datetime  # within a day of it, in the plant's zone

    def time_ms(self, zone: ZoneInfo) -> int:
        """When it happened [ms, UTC]."""
        return to_ms(self.at if self.at.tzinfo else self.at.replace(tzinfo=zone))


class Truth(Strict):
    """What no process model can know: what an honest collector must say of this scenario."""

    verdicts: dict[str, Verdict | tuple[Verdict, ...]] = Field(default_factory=dict)
    events: tuple[SeenEvent, ...] = ()
    unknown: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # quantity -> months
    wrong: dict[str, tuple[str, ...]] = Field(default_factory=dict)  # no collector could know
    covered: tuple[str, ...] = ()  # claims whose 90 % interval holds the true saving


def _fault_of(table: Any) -> Fault:
    # Thirty-five kinds take a while to load, and most scenarios name none.
    from simulators.faults.catalogue import fault_of  # noqa: PLC0415

    return fault_of(table)


FaultTable = Annotated[
    SerializeAsAny[Fault], PlainValidator(_fault_of, json_schema_input_type=dict[str, Any])
]


class Changed(Strict):
    """What the plant file and the process file say otherwise in this scenario."""

    plant: dict[str, Any] = Field(default_factory=dict)
    process: dict[str, Any] = Field(default_factory=dict)


class ScenarioFile(Course):
    """What a scenario says, the files that it stands on included."""

    says: str = ""
    plant: str  # a file; its path is taken from the file that names it
    process: str
    changed: Changed = Changed()
    until: date | None = None  # the last day of its history
    meters: dict[str, MeterOf]
    faults: tuple[FaultTable, ...] = ()
    truth: Truth = Truth()
