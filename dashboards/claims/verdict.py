"""A claim's verdict with its interval, and the figures that it comes from."""

from __future__ import annotations

import math
from datetime import date

from dashboards import formats
from dashboards.claims.result import Detail
from dashboards.formats import Language
from dashboards.now import Claim
from dashboards.sheet import Fact, Facts, Interval
from dashboards.words import say


def verdict(detail: Detail, language: Language) -> Interval:
    """The verdict, or how the claim stands so far, with the reason in a sentence."""
    claim = detail.claim
    plan = detail.told[language].get("plan") or {"state": "none", "locks": []}
    locked = plan["locks"][-1]["locked"][:10] if plan["locks"] else ""
    period = say(
        "claim.period",
        language,
        since=formats.day(claim.since, language),
        until=formats.day(claim.until, language),
    )
    lock = say(f"claim.plan.{plan['state']}", language, locked=_day(locked, language))
    is_known = claim.saving_percent is not None and claim.saving_high_percent is not None
    return Interval(
        title=f"{detail.resource.called(language)} · {claim.claim} · "
        + say("claim.title", language, percent=formats.percent(claim.target_percent, language)),
        state=claim.verdict or "so-far",
        state_text=say(f"claim.{claim.verdict or 'so_far'}", language),
        value=claim.saving_percent if is_known else None,
        low=claim.saving_low_percent,
        high=claim.saving_high_percent,
        target=claim.target_percent,
        target_text=say(
            "claim.target", language, percent=formats.percent(claim.target_percent, language)
        ),
        said=_range(claim, language),
        lines=[claim.reason[language], f"{period} · {lock}"],
        colour=detail.resource.colour,
        width="two-thirds",
    )


def _day(iso: str, language: Language) -> str:
    return formats.day(date.fromisoformat(iso), language) if iso else ""


def _range(claim: Claim, language: Language) -> str:
    """The interval's ends, rounded outwards as the sentences of the verdict do."""
    low, high = claim.saving_low_percent, claim.saving_high_percent
    return say(
        "claim.range",
        language,
        low=_percent_low(low, language),
        high=formats.percent(None if high is None else math.ceil(10 * high) / 10, language),
        confidence=f"{formats.number(100 * claim.confidence, language, places=0)} %",
    )


def _percent_low(value: float | None, language: Language) -> str:
    return formats.percent(None if value is None else math.floor(10 * value) / 10, language)


def figures(detail: Detail, language: Language) -> Facts:
    """Expected, actual, saving, and what is shown whatever the verdict."""
    claim, told = detail.claim, detail.told[language]

    def amount(value: float | None) -> str:
        return formats.quantity(value, claim.unit, language)

    ends = say(
        "claims.between",
        language,
        low=formats.number(claim.saving_low, language),
        high=formats.number(claim.saving_high, language),
    )
    facts = [
        Fact(label=say("claims.expected", language), value=amount(told["expected"])),
        Fact(label=say("claims.actual", language), value=amount(told["actual"])),
        Fact(label=say("claims.saved", language), value=amount(claim.saving), note=ends),
        Fact(
            label=say("claims.shown", language),
            value=_percent_low(claim.shown_percent, language),
            note=say("claims.shown.note", language),
        ),
    ]
    if claim.saving is None:
        facts = [fact.model_copy(update={"note": ""}) for fact in facts]
    return Facts(facts=facts, colour=detail.resource.colour)
