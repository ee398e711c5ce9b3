"""The parts of a profile, and what each says as plain values; missing is None."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, NamedTuple

from collector.analysis.intensity import Remainder
from collector.analysis.messages import Language, Message
from collector.profile.spans import By
from plant.calendar import Span, iso
from plant.sectors import Norm


class Ask(NamedTuple):
    """What is asked for: days, both included, and whether of one area alone."""

    first: date
    last: date
    by: By
    area: str | None = None


class Denominator(NamedTuple):
    """What is divided by: a product, or several as one by weights that the plant file states."""

    product: str
    unit: str
    weights: Mapping[str, float]
    is_shared: bool  # several products, no equivalent: each is told the whole consumption


class Figure(NamedTuple):
    """An amount of a quantity in a period, and for each unit of product.

    kind: amount, or cost, co2e, energy of it.
    """

    quantity: str
    kind: str
    unit: str
    product: str
    amount: float | None
    output: float | None
    specific: float | None
    quality: str


@dataclass(frozen=True, slots=True)
class Column:
    """One quantity over all periods: values [unit], None where not known, and in sum."""

    quantity: str
    kind: str
    unit: str
    values: tuple[float | None, ...]
    qualities: tuple[str, ...]
    specific: Mapping[str, tuple[float | None, ...]]  # by product
    total: float | None
    total_specific: Mapping[str, float | None]
    periods_known: Mapping[str, int]  # of both, by product


class Compared(NamedTuple):
    """A norm beside the plant's own figure in the norm's unit."""

    quantity: str
    norm: Norm
    own: float | None
    product: str


class Change(NamedTuple):
    """One line of the RECP profile: productivity [product/unit] or intensity [unit/product]."""

    kind: str  # productivity, intensity
    what: str  # energy, water, material, wastewater, waste, co2e
    quantity: str
    unit: str
    product: str
    baseline: float | None
    now: float | None
    change_percent: float | None
    is_better: bool | None


@dataclass(frozen=True, slots=True)
class Balance:
    """A whole and its parts by name; `unknown` names parts of which nothing is known."""

    kind: str  # meters, water
    name: str
    unit: str
    parts: tuple[str, ...]
    unknown: tuple[str, ...]
    found: Remainder

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        found = self.found
        return {
            "kind": self.kind,
            "name": self.name,
            "unit": self.unit,
            "whole": found.whole if found.periods else None,
            "parts": dict(zip(self.parts, found.parts, strict=True)) if found.periods else {},
            "not_known": list(self.unknown),
            "unexplained": found.unexplained if found.periods else None,
            "unexplained_percent": found.unexplained_percent if found.periods else None,
            "periods": found.periods,
            "periods_missing": found.missing,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """What a plant took for each unit of product over a stretch of time."""

    plant: str
    ask: Ask
    spans: tuple[Span, ...]
    denominators: tuple[Denominator, ...]
    outputs: Mapping[str, tuple[float | None, ...]]
    columns: tuple[Column, ...]
    norms: tuple[Compared, ...]
    baseline: tuple[date, date] | None
    recp: tuple[Change, ...]
    balances: tuple[Balance, ...]
    notes: tuple[Message, ...]

    def figures(self) -> Iterator[tuple[Span, Figure]]:
        """Every period, quantity and product: what a CSV has a line of."""
        for number, span in enumerate(self.spans):
            for column in self.columns:
                for one in self.denominators:
                    yield (
                        span,
                        Figure(
                            quantity=column.quantity,
                            kind=column.kind,
                            unit=column.unit,
                            product=one.product,
                            amount=column.values[number],
                            output=self.outputs[one.product][number],
                            specific=column.specific[one.product][number],
                            quality=column.qualities[number],
                        ),
                    )

    def as_json(self, language: Language = "en") -> dict[str, Any]:
        """The whole profile as plain values; its notes in a language."""
        ask = self.ask
        return {
            "plant": self.plant,
            "from": ask.first.isoformat(),
            "to": ask.last.isoformat(),
            "by": ask.by,
            "area": ask.area,
            "products": [
                {**one._asdict(), "weights": dict(one.weights)} for one in self.denominators
            ],
            "periods": [
                {"period": span.label, "start": iso(span.start_ms), "end": iso(span.end_ms)}
                for span in self.spans
            ],
            "output": {name: list(values) for name, values in self.outputs.items()},
            "quantities": [asdict(column) for column in self.columns],
            "norms": [_compared(one) for one in self.norms],
            "baseline": [day.isoformat() for day in self.baseline] if self.baseline else None,
            "recp": [one._asdict() for one in self.recp],
            "balances": [one.as_json() for one in self.balances],
            "notes": [note.text(language) for note in self.notes],
        }


def _compared(one: Compared) -> dict[str, Any]:
    return {
        "quantity": one.quantity,
        "product": one.product,
        "own": one.own,
        **one.norm.model_dump(),
    }
