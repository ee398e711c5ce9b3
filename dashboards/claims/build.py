"""The result of the page Claims, from the verifier."""

from __future__ import annotations

import json
from datetime import timedelta

from collector.analysis.results import VerifiedClaim
from dashboards.claims.result import Claims, Detail
from dashboards.formats import LANGUAGES
from dashboards.judgement import shown
from dashboards.now import Span
from dashboards.paging import Ask
from dashboards.records import Records
from plant.calendar import day_start_ms, local_date


def build(records: Records, ask: Ask, time_ms: int) -> Claims:
    """All claims, and the one asked for, else the first."""
    plant = records.plant
    name = ask.claim or next(iter(plant.claims), None)
    if name is not None and name not in plant.claims:
        known = ", ".join(plant.claims) or "none"
        raise LookupError(f"no claim {name!r} here; known: {known}")
    verified = records.verdicts.claims(time_ms)
    named = {claim.resource for claim in plant.claims.values()}
    return Claims(
        plant=records.head,
        time_ms=time_ms,
        span=_span(records, name, time_ms),
        claims=[shown(one) for one in verified.values()],
        resources={one: records.subjects[one] for one in plant.resources if one in named},
        detail=_detail(records, verified[name]) if name else None,
    )


def _span(records: Records, name: str | None, time_ms: int) -> Span:
    """The reporting period of a claim as far as its days are over."""
    zone = records.plant.zone
    today_ms = day_start_ms(local_date(time_ms, zone), zone)
    if name is None:
        return Span(start_ms=today_ms, end_ms=today_ms)
    claim = records.plant.claims[name]
    start_ms = day_start_ms(claim.since, zone)
    end_ms = min(day_start_ms(claim.last_day + timedelta(days=1), zone), today_ms)
    return Span(start_ms=start_ms, end_ms=max(start_ms, end_ms))


def _detail(records: Records, verified: VerifiedClaim) -> Detail:
    plan = records.plant.plan_of(records.plant.claims[verified.claim])
    lock = records.verifier.state(plan).in_force if plan else None
    return Detail(
        claim=shown(verified),
        resource=records.subjects[verified.resource],
        told={language: verified.as_json(language) for language in LANGUAGES},
        locked=json.loads(lock.content) if lock else None,
    )
