"""What gateways say of themselves and of their meters, and what the collector knows of them."""

from __future__ import annotations

from typing import get_args

from collector.ledger import Ledger
from dashboards.now import Gateway, Health
from plant.description import Plant
from plant.wire import MeterHealth, Status

Statuses = dict[str, tuple[int, Status]]
_KNOWN: tuple[Health, ...] = get_args(Health)


def gateways(plant: Plant, ledger: Ledger, statuses: Statuses) -> list[Gateway]:
    """Every gateway of a plant, as it was last heard."""
    missing: dict[str, int] = {}
    for found in ledger.journal.completeness(plant.id):
        gaps = sum(last - first + 1 for first, last in found.never_seen)
        missing[found.gateway] = missing.get(found.gateway, 0) + gaps
    aside = ledger.journal.aside_counts(plant.id)
    return [
        _gateway(
            plant, name, statuses.get(name), missing=missing.get(name, 0), aside=aside.get(name, 0)
        )
        for name in plant.gateways
    ]


def _gateway(
    plant: Plant, name: str, heard: tuple[int, Status] | None, *, missing: int, aside: int
) -> Gateway:
    time_ms, status = heard or (None, None)
    return Gateway(
        gateway=name,
        state="never" if status is None else "online" if status.state == "online" else "offline",
        time_ms=time_ms,
        outbox_depth=None if status is None else status.outbox_depth,
        missing=missing,
        set_aside=aside,
        clock_offset_ms=None if status is None else status.clock_offset_ms,
        same_config=status.config == plant.config if status and status.config else None,
    )


def health(meter: str, gateway: str, statuses: Statuses) -> tuple[Health, int | None, str]:
    """How a meter is as its gateway tells: state, since when [ms], detail."""
    heard = statuses.get(gateway)
    told: MeterHealth | None = heard[1].meters.get(meter) if heard else None
    if told is None:
        return "ok", None, ""
    state: Health = next((known for known in _KNOWN if known == told.state), "exception")
    return state, told.since_ms, told.text
