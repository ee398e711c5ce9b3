"""The M&V plan, locked before the reporting period is looked at.

What is locked is the plan as it stands in the plant file, with the claims that it will judge and
the rule by which the model is chosen, and what counts its quantities. The hash is over that content
alone: moving a comment or adding a meter of something else changes nothing, moving a date, a driver
or the factor of a meter does.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any, Literal, NamedTuple

from collector.analysis.candidates import RULE, TERMS_RULE
from collector.ledger import Ledger, Lock
from collector.plans.observations import plan_shapes
from collector.store import COUNTER, GAUGE, Store
from plant.calendar import DAY_MS, day_start_ms
from plant.description import Plan, Plant
from plant.errors import UsageError

State = Literal["open", "locked", "changed"]
METERS = "meters"
# What of a meter decides what it counts; its name, pace and place on a bus do not.
COUNTS = {"model", "point", "pulse", "ct", "within", "feeds", "max_rate", "events"}
WAYS = ("from", "above", "below", "lag")  # in which a driver may be computed
PIECE_MS = 31 * DAY_MS  # read at one time when readings are counted


class PlanState(NamedTuple):
    """Whether a plan may be used, and its locks, the first one first."""

    state: State
    locks: list[Lock]

    @property
    def in_force(self) -> Lock | None:
        """The last lock; None while the plan is open."""
        return self.locks[-1] if self.locks else None


def plan_content(plant: Plant, name: str) -> dict[str, Any]:
    """All that a lock fixes of a plan, as plain values."""
    plan = plant.plans[name]
    resource = plan.resource or name
    claims = {
        claim_name: {
            "since": claim.since.isoformat(),
            "until": claim.last_day.isoformat(),
            "saves_percent": claim.saves,
        }
        for claim_name, claim in sorted(plant.claims.items())
        if plant.plan_of(claim) == name
    }
    content = {
        "resource": resource,
        "unit": plant.resource_unit(resource),
        "baseline": [day.isoformat() for day in plan.baseline],
        "drivers": {driver: plant.quantity_unit(driver) for driver in plan.drivers},
        "by": plan.by,
        "timezone": plant.plant.timezone,
        "intercept": plan.intercept,
        "confidence_percent": plan.confidence,
        "meter_uncertainty_percent": meter_uncertainty_percent(plant, resource),
        "rule": RULE,
        "claims": claims,
        METERS: _meters(plant, plan, resource),
    }
    return content | _beyond_the_usual(plant, plan)


def _meters(plant: Plant, plan: Plan, resource: str) -> dict[str, Any]:
    """What counts each quantity of a plan: whoever changes a factor changes the saving."""
    return {
        quantity: {
            name: meter.model_dump(
                mode="json", include=COUNTS, exclude_defaults=True, exclude_none=True
            )
            for name, meter in plant.meters.items()
            if quantity in (meter.resource, meter.product, meter.driver)
        }
        for quantity in quantities(plant, plan, resource)
    }


def quantities(plant: Plant, plan: Plan, resource: str) -> list[str]:
    """What must be metered or imported for a plan of a resource, each once."""
    drivers = [one for driver in plan.drivers for one in plant.measured(driver)]
    return list(dict.fromkeys([resource, *drivers]))


def _beyond_the_usual(plant: Plant, plan: Plan) -> dict[str, Any]:
    """What a plan says that most plans do not; left out where it is not said."""
    shapes = plan_shapes(plan)
    found = {
        "computed": _computed(plant, plan),
        "cycle_days": plan.cycle,
        "terms": list(plan.terms),
        "change_point": dict(plan.change_point),
        "terms_rule": TERMS_RULE if shapes else "",
        "method": plan.method if plan.method != "forecast" else "",
        "model_period": [day.isoformat() for day in plan.model_period or ()],
    }
    return {key: value for key, value in found.items() if value}


def _computed(plant: Plant, plan: Plan) -> dict[str, Any]:
    """How each quantity is computed that the plan's drivers stand on."""
    found: dict[str, Any] = {}
    coming = list(plan.drivers)
    while coming:
        name = coming.pop(0)
        parts = plant.computed_from(name)
        if not parts or name in found:
            continue
        coming += parts
        if name in plant.products:
            found[name] = {"weights": dict(plant.products[name].weights)}
        else:
            driver = plant.drivers[name].model_dump(by_alias=True, exclude_none=True)
            found[name] = {key: driver[key] for key in WAYS if key in driver}
    return found


def meter_uncertainty_percent(plant: Plant, resource: str) -> float:
    """The largest uncertainty of the resource's meters [%], which all their readings share."""
    meters = plant.meters_of(resource).values()
    return max((meter.uncertainty or 0.0 for meter in meters), default=0.0)


def plan_hash(content: dict[str, Any]) -> str:
    """The hash of what a lock fixes: SHA-256 of its canonical JSON."""
    return hashlib.sha256(_canonical(content).encode()).hexdigest()


def _canonical(content: dict[str, Any]) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def plan_state(plant: Plant, name: str, ledger: Ledger) -> PlanState:
    """How a plan of the plant file stands against its locks."""
    locks = ledger.locks.history(plant.id, name)
    if not locks:
        return PlanState("open", [])
    content = plan_content(plant, name)
    if METERS not in json.loads(locks[-1].content):  # of before meters were locked too
        del content[METERS]
    same = locks[-1].hash == plan_hash(content)
    return PlanState("locked" if same else "changed", locks)


def lock_plan(
    plant: Plant, name: str, *, ledger: Ledger, store: Store, author: str, reason: str, now_ms: int
) -> Lock:
    """Lock a plan as it stands; one that is locked already stays as it is.

    Raises UsageError when the plan has changed since its lock and no reason is given.
    """
    stood = plan_state(plant, name, ledger)
    if stood.state == "locked":
        return stood.locks[-1]
    if stood.state == "changed" and not reason:
        raise UsageError(
            f"plan {name}: it has changed since it was locked; an amendment needs --reason, "
            "which every report prints"
        )
    content = plan_content(plant, name)
    known = readings_known(plant, name, ledger=ledger, store=store, now_ms=now_ms)
    lock = Lock(0, name, plan_hash(content), _canonical(content), now_ms, author, reason, known)
    return ledger.locks.add(plant.id, lock)


def readings_known(plant: Plant, name: str, *, ledger: Ledger, store: Store, now_ms: int) -> int:
    """How many readings and imported amounts of the reporting period are held already.

    Only of what the plan is about: its resource and its drivers.
    """
    plan = plant.plans[name]
    looked_at = quantities(plant, plan, plan.resource or name)
    first = reporting_start(plant, name)
    start_ms = day_start_ms(first, plant.zone)
    meters = {meter for quantity in looked_at for meter in plant.meters_of(quantity)}
    count = 0
    for series in store.series(plant.id):
        if series.measurement in (COUNTER, GAUGE) and series.tags[0] in meters:
            for piece_ms in range(start_ms, now_ms + 1, PIECE_MS):
                end_ms = min(piece_ms + PIECE_MS, now_ms + 1)
                count += len(store.read(series, piece_ms, end_ms=end_ms))
    for quantity in looked_at:
        entries = ledger.amounts.standing(plant.id, quantity)
        count += sum(entry.amount.end_day > first for entry in entries)
    return count


def reporting_start(plant: Plant, name: str) -> date:
    """The first day on which a claim of this plan is judged; the day after the baseline if none."""
    since = [claim.since for claim in plant.claims.values() if plant.plan_of(claim) == name]
    last = plant.plans[name].baseline[1]
    return min(since, default=date.fromordinal(last.toordinal() + 1))
