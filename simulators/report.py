"""The truth of a scenario as plain data, for people, tests and comparisons."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from plant.calendar import day_start_ms, iso
from plant.description import Claim
from simulators.due import due_slots
from simulators.scenario import Scenario
from simulators.truth import Asked, Counted, Progress, TrueSaving, edges_of, savings


def truth_report(
    scenario: Scenario, start_ms: int, end_ms: int, *, progress: Progress | None = None
) -> dict[str, Any]:
    """What is true of a scenario in [start, end) [ms, UTC].

    `totals`: used in the span, and used had no improvement ever been made. `specific`: per unit
    of each product. `claims`: from the claim's first day to its last or the span's end, against
    the improvements made after its baseline. `readings`: quarter hours of each counter that hold
    one. `events`: what a collector must see of meters.
    """
    process = scenario.process
    whole = Asked(start_ms / 1000, end_ms / 1000, frozenset(process.improvements))
    claims = asked_of(scenario, end_ms)
    asked = [whole, *claims.values()]
    actual = Counted(process, edges_of(asked), progress=progress)
    found = savings(process, asked, actual=actual, progress=progress)
    return {
        "span": {"plant": scenario.plant.id, "from": iso(start_ms), "to": iso(end_ms)},
        "totals": {name: _row(saving) for name, saving in found[whole].items()},
        "specific": _specific(scenario, found[whole]),
        "claims": claim_rows(scenario, claims, found),
        "readings": {
            name: len(slots) for name, slots in due_slots(scenario, start_ms, end_ms).items()
        },
        "events": [
            event.model_dump(mode="json")
            for event in scenario.file.truth.events
            if start_ms <= event.time_ms(scenario.plant.zone) < end_ms
        ],
    }


def asked_of(scenario: Scenario, end_ms: int) -> dict[str, Asked]:
    """The span of each claim until `end_ms` [ms, UTC], and the improvements since its baseline.

    A claim that has not begun, or whose resource has no total, has none.
    """
    totals = scenario.process.described.totals
    return {
        name: asked
        for name, claim in scenario.plant.claims.items()
        if claim.resource in totals and (asked := _asked(scenario, claim, end_ms)) is not None
    }


def _asked(scenario: Scenario, claim: Claim, end_ms: int) -> Asked | None:
    plant = scenario.plant
    start_ms = day_start_ms(claim.since, plant.zone)
    stop_ms = min(end_ms, day_start_ms(claim.last_day + timedelta(days=1), plant.zone))
    if stop_ms <= start_ms:
        return None
    plan_name = plant.plan_of(claim)
    begin = plant.plans[plan_name].baseline[1] if plan_name in plant.plans else claim.since
    undone = frozenset(
        name for name, change in scenario.file.improvements.items() if change.since >= begin
    )
    return Asked(start_ms / 1000, stop_ms / 1000, undone)


def claim_rows(
    scenario: Scenario,
    claims: Mapping[str, Asked],
    found: Mapping[Asked, Mapping[str, TrueSaving]],
) -> dict[str, dict[str, Any]]:
    """What was really saved of each claim."""
    rows = {}
    for name, asked in claims.items():
        claim = scenario.plant.claims[name]
        span = {"from": iso(round(1000 * asked.start_s)), "to": iso(round(1000 * asked.end_s))}
        saving = _row(found[asked][claim.resource])
        rows[name] = {"resource": claim.resource} | span | saving | {"claimed": claim.saves / 100}
    return rows


def _row(saving: TrueSaving) -> dict[str, Any]:
    return {
        "unit": saving.unit,
        "actual": saving.actual,
        "without": saving.without,
        "saving": saving.saving,
        "share": saving.share,
    }


def _specific(scenario: Scenario, found: Mapping[str, TrueSaving]) -> dict[str, Any]:
    """Consumption per unit of each product, by resource."""
    made = {name: found[name] for name in scenario.plant.products if name in found}
    return {
        f"{name} per {product}": {
            "unit": f"{saving.unit}/{product_saving.unit}",
            "actual": saving.actual / product_saving.actual,
        }
        for product, product_saving in made.items()
        for name, saving in found.items()
        if name not in made and product_saving.actual
    }
