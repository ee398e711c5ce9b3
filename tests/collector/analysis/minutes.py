"""A counter that is read every minute."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from collector.analysis.accounting import account
from collector.analysis.counters import Account, CounterKind, EventKind

MINUTE = 60_000
KIND = CounterKind(resolution=0.1, modulus=None, max_rate_per_h=60.0, every_s=60)  # 1.0 a minute


def every_minute(values: Sequence[float], kind: CounterKind = KIND, **options: object) -> Account:
    times = np.arange(len(values)) * MINUTE
    return account(times, values, kind, **options)  # type: ignore[arg-type]


def counted(came_to: Account) -> float:
    """What was counted in all [unit]."""
    return float(came_to.totals[-1]) * came_to.unit


def kinds(came_to: Account) -> list[EventKind]:
    return [event.kind for event in came_to.events]


def climb(start: float, steps: int, each: float = 0.5) -> list[float]:
    """Readings of a counter that climbs evenly."""
    return [round(start + each * i, 6) for i in range(steps)]
