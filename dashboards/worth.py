"""In what a page tells amounts: in the resource's own unit, in money, or in CO2e."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, get_args

import numpy as np

from collector.rates import Kind, Rate, Rates, co2e_rates, cost_rates
from collector.statement.tables import named
from collector.store.protocol import Floats
from collector.valuing import Read, cut, unit_worths
from dashboards import formats
from dashboards.formats import Language
from dashboards.now import Shown
from dashboards.words import say
from plant.calendar import Span
from plant.description import Plant
from plant.factors import EMITTED, factors
from plant.units import ratio

UnitKind = Literal["own", "cost", "co2e"]
KINDS: tuple[Kind, ...] = get_args(Kind)
EMITTED_SHOWN = "kgCO2e"  # what an hour or a tonne of product emits is a small part of a tonne


class RateTold(Shown):
    """A price or factor that was used, as its source has it."""

    value: float
    unit: str
    since: str
    source: str
    stands_in: bool


class Measure(Shown):
    """What amounts of a resource are told in, and by which rates."""

    kind: UnitKind
    unit: str
    rates: tuple[RateTold, ...] = ()
    days_without: int = 0
    biogenic: bool = False


class Scale:
    """What a unit of a resource comes to, span by span."""

    def __init__(self, plant: Plant, resource: str, kind: UnitKind) -> None:
        """Raises LookupError where the plant file has no such rate."""
        self._zone = plant.zone
        self._kind = kind
        self._rates = None if kind == "own" else rates_of(plant, resource, kind)
        if kind != "own" and self._rates is None:
            key = "price" if kind == "cost" else "co2e"
            raise LookupError(f"{resource} has no {key}; write {key} under [resources.{resource}]")
        self.unit = plant.resource_unit(resource) if self._rates is None else self._rates.unit
        self._times = 1.0
        if kind == "co2e":
            self._times, self.unit = float(ratio(EMITTED, EMITTED_SHOWN)), EMITTED_SHOWN
        self._used: dict[Rate, None] = {}
        self._without: set[date] = set()

    def of(self, spans: Sequence[Span], used: Sequence[float] | Floats, *, read: Read) -> Floats:
        """(n,) [unit of the scale per unit of the resource]; NaN where a day has no rate.

        used: what the spans took (n,). read: the same of parts of them.
        """
        if self._rates is None:
            return np.ones(len(spans))
        parts = cut(spans, self._rates, zone=self._zone)
        for part in parts:
            if part.taken is None:
                self._without |= set(part.days(self._zone))
            else:
                self._used[part.taken.rate] = None
        return self._times * unit_worths(parts, used, read=read, zone=self._zone)

    def at(self, time_ms: int) -> float:
        """The same at an instant."""
        return float(self.of([Span(time_ms, time_ms, "")], [0.0], read=lambda _: np.empty(0))[0])

    @property
    def measure(self) -> Measure:
        """What was used so far."""
        told = tuple(_told(rate) for rate in self._used)
        biogenic = self._rates is not None and self._rates.biogenic
        return Measure(
            kind=self._kind,
            unit=self.unit,
            rates=told,
            days_without=len(self._without),
            biogenic=biogenic,
        )


def rates_of(plant: Plant, resource: str, kind: Kind) -> Rates | None:
    """The rates of a resource, of prices or of the factor that it names."""
    if kind == "cost":
        return cost_rates(plant, resource)
    factor = named(plant, factors()).get(plant.resources[resource].co2e or "")
    return co2e_rates(plant, resource, factor)


def worths(plant: Plant, resource: str) -> tuple[Kind, ...]:
    """In what a resource can be told beside its own unit."""
    return tuple(kind for kind in KINDS if rates_of(plant, resource, kind) is not None)


def rate_lines(measures: Iterable[tuple[str, Measure]], language: Language) -> list[str]:
    """Which prices and factors were used, of each named resource; nothing for its own unit."""
    return [
        line
        for name, measure in measures
        if measure.kind != "own"
        for line in _lines(name, measure, language)
    ]


def _lines(name: str, measure: Measure, language: Language) -> list[str]:
    said = []
    for rate in measure.rates:
        key = "stands_in" if rate.stands_in else measure.kind
        text = say(
            f"worth.{key}",
            language,
            resource=name,
            value=formats.number(rate.value, language, places=_places(rate.value)),
            unit=formats.unit(rate.unit),
            since=_since(rate.since, language),
        )
        said.append(f"{text} ({rate.source})." if rate.source else f"{text}.")
    if measure.biogenic:
        said.append(say("worth.biogenic", language, resource=name))
    if measure.days_without:
        said.append(say("worth.without", language, resource=name, count=measure.days_without))
    return said


def _told(rate: Rate) -> RateTold:
    return RateTold(
        value=rate.value,
        unit=rate.unit,
        since=rate.since,
        source=rate.source,
        stands_in=rate.stands_in,
    )


def _since(since: str, language: Language) -> str:
    return formats.day(date.fromisoformat(since), language) if "-" in since else since


def _places(value: float) -> int:
    """A rate as its source has it: 0.6592, 1811."""
    return len(f"{value:.10g}".partition(".")[2])
