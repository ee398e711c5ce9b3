"""What pages can be turned to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from urllib.parse import quote, urlencode

from collector.rates import Kind
from dashboards.formats import Language
from dashboards.records import Subject
from dashboards.sheet import Choice, Option
from dashboards.words import say
from dashboards.worth import KINDS, UnitKind


def resource_choice(
    subjects: Sequence[Subject],
    current: Subject,
    language: Language,
    *,
    unit: UnitKind = "own",
    **kept: str,
) -> Choice:
    """Every resource of a page, in the unit where it can be told so; ``kept`` is the rest."""
    return Choice(
        label=say("choice.resource", language),
        options=[
            Option(
                label=subject.called(language),
                query=urlencode(
                    {"resource": subject.resource, **kept, **_unit(unit, subject.worths)}
                ),
                current=subject == current,
            )
            for subject in subjects
        ],
    )


def days_choice(lengths: Sequence[int], current: int, language: Language, **kept: str) -> Choice:
    """How many days back a page goes."""
    return Choice(
        label=say("choice.days", language),
        options=[
            Option(
                label=say("choice.days.option", language, count=days),
                query=urlencode({**kept, "days": days}),
                current=days == current,
            )
            for days in lengths
        ],
    )


def page_address(plant: str, page: str, **asked: str) -> str:
    """Where a page is, turned to what is asked for."""
    place = f"/plants/{quote(plant, safe='')}/{page}"
    return f"{place}?{urlencode(asked)}" if asked else place


def unit_choice(
    worths: Collection[Kind], current: UnitKind, language: Language, **kept: str
) -> list[Choice]:
    """The resource's unit, money and CO2e, as far as there are rates; none where there are not."""
    kinds: list[UnitKind] = ["own", *(kind for kind in KINDS if kind in worths)]
    options = [
        Option(
            label=say(f"unit.{kind}", language),
            query=urlencode({**kept, **_unit(kind, worths)}),
            current=kind == current,
        )
        for kind in kinds
    ]
    return [Choice(label=say("choice.unit", language), options=options)] if worths else []


def _unit(kind: UnitKind, worths: Collection[Kind]) -> dict[str, str]:
    return {"unit": kind} if kind in worths else {}
