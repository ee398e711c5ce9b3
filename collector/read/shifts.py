"""Amounts of single shifts, and the days that they make up.

A shift belongs to the day on which it began, also the part of a night that is already the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from collector.ledger import Amount
from plant.calendar import Span, shifts


def of_days(amounts: Sequence[Amount], names: Mapping[str, time], zone: ZoneInfo) -> list[Amount]:
    """Amounts of days alone: shifts are added up where each of a day's was entered.

    names: the plant's shifts. A day of which one shift is missing is not known, unless clocks went
    forward past the whole of it.
    """
    found = [amount for amount in amounts if not amount.shift]
    by_day: dict[tuple[date, date], list[Amount]] = defaultdict(list)
    for amount in amounts:
        if amount.shift in names:
            by_day[amount.first_day, amount.end_day].append(amount)
    whole = [
        parts
        for (day, _), parts in by_day.items()
        if len(parts) == len(names)
        or {part.shift for part in parts} == {name for _, name in shifts_of(day, names, zone)}
    ]
    made_up = [p[0]._replace(value=sum(part.value for part in p), shift="") for p in whole]
    return found + made_up


def shifts_of(day: date, names: Mapping[str, time], zone: ZoneInfo) -> Iterator[tuple[Span, str]]:
    """The shifts that begin on a day, each with its name."""
    for span in shifts(day, day + timedelta(days=1), dict(names), zone):
        yield span, span.label.partition(" ")[2]
