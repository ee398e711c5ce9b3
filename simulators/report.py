"""The truth of a scenario as plain data, for people, tests and comparisons."""

from datetime import timedelta
from typing import Any

from plant.calendar import day_start_ms, iso
from plant.description import Claim
from simulators.scenario import Scenario
from simulators.truth import TrueSaving, saved


def truth_report(scenario: Scenario, start_ms: int, end_ms: int) -> dict[str, dict[str, Any]]:
    """Consumption and saving of each total in [start, end) [ms, UTC], and of each claim so far.

    `totals`: used in the span, and used had no improvement ever been made. `specific`: per unit
    of each product. `claims`: from the claim's first day to its last or the span's end, against
    the improvements made after its baseline.
    """
    savings = saved(scenario.process, start_ms / 1000, end_ms / 1000)
    return {
        "span": {"plant": scenario.plant.id, "from": iso(start_ms), "to": iso(end_ms)},
        "totals": {name: _row(saving) for name, saving in savings.items()},
        "specific": _specific(scenario, savings),
        "claims": claims_report(scenario, end_ms),
    }


def claims_report(scenario: Scenario, end_ms: int) -> dict[str, dict[str, Any]]:
    """What was really saved of each claim until `end_ms` [ms, UTC]."""
    return {
        name: row
        for name, claim in scenario.plant.claims.items()
        if (row := _claim(scenario, claim, end_ms)) is not None
    }


def _row(saving: TrueSaving) -> dict[str, Any]:
    return {
        "unit": saving.unit,
        "actual": saving.actual,
        "without": saving.without,
        "saving": saving.saving,
        "share": saving.share,
    }


def _specific(scenario: Scenario, savings: dict[str, TrueSaving]) -> dict[str, Any]:
    """Consumption per unit of each product, by resource."""
    made = {name: savings[name] for name in scenario.plant.products if name in savings}
    return {
        f"{name} per {product}": {
            "unit": f"{saving.unit}/{product_saving.unit}",
            "actual": saving.actual / product_saving.actual,
        }
        for product, product_saving in made.items()
        for name, saving in savings.items()
        if name not in made and product_saving.actual
    }


def _claim(scenario: Scenario, claim: Claim, end_ms: int) -> dict[str, Any] | None:
    """A claim's true saving; None when it has not begun or its resource has no total."""
    plant = scenario.plant
    if claim.resource not in scenario.process.described.totals:
        return None
    start_ms = day_start_ms(claim.since, plant.zone)
    stop_ms = min(end_ms, day_start_ms(claim.last_day + timedelta(days=1), plant.zone))
    if stop_ms <= start_ms:
        return None
    plan_name = plant.plan_of(claim)
    begin = plant.plans[plan_name].baseline[1] if plan_name in plant.plans else claim.since
    undone = frozenset(
        name for name, change in scenario.file.improvements.items() if change.since >= begin
    )
    savings = saved(scenario.process, start_ms / 1000, stop_ms / 1000, without=undone)
    span = {"resource": claim.resource, "from": iso(start_ms), "to": iso(stop_ms)}
    return span | _row(savings[claim.resource]) | {"claimed": claim.saves / 100}
