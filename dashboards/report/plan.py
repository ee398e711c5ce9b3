"""The plan as a report prints it: what was fixed, when, and every amendment."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from collector.ledger import Lock
from collector.plans.locked import meter_uncertainty_percent
from collector.statement import ClaimStatement
from dashboards import formats
from dashboards.report import numbers
from dashboards.report.content import Content
from dashboards.report.markup import Markup, facts, join, table, tag
from dashboards.report.words import rule
from plant.description import Plan

HASH_DIGITS = 12


def plan(content: Content, claim: ClaimStatement) -> Markup:
    """The plan that a claim is judged by, with its locks."""
    title = tag("h3", content.say("plan"))
    if claim.plan is None or claim.plan_name is None or claim.state is None:
        return tag("div", title, tag("p", content.say("plan.none")))
    state = claim.state.state
    stands = None if state == "locked" else tag("p", content.say(f"plan.{state}"), class_="alert")
    said = facts(_said(content, claim, claim.plan, claim.plan_name))
    return tag("div", title, stands, said, _locks(content, claim.state.locks))


def _said(
    content: Content, claim: ClaimStatement, described: Plan, name: str
) -> Iterator[tuple[str, str]]:
    made = content.plant.claims[claim.verified.claim]
    language = content.language
    yield content.say("plan.name"), name
    yield content.say("plan.baseline"), numbers.period(*described.baseline, language)
    if described.model_period is not None:
        yield content.say("plan.middle"), numbers.period(*described.model_period, language)
    reporting = numbers.period(made.since, made.last_day, language)
    yield content.say("plan.reporting"), reporting
    yield content.say("plan.method"), content.say(f"method.{described.method}")
    yield content.say("plan.by"), content.say(f"by.{described.by}")
    drivers = content.names(described.drivers) or content.say("plan.drivers.none")
    yield content.say("plan.drivers"), drivers
    for driver, side in described.change_point.items():
        yield content.say("plan.bend", driver=content.name(driver)), content.say(f"bend.{side}")
    if described.terms:
        yield content.say("plan.terms"), content.names(described.terms)
    if described.cycle is not None:
        yield content.say("plan.cycle"), content.say("plan.cycle.value", days=described.cycle)
    yield content.say("plan.confidence"), content.chosen_percent(described.confidence)
    yield content.say("plan.uncertainty"), _uncertainty(content, claim)
    yield content.say("plan.rule"), rule(content.language)


def _uncertainty(content: Content, claim: ClaimStatement) -> str:
    found = meter_uncertainty_percent(content.plant, claim.verified.resource)
    half = content.told(claim)["meter_half_width"]
    if not found:
        return content.say("plan.uncertainty.none")
    if half is None:
        return content.chosen_percent(found)
    return content.say(
        "plan.uncertainty.value",
        percent=content.chosen_percent(found),
        half=content.amount(half, claim.verified.unit),
    )


def _locks(content: Content, locks: list[Lock]) -> Markup | None:
    if not locks:
        return None
    before = [None, *locks[:-1]]
    rows = [
        [
            content.say("lock.amended", number=number) if number else content.say("lock.locked"),
            numbers.instant(lock.locked_ms, content.plant.zone, content.language),
            lock.author,
            formats.number(lock.readings_known, content.language, places=0),
            tag("code", lock.hash[:HASH_DIGITS]),
            _reason(content, earlier, lock),
        ]
        for number, (earlier, lock) in enumerate(zip(before, locks, strict=True))
    ]
    keys = ("lock", "lock.when", "lock.author", "lock.known", "lock.hash", "lock.reason")
    return table([content.say(key) for key in keys], rows, figures=(3,))


def _reason(content: Content, earlier: Lock | None, lock: Lock) -> Markup:
    changed = _changes(earlier, lock) if earlier else ()
    lines = [
        tag("small", content.say("lock.change", key=key, before=old, after=new))
        for key, old, new in changed
    ]
    return join([lock.reason, *lines])


def _changes(earlier: Lock, later: Lock) -> Iterator[tuple[str, str, str]]:
    """What an amendment changed of the plan."""
    old, new = (dict(_leaves(json.loads(lock.content))) for lock in (earlier, later))
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield key, old.get(key, formats.MISSING), new.get(key, formats.MISSING)


def _leaves(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{at}.{key}" if at else key)
    else:
        yield at, json.dumps(value, ensure_ascii=False)
