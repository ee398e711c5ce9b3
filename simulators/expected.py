"""What an honest collector says of a scenario, and how what one says differs from it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from plant.calendar import day_start_ms, from_ms
from plant.units import ratio
from simulators.draws import Array
from simulators.metering import SimulatedMeter, simulated_meters, step_of
from simulators.report import claims_report
from simulators.scenario import Scenario
from simulators.scenario_file import SeenEvent

_DAY = timedelta(days=1)
_ESTIMATED = 0.10  # what a month may be off where the collector says that it estimated
_ROUNDING = 1e-6


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


@dataclass(frozen=True)
class SeenAmount:
    """What a collector says of a month; None where it says that it does not know."""

    value: float | None
    is_estimated: bool = False


@dataclass(frozen=True)
class Seen:
    """What a collector says; `events` is None where it cannot be asked for them."""

    months: Mapping[str, Mapping[str, SeenAmount]] = field(default_factory=dict)
    claims: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    events: Iterable[tuple[str, str, int]] | None = None  # meter, kind, time [ms, UTC]


@dataclass(frozen=True)
class Case:
    """One thing that was compared; `difference` is None where it is as it should be."""

    name: str
    difference: str | None = None


def expected(scenario: Scenario, start_ms: int, end_ms: int) -> Expected:
    """What is true of a scenario in [start, end) [ms, UTC]."""
    months = whole_months(scenario, start_ms, end_ms)
    return Expected(
        months=_amounts(scenario, months) if months else {},
        claims=claims_report(scenario, end_ms),
        scenario=scenario,
    )


def whole_months(scenario: Scenario, start_ms: int, end_ms: int) -> list[date]:
    """The first days of the calendar months that lie within a span."""
    zone = scenario.plant.zone
    day = from_ms(start_ms, zone).date().replace(day=1)
    found = []
    while day_start_ms(next_month(day), zone) <= end_ms:
        if day_start_ms(day, zone) >= start_ms:
            found.append(day)
        day = next_month(day)
    return found


def next_month(first: date) -> date:
    """The first day of the month after."""
    return (first + 31 * _DAY).replace(day=1)


def _amounts(scenario: Scenario, months: list[date]) -> dict[str, dict[str, Amount]]:
    """Each metered quantity of the plant by month."""
    plant, process = scenario.plant, scenario.process
    firsts = [*months, next_month(months[-1])]
    edges_s = np.array([day_start_ms(day, plant.zone) / 1000 for day in firsts])
    timeline = scenario.timeline()
    counted = np.diff(timeline.cumulative(process.names, edges_s))
    amounts = dict(zip(process.names, counted, strict=True))
    meters = simulated_meters(scenario, timeline)
    return {
        quantity: {
            f"{day:%Y-%m}": amount
            for day, amount in zip(
                months, _by_month(scenario, quantity, amounts=amounts, meters=meters), strict=True
            )
        }
        for quantity in [*plant.resources, *plant.products]
        if quantity in process.described.totals and plant.meters_of(quantity)
    }


def _by_month(
    scenario: Scenario,
    quantity: str,
    *,
    amounts: Mapping[str, Array],
    meters: Mapping[str, SimulatedMeter],
) -> list[Amount]:
    unit = scenario.plant.quantity_unit(quantity)
    true = float(ratio(scenario.process.unit(quantity), unit)) * amounts[quantity]
    metered, step = np.zeros(len(true)), 0.0
    for name in scenario.plant.meters_of(quantity):
        meter = meters[name]
        of_it = np.sum([amounts[one] for one in meter.of.quantities], axis=0)
        metered += meter.gain * float(ratio(meter.unit, unit)) * of_it
        step += step_of(meter, unit)
    return [Amount(float(t), float(m), step, unit) for t, m in zip(true, metered, strict=True)]


def differences(told: Expected, seen: Seen) -> list[str]:
    """Each thing in which a collector differs from the truth, in a line."""
    return [case.difference for case in cases(told, seen) if case.difference is not None]


def cases(told: Expected, seen: Seen) -> list[Case]:
    """Everything that is compared: months, claims and events."""
    return [
        *_month_cases(told, seen),
        *_claim_cases(told, seen),
        *_event_cases(told, seen),
    ]


def _month_cases(told: Expected, seen: Seen) -> Iterable[Case]:
    truth = told.scenario.file.truth
    for quantity, months in seen.months.items():
        for month, said in months.items():
            amount = told.months.get(quantity, {}).get(month)
            if amount is None or month in truth.wrong.get(quantity, ()):
                continue
            unknown = month in truth.unknown.get(quantity, ())
            name = f"{quantity} {month}"
            yield Case(name, _month_difference(name, said, amount=amount, may_lack=unknown))


def _month_difference(name: str, said: SeenAmount, *, amount: Amount, may_lack: bool) -> str | None:
    if said.value is None:
        return None if may_lack else f"{name}: not known, but was {amount.metered:,.3f}"
    room = _ESTIMATED if said.is_estimated else _ROUNDING
    if abs(said.value - amount.metered) <= room * amount.metered + 3 * amount.step:
        return None
    off = 100 * (said.value / amount.metered - 1) if amount.metered else 0.0
    return (
        f"{name}: said {said.value:,.3f} {amount.unit}, "
        f"metered {amount.metered:,.3f} ({off:+.3f} %)"
    )


def _claim_cases(told: Expected, seen: Seen) -> Iterable[Case]:
    truth = told.scenario.file.truth
    for name, verdicts in truth.verdicts.items():
        allowed = (verdicts,) if isinstance(verdicts, str) else verdicts
        said = seen.claims.get(name)
        share = told.claims.get(name, {}).get("share")
        really = "" if share is None else f"; {100 * share:.2f} % was saved"
        wrong = None
        if said is None:
            wrong = f"claim {name}: nothing was said of it"
        elif said["verdict"] not in allowed:
            right = " or ".join(allowed)
            wrong = f"claim {name}: said {said['verdict']}, right is {right}{really}"
        yield Case(f"verdict on claim {name}", wrong)
    for name in truth.covered:
        said, was = seen.claims.get(name), told.claims.get(name)
        yield Case(f"interval of claim {name}", _uncovered(name, said, was))


def _uncovered(
    name: str, said: Mapping[str, Any] | None, was: Mapping[str, Any] | None
) -> str | None:
    if not said or not was or said["saving_low"] is None:
        return f"claim {name}: no interval was given"
    if said["saving_low"] <= was["saving"] <= said["saving_high"]:
        return None
    return (
        f"claim {name}: {was['saving']:,.1f} {was['unit']} was saved, outside "
        f"{said['saving_low']:,.1f} to {said['saving_high']:,.1f}"
    )


def _event_cases(told: Expected, seen: Seen) -> Iterable[Case]:
    if seen.events is None:
        return
    left = list(seen.events)
    zone = told.scenario.plant.zone
    for event in told.scenario.file.truth.events:
        found = [one for one in left if _is(event, one, zone=zone)]
        name = f"event {event.kind} of {event.meter} at {event.at:%Y-%m-%d %H:%M}"
        yield Case(name, None if found else f"{name}: not seen")
        left = [one for one in left if one not in found]
    for meter, kind, time_ms in left:
        if kind in _TOLD_BY_THE_COUNTER:
            name = f"event {kind} of {meter} at {from_ms(time_ms, zone):%Y-%m-%d %H:%M}"
            yield Case(name, f"{name}: seen, but did not happen")


_TOLD_BY_THE_COUNTER = (
    "rollover", "reset", "swap", "ct-change", "step-back", "glitch", "pending",
)  # fmt: skip


def _is(event: SeenEvent, seen: tuple[str, str, int], *, zone: Any) -> bool:
    meter, kind, time_ms = seen
    at: datetime = event.at if event.at.tzinfo else event.at.replace(tzinfo=zone)
    near = abs(time_ms / 1000 - at.timestamp()) <= 86400
    return meter == event.meter and kind == event.kind and near
