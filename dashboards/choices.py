"""What pages can be turned to."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote, urlencode

from dashboards.formats import Language
from dashboards.records import Subject
from dashboards.sheet import Choice, Option
from dashboards.words import say


def resource_choice(
    subjects: Sequence[Subject], current: Subject, language: Language, **kept: str
) -> Choice:
    """Every resource of a page; ``kept`` is what else the address says."""
    return Choice(
        label=say("choice.resource", language),
        options=[
            Option(
                label=subject.called(language),
                query=urlencode({"resource": subject.resource, **kept}),
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


def claim_address(plant: str, claim: str) -> str:
    """Where a claim is shown with all that it rests on."""
    return f"/plants/{quote(plant, safe='')}/claims?{urlencode({'claim': claim})}"
