"""Every page beside Now, in the order of the navigation."""

from __future__ import annotations

from typing import Any

from dashboards import claims, entries, events, health, load, performance, shift, water
from dashboards.paging import Page

PAGES: tuple[Page[Any], ...] = (
    shift.PAGE,
    load.PAGE,
    performance.PAGE,
    water.PAGE,
    claims.PAGE,
    events.PAGE,
    entries.PAGE,
    health.PAGE,
)
