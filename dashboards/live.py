"""What changes by the second: values, rates, health, gateways; and what of it is news."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from dashboards.now import Gateway, Health, OpenAlarm, Shown, Trouble

Reading = tuple[int, float | None]  # UTC ms, value


class Live(Shown):
    """The newest of everything that is read."""

    time_ms: int
    values: dict[str, Reading]  # by meter/point
    rates: dict[str, tuple[int, float | None]]  # by resource, once a meter of it was read
    steps: dict[str, tuple[str, float | None]]  # by resource: newest whole step, as charts have it
    health: dict[str, tuple[Health, int | None, str]]  # by meter: state, since, detail
    gateways: list[Gateway]
    troubles: dict[str, Trouble] = Field(default_factory=dict)  # by meter/point
    estimated: list[str] = Field(default_factory=list)  # resources whose rate a counter tells
    alarms: list[OpenAlarm] = Field(default_factory=list)
    lacking: dict[str, list[str]] = Field(default_factory=dict)  # by resource; no news, see `Board`


def news(before: Live | None, after: Live) -> dict[str, Any] | None:
    """What differs, by the same keys; None when nothing does."""
    changed: dict[str, Any] = {}
    for part in ("values", "rates", "steps", "health"):
        old = getattr(before, part) if before else {}
        new = {key: item for key, item in getattr(after, part).items() if old.get(key) != item}
        if new:
            changed[part] = new
    for part in ("gateways", "alarms"):
        new_list = getattr(after, part)
        if before is None or getattr(before, part) != new_list:
            changed[part] = [item.model_dump() for item in new_list]
    if before is None or before.troubles != after.troubles:
        changed["troubles"] = {key: one.model_dump() for key, one in after.troubles.items()}
    if before is None or before.estimated != after.estimated:
        changed["estimated"] = after.estimated
    return {"time_ms": after.time_ms} | changed if changed else None
