"""What gateways say of themselves and of their meters."""

from __future__ import annotations

from typing import get_args

from collector.read import GatewayHealth
from dashboards.now import Gateway, Health, State

_KNOWN: tuple[Health, ...] = get_args(Health)


def shown(found: GatewayHealth, *, is_cut_off: bool = False) -> Gateway:
    """A gateway as the page shows it. is_cut_off: the collector has no contact with its broker."""
    status = found.status
    state: State = "never"
    if status is not None:
        state = "online" if status.state == "online" else "offline"
    return Gateway(
        gateway=found.gateway,
        state="unknown" if is_cut_off else state,
        time_ms=found.received_ms,
        outbox_depth=None if status is None else status.outbox_depth,
        missing=found.missing_packs,
        set_aside=found.set_aside,
        clock_offset_ms=None if status is None else status.clock_offset_ms,
        same_config=found.same_config,
    )


def health(meter: str, gateway: GatewayHealth) -> tuple[Health, int | None, str]:
    """How a meter is as its gateway tells: state, since when [ms], detail."""
    told = gateway.status.meters.get(meter) if gateway.status else None
    if told is None:
        return "ok", None, ""
    state: Health = next((known for known in _KNOWN if known == told.state), "exception")
    return state, told.since_ms, told.text
