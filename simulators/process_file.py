"""What a process file says: a plant's elements in their order, its time, its totals."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator

from simulators.batch import Batch
from simulators.element import Unit
from simulators.line import Dryer, Feed, Step
from simulators.recovery import Membrane, Tank
from simulators.streams import Share
from simulators.thermal import Boiler, Chiller, ThermalStep, Weather
from simulators.utilities import Burner, Load, Pump, Signal, Treatment
from simulators.worktime import Season, Strict, WorkTime

Element = Annotated[
    Feed
    | Batch
    | Step
    | ThermalStep
    | Dryer
    | Membrane
    | Tank
    | Treatment
    | Burner
    | Boiler
    | Chiller
    | Load
    | Pump
    | Signal
    | Weather,
    Field(discriminator="kind"),
]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Improvement(Strict):
    """Element parameters that take other values from the beginning of a day on."""

    since: date
    until: date | None = None  # the last day; for ever when not said
    changes: dict[str, Number] = Field(min_length=1)  # "element.parameter" -> value


class Course(Strict):
    """What decides the numbers of a process beside its own file: draws, first day, changes."""

    seed: int = Field(ge=0)
    origin: date  # the counters' first day
    improvements: dict[str, Improvement] = Field(default_factory=dict)
    developments: dict[str, Improvement] = Field(default_factory=dict)  # what saves nothing


class Total(Strict):
    """A quantity of the whole plant: the sum of those whose names match."""

    unit: str
    of: tuple[str, ...]


class ProcessFile(Strict):
    """What a process file says: components, elements, their time, totals."""

    name: str
    sector: str
    sources: tuple[str, ...] = ()
    components: tuple[str, ...] = Field(min_length=1)
    time: WorkTime = WorkTime()
    season: Season = Season()
    ripple: Share = 0.0  # scatter of a minute within its step of five [cv], of the whole plant
    elements: dict[str, Element]
    totals: dict[str, Total]

    @model_validator(mode="after")
    def _streams_exist_once(self) -> Self:
        """Each inlet is made above the element that takes it, and taken once."""
        if self.components[0] != "water":
            raise ValueError("components: the first must be 'water'")
        made: set[str] = set()
        for name, element in self.elements.items():
            for inlet in element.takes():
                if inlet not in made:
                    raise ValueError(
                        f"elements.{name}: stream {inlet!r} is not made by an element above it, "
                        "or is taken already"
                    )
                made.discard(inlet)
            self._check_needs(name, element)
            made |= {f"{name}.{outlet}" for outlet in element.outlet_names()}
        return self

    def _check_needs(self, name: str, element: Unit) -> None:
        above = list(self.elements)[: list(self.elements).index(name)]
        for needed in element.needs():
            if needed not in above:
                raise ValueError(f"elements.{name}: {needed!r} is not an element above it")

    def check_changes(self, changes: Mapping[str, Improvement]) -> None:
        """ValueError names a parameter that does not exist or cannot have its value."""
        for change in changes.values():
            self.changed(change.changes)

    def changed(self, changes: Mapping[str, float]) -> dict[str, Unit]:
        """The elements with these parameters set; ValueError names one that cannot be."""
        elements: dict[str, Unit] = dict(self.elements)
        for path, value in changes.items():
            name, _, parameter = path.partition(".")
            element = elements.get(name)
            found = getattr(element, parameter, None)
            if element is None or not isinstance(found, float):
                raise ValueError(f"{path!r} is not a number of an element: write element.parameter")
            try:
                elements[name] = type(element).model_validate(
                    element.model_dump() | {parameter: value}
                )
            except ValidationError as error:
                raise ValueError(f"{path} = {value}: {error.errors()[0]['msg']}") from error
        return elements
