"""What is true of a scenario, as far as a collector can be compared with it."""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from plant.calendar import SLOT_MS, Span, local_date, months
from plant.units import ratio
from simulators.due import due_slots
from simulators.metering import SimulatedMeter, simulated_meters, step_of
from simulators.report import asked_of, claim_rows
from simulators.scenario import Scenario
from simulators.truth import Counted, Progress, edges_of, savings


@dataclass(frozen=True)
class Amount:
    """What a quantity came to in a month, by the process and by its meters as they are."""

    true: float
    metered: float
    step: float  # what the meters cannot tell apart
    unit: str


@dataclass(frozen=True)
class Expected:
    """The truth of a scenario in a span, with what a collector may not know."""

    months: Mapping[str, Mapping[str, Amount]]  # quantity -> month (2025-01) -> amount
    claims: Mapping[str, Mapping[str, Any]]
    scenario: Scenario
    slots: Mapping[str, Mapping[str, int]] = field(default_factory=dict)  # meter -> month -> count
    span_ms: tuple[int, int] = (0, 2**62)  # [ms, UTC]


def expected(
    scenario: Scenario,
    start_ms: int,
    end_ms: int,
    *,
    only: Container[str] | None = None,
    progress: Progress | None = None,
) -> Expected:
    """What is true of a scenario in [start, end) [ms, UTC], of its whole months or `only` some.

    The days are counted once as they were, and once for each set of improvements in a claim of
    which the scenario knows what must be said.
    """
    whole = [m for m in whole_months(scenario, start_ms, end_ms) if only is None or m.label in only]
    judged = {*scenario.file.truth.verdicts, *scenario.file.truth.covered}
    claims = {name: one for name, one in asked_of(scenario, end_ms).items() if name in judged}
    edges_s = edges_of(claims.values()) | {ms / 1000 for m in whole for ms in m[:2]}
    actual = Counted(scenario.process, edges_s, progress=progress)
    found = savings(scenario.process, list(claims.values()), actual=actual, progress=progress)
    return Expected(
        months=_amounts(scenario, whole, actual),
        claims=claim_rows(scenario, claims, found),
        scenario=scenario,
        slots=_slots(scenario, whole),
        span_ms=(start_ms, end_ms),
    )


def whole_months(scenario: Scenario, start_ms: int, end_ms: int) -> list[Span]:
    """The calendar months that lie within a span."""
    zone = scenario.plant.zone
    dates = local_date(start_ms, zone), local_date(end_ms, zone)
    return [m for m in months(*dates, zone) if start_ms <= m.start_ms and m.end_ms <= end_ms]


def _slots(scenario: Scenario, whole: list[Span]) -> dict[str, dict[str, int]]:
    if not whole:
        return {}
    edges = [m.start_ms // SLOT_MS for m in whole] + [whole[-1].end_ms // SLOT_MS]
    due = due_slots(scenario, whole[0].start_ms, whole[-1].end_ms)
    return {
        name: {
            m.label: int(count)
            for m, count in zip(whole, np.diff(np.searchsorted(slots, edges)), strict=True)
        }
        for name, slots in due.items()
    }


def _amounts(
    scenario: Scenario, whole: list[Span], actual: Counted
) -> dict[str, dict[str, Amount]]:
    """Each metered quantity of the plant by month."""
    plant, process = scenario.plant, scenario.process
    meters = simulated_meters(scenario, scenario.timeline())
    metered = {
        quantity: [meters[name] for name in plant.meters_of(quantity)]
        for quantity in [*plant.resources, *plant.products]
        if quantity in process.described.totals and plant.meters_of(quantity)
    }
    return {
        quantity: {
            m.label: _amount(
                scenario,
                quantity,
                actual.between(m.start_ms / 1000, m.end_ms / 1000),
                meters=of_it,
            )
            for m in whole
        }
        for quantity, of_it in metered.items()
    }


def _amount(
    scenario: Scenario,
    quantity: str,
    flowed: Mapping[str, float],
    *,
    meters: list[SimulatedMeter],
) -> Amount:
    unit = scenario.plant.quantity_unit(quantity)
    metered = sum(
        meter.gain * float(ratio(meter.unit, unit)) * sum(flowed[o] for o in meter.of.quantities)
        for meter in meters
    )
    return Amount(
        true=float(ratio(scenario.process.unit(quantity), unit)) * flowed[quantity],
        metered=metered,
        step=sum(step_of(meter, unit) for meter in meters),
        unit=unit,
    )
