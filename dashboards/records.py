"""What the pages of one plant are made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from pydantic import BaseModel, ConfigDict

from collector.claims.verify import Verifier
from collector.deriving.sources import Source, sources_of
from collector.ledger import Ledger
from collector.rates import Kind
from collector.store import Store
from collector.store.remembered import Remembered
from dashboards.figures import main_plan, main_product
from dashboards.formats import Language
from dashboards.newest import ShownPoint, shown_points
from dashboards.now import Plant as PlantHead
from dashboards.verdicts import Verdicts
from dashboards.words import say_or
from dashboards.worth import worths
from plant.description import Plant

COLOURS = {"electricity": "amber", "water": "blue", "wastewater": "purple", "biogas": "green"}
OTHERS = ("rose", "slate", "green", "amber", "blue", "purple")


class Subject(BaseModel):
    """A resource, and what pages call it and draw it in."""

    model_config = ConfigDict(frozen=True)
    resource: str
    name: str | None
    colour: str
    unit: str
    worths: tuple[Kind, ...] = ()  # in what it can be told beside its unit

    def called(self, language: Language) -> str:
        """What the plant calls it, else the reader's language, else its id."""
        return self.name or say_or(f"resource.{self.resource}", language, self.resource)


class Records:
    """One plant's store and ledger, read through the collector's own eyes."""

    def __init__(self, plant: Plant, store: Store, *, ledger: Ledger) -> None:
        self.plant = plant
        self._remembered = Remembered(store)
        self.store: Store = self._remembered
        self.ledger = ledger
        self.verifier = Verifier(plant, self.store, ledger=ledger)
        self.amounts = self.verifier.amounts
        self.verdicts = Verdicts(self.verifier, ledger)
        colours = resource_colours(plant)
        self.subjects = {
            name: Subject(
                resource=name,
                name=described.name,
                colour=colours[name],
                unit=plant.resource_unit(name),
                worths=worths(plant, name),
            )
            for name, described in plant.resources.items()
        }
        self.lost_ms: Callable[[], int | None] = lambda: None
        self._derived = 0

    @cached_property
    def sources(self) -> dict[str, Source]:
        """How each meter's readings become consumption."""
        return sources_of(self.plant)

    @cached_property
    def points(self) -> dict[str, list[ShownPoint]]:
        """The points of each meter that pages show."""
        return shown_points(self.plant)

    def mark(self, time_ms: int, from_ms: int | None = None) -> None:
        """Note, from any thread, that what was computed changed; from_ms: see `Change`."""
        if from_ms is not None:
            self._remembered.forget(self.plant.id, from_ms)
            self.verdicts.mark(time_ms, from_ms)
        self._derived += 1

    def is_cut_off(self) -> bool:
        """Whether the collector has no contact with its broker; `lost_ms` says since when."""
        return self.lost_ms() is not None

    @property
    def revision(self) -> tuple[int, ...]:
        """What changes when rows are derived, amounts or notes entered, or plans locked."""
        plant, ledger = self.plant.id, self.ledger
        return self._derived, *ledger.revision(plant), ledger.notes.newest(plant)

    @property
    def head(self) -> PlantHead:
        """Whose pages they are."""
        plant = self.plant
        return PlantHead(plant=plant.id, name=plant.name, timezone=plant.plant.timezone)

    def subject(self, asked: str | None, among: Sequence[str]) -> Subject:
        """The resource that was asked for, or the first; LookupError where it is not among them."""
        name = asked or next(iter(among), None)
        if name is None:
            raise LookupError("the plant file names no resource; write [resources.electricity]")
        if name not in among:
            raise LookupError(f"no resource {name!r} here; known: {', '.join(among) or 'none'}")
        return self.subjects[name]

    def product_of(self, resource: str) -> str | None:
        """The product that a resource's consumption is divided by."""
        name = main_plan(self.plant, resource)
        return main_product(self.plant, self.plant.plans[name] if name else None)

    def meter_name(self, meter: str) -> str:
        """What the plant calls a meter."""
        return meter_name(self.plant, meter)


def meter_name(plant: Plant, meter: str) -> str:
    """What a plant calls a meter."""
    described = plant.meters.get(meter)
    return (described.name if described else None) or meter


def resource_called(plant: Plant, resource: str, language: Language) -> str:
    """What a plant calls a resource, else the reader's language, else its id."""
    return plant.resources[resource].name or say_or(f"resource.{resource}", language, resource)


def resource_colours(plant: Plant) -> dict[str, str]:
    """A colour of the style sheet for each resource."""
    free = [colour for colour in OTHERS if colour not in COLOURS.values()]
    others = iter(free * len(plant.resources))
    return {name: COLOURS.get(name) or next(others) for name in plant.resources}
