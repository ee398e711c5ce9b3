"""What a report is made from, and how its parts are named in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from typing import Any

from collector.custody.signed import Signed
from collector.evidence.export import Exported
from collector.ledger import Note
from collector.statement import ClaimStatement, Statement
from dashboards import formats
from dashboards.formats import Language
from dashboards.report import numbers
from dashboards.report.words import quantity_name, say, table
from plant.calendar import local_date
from plant.description import Plant


@dataclass(frozen=True, slots=True)
class Content:
    """A statement in a language, and the fingerprint of the evidence that goes with it."""

    statement: Statement
    language: Language
    fingerprint: str
    version: str
    signed: tuple[Signed, ...] = ()  # packs of each gateway
    notes: tuple[Note, ...] = ()

    @property
    def plant(self) -> Plant:
        """The plant that it speaks of."""
        return self.statement.plant

    @property
    def as_of(self) -> date:
        """The day at whose start the claims are told."""
        return local_date(self.statement.as_of_ms, self.plant.zone)

    def say(self, key: str, /, **parameters: object) -> str:
        """A text of the report."""
        return say(key, self.language, **parameters)

    def has(self, key: str) -> bool:
        """Whether the report has a text of that key."""
        return key in table(self.language)

    def name(self, quantity: str) -> str:
        """What a resource, product or driver is called."""
        return quantity_name(self.plant, quantity, self.language)

    def names(self, quantities: tuple[str, ...]) -> str:
        """Several of them."""
        return ", ".join(self.name(one) for one in quantities)

    def number(self, value: float | None, digits: int = 5) -> str:
        """A number with so many significant digits."""
        return numbers.figures(value, self.language, digits)

    def amount(self, value: float | None, unit: str) -> str:
        """An amount of a claim with its unit: whole, where it is large."""
        places = 0 if value is not None and abs(value) >= 1000 else formats.decimals(value or 0.0)
        text = formats.number(value, self.language, places=places)
        return f"{text} {formats.unit(unit)}"

    def percent(self, value: float | None, places: int = 2) -> str:
        """A percentage."""
        return numbers.percent(value, self.language, places)

    def chosen_percent(self, value: float) -> str:
        """A percentage that a person chose."""
        return numbers.plain_percent(value, self.language)

    def between(self, low: str, high: str) -> str:
        """Two ends of an interval."""
        return numbers.interval(low, high, self.language)

    def verdict(self, claim: ClaimStatement) -> str:
        """The verdict's word."""
        return self.say(f"verdict.{claim.verified.outcome.verdict or 'none'}")

    def told(self, claim: ClaimStatement) -> dict[str, Any]:
        """A claim as `verify --json` tells it, in the reader's language."""
        return claim.verified.as_json(self.language)


def content_of(statement: Statement, exported: Exported, language: Language) -> Content:
    """What a report tells of a statement and the evidence that was exported with it."""
    return Content(
        statement=statement,
        language=language,
        fingerprint=exported.checked.fingerprint,
        version=version("cleanline"),
        signed=exported.checked.signed,
        notes=exported.notes,
    )
