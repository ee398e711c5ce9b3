"""How what a collector says differs from the truth of a scenario."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from plant.calendar import DAY_MS, from_ms
from simulators.expected import Amount, Expected
from simulators.scenario_file import SeenEvent

_ESTIMATED = 0.10  # what a month may be off where the collector says that it estimated
_ROUNDING = 1e-6


@dataclass(frozen=True)
class SeenAmount:
    """What a collector says of a month; None where it says that it does not know."""

    value: float | None
    is_estimated: bool = False


@dataclass(frozen=True)
class Seen:
    """What a collector says; `events` and `slots` are None where it cannot be asked for them."""

    months: Mapping[str, Mapping[str, SeenAmount]] = field(default_factory=dict)
    claims: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    events: Iterable[tuple[str, str, int]] | None = None  # meter, kind, time [ms, UTC]
    slots: Mapping[str, Mapping[str, int]] | None = None  # meter -> month -> with a reading

    @property
    def asked(self) -> frozenset[str]:
        """The months that were looked at for readings."""
        return frozenset(label for months in (self.slots or {}).values() for label in months)

    @property
    def labels(self) -> frozenset[str]:
        """The months of which anything is said."""
        return self.asked | {label for months in self.months.values() for label in months}


@dataclass(frozen=True)
class Case:
    """One thing that was compared; `difference` is None where it is as it should be."""

    name: str
    difference: str | None = None


def differences(told: Expected, seen: Seen) -> list[str]:
    """Each thing in which a collector differs from the truth, in a line."""
    return [case.difference for case in cases(told, seen) if case.difference is not None]


def cases(told: Expected, seen: Seen) -> list[Case]:
    """Everything that is compared: months, claims, events and readings."""
    return [
        *_month_cases(told, seen),
        *_claim_cases(told, seen),
        *_event_cases(told, seen),
        *_reading_cases(told, seen),
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
    start_ms, end_ms = told.span_ms
    for event in told.scenario.file.truth.events:
        at_ms = event.time_ms(zone)
        found = [one for one in left if _is(event, one, at_ms=at_ms)]
        left = [one for one in left if one not in found]
        month = f"{from_ms(at_ms, zone):%Y-%m}"
        if start_ms <= at_ms < end_ms and (seen.slots is None or month in seen.asked):
            name = _event_name(event.kind, event.meter, at_ms, zone=zone)
            yield Case(name, None if found else f"{name}: not seen")
    for meter, kind, time_ms in left:
        if kind in TOLD_BY_THE_COUNTER:
            yield no_event(kind, meter, time_ms, zone=zone)


TOLD_BY_THE_COUNTER = (
    "rollover", "reset", "swap", "ct-change", "step-back", "glitch", "pending",
)  # fmt: skip


def no_event(kind: str, meter: str, time_ms: int, *, zone: ZoneInfo) -> Case:
    """An event that a collector saw of a meter that nothing happened to."""
    name = _event_name(kind, meter, time_ms, zone=zone)
    return Case(name, f"{name}: seen, but did not happen")


def _event_name(kind: str, meter: str, at_ms: int, *, zone: ZoneInfo) -> str:
    return f"event {kind} of {meter} at {from_ms(at_ms, zone):%Y-%m-%d %H:%M}"


def _is(event: SeenEvent, seen: tuple[str, str, int], *, at_ms: int) -> bool:
    meter, kind, time_ms = seen
    near = abs(time_ms - at_ms) <= DAY_MS
    return meter == event.meter and kind == event.kind and near


def _reading_cases(told: Expected, seen: Seen) -> Iterable[Case]:
    if seen.slots is None:
        return
    for meter, months in told.slots.items():
        for month in sorted(months.keys() & seen.asked):
            due = months[month]
            there = seen.slots.get(meter, {}).get(month, 0)
            name = f"readings of {meter} in {month}"
            wrong = f"{name}: in {there:,} quarter hours of {due:,}" if there < due else None
            yield Case(name, wrong)
