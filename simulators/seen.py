"""What a collector says of a scenario's plant, asked over its API."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import quote

from plant.calendar import Span, local_date
from plant.errors import CleanlineError, UsageError
from simulators.comparison import Seen, SeenAmount
from simulators.expected import whole_months
from simulators.scenario import Scenario

T = TypeVar("T")
_MONTHS = 60  # that are asked for at one time


Event = tuple[str, str, int]  # meter, kind, time [ms, UTC]


def seen_by(
    url: str,
    scenario: Scenario,
    between: tuple[int, int],
    *,
    page: dict[str, Any],
    is_whole: bool,
) -> Seen:
    """What a running collector says of the whole months of a span [ms, UTC], and of claims.

    `page` is its API's `now`. `is_whole`: every month must hold readings; else those before the
    first and after the last that does are left out.
    """
    months = whole_months(scenario, *between)
    held = [_held(url, scenario, months[i : i + _MONTHS]) for i in range(0, len(months), _MONTHS)]
    slots: dict[str, dict[str, int]] = {}
    for part in held:
        for told in part["meters"]:
            of_it = {_month(m): int(m["quarter_hours"]) for m in told["months"]}
            slots.setdefault(told["meter"], {}).update(of_it)
    events = [event for part in held for event in _events(part)]
    seen = Seen(months=_amounts(held), claims=_claims(page), events=events, slots=slots)
    return seen if is_whole else _trimmed(seen)


def events_since(url: str, scenario: Scenario, start_ms: int) -> list[Event]:
    """The events of meters that a running collector has seen since an instant [ms, UTC]."""
    since = local_date(start_ms, scenario.plant.zone)
    told = asked(url, scenario, f"held?since={since}&months=2")
    return [event for event in _events(told) if event[2] >= start_ms]


def _events(held: dict[str, Any]) -> list[Event]:
    return [(event["meter"], event["kind"], event["time_ms"]) for event in held["events"]]


def _held(url: str, scenario: Scenario, months: list[Span]) -> dict[str, Any]:
    since = local_date(months[0].start_ms, scenario.plant.zone)
    return asked(url, scenario, f"held?since={since}&months={len(months)}")


def _trimmed(seen: Seen) -> Seen:
    """From the first month to the last of which any meter has more than a reading at its edge."""
    of_all = [*(seen.slots or {}).values()]
    there = sorted({month for of_it in of_all for month, n in of_it.items() if n > 1})
    return replace(
        seen,
        months={name: _between(of_it, there) for name, of_it in seen.months.items()},
        slots={name: _between(of_it, there) for name, of_it in (seen.slots or {}).items()},
    )


def _between(months: Mapping[str, T], there: list[str]) -> dict[str, T]:
    return {m: of_it for m, of_it in months.items() if there and there[0] <= m <= there[-1]}


def _claims(page: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the API's `now` says of claims."""
    return {claim["claim"]: claim for tile in page["tiles"] for claim in tile["claims"]}


def _amounts(held: list[dict[str, Any]]) -> dict[str, dict[str, SeenAmount]]:
    found: dict[str, dict[str, SeenAmount]] = {}
    for part in held:
        for told in part["quantities"]:
            of_it = found.setdefault(told["quantity"], {})
            for month in told["months"]:
                amount = SeenAmount(month["amount"], is_estimated=month["estimated"])
                of_it[_month(month)] = amount
    return found


def seen_in_claims(claims: list[dict[str, Any]]) -> Seen:
    """What `verify --json` says."""
    return Seen(claims={claim["claim"]: claim for claim in claims})


def _month(month: dict[str, Any]) -> str:
    return str(month["first"])[:7]


def asked(
    url: str, scenario: Scenario, what: str = "now", *, timeout_s: float = 30
) -> dict[str, Any]:
    """What the API of a running collector says of the plant."""
    address = f"{url.rstrip('/')}/api/v1/plants/{quote(scenario.plant.id)}/{what}"
    if not address.startswith(("http://", "https://")):
        raise UsageError(f"{url!r} is not an address; write http://127.0.0.1:8080")
    try:
        with urllib.request.urlopen(address, timeout=timeout_s) as answer:  # noqa: S310 - checked above
            page: dict[str, Any] = json.load(answer)
            return page
    except (OSError, ValueError) as error:
        raise CleanlineError(
            f"{address}: {error}; is the collector of this plant there?"
        ) from error
