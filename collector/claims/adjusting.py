"""What non-routine adjustments add to the periods of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from collector.analysis.observations import Floats
from collector.ledger import Adjustment
from plant.calendar import Span, from_ms, local_date

ONE_DAY = timedelta(days=1)


def added(adjustments: Iterable[Adjustment], spans: Sequence[Span], zone: ZoneInfo) -> Floats:
    """What is added to the expected use of each span (n,), by the days that it shares."""
    total = np.zeros(len(spans))
    for one in adjustments:
        per_day = one.amount / (one.last_day - one.first_day + ONE_DAY).days
        total += [per_day * _shared(one, span, zone) for span in spans]
    return total


def touching(
    adjustments: Iterable[Adjustment], spans: Sequence[Span], zone: ZoneInfo
) -> list[Adjustment]:
    """Those that share a day with any span."""
    return [one for one in adjustments if any(_shared(one, span, zone) for span in spans)]


def told(adjustment: Adjustment, zone: ZoneInfo) -> dict[str, Any]:
    """One adjustment as `verify --json` has it."""
    return {
        "from": adjustment.first_day.isoformat(),
        "to": adjustment.last_day.isoformat(),
        "amount": adjustment.amount,
        "unit": adjustment.unit,
        "author": adjustment.author,
        "reason": adjustment.reason,
        "entered": from_ms(adjustment.entered_ms, zone).isoformat(timespec="seconds"),
    }


def _shared(adjustment: Adjustment, span: Span, zone: ZoneInfo) -> int:
    """How many days of the adjustment lie in a span."""
    first = max(adjustment.first_day, local_date(span.start_ms, zone))
    end = min(adjustment.last_day + ONE_DAY, local_date(span.end_ms, zone))
    return max((end - first).days, 0)
