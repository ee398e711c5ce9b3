"""Days, shifts and weeks in the plant's own zone; instants are UTC milliseconds.

Edges are found in local time and turned into UTC, so a day of 23 or 25 hours comes out right.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate, pairwise
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

SLOT_MS = 15 * 60 * 1000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS  # of the clock; a local day may be longer or shorter
Period = Literal["hour", "shift", "day", "week", "month", "year"]


class Span(NamedTuple):
    """A stretch of time, its start included and its end not, with the name people give it."""

    start_ms: int
    end_ms: int
    label: str


def to_ms(instant: datetime) -> int:
    """UTC milliseconds of an aware datetime, exactly."""
    if instant.tzinfo is None:
        raise ValueError(f"{instant} has no zone")
    delta = instant.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86400 + delta.seconds) * 1000 + delta.microseconds // 1000


def from_ms(time_ms: int, zone: ZoneInfo | None = None) -> datetime:
    """The aware datetime of UTC milliseconds, in a zone or in UTC."""
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time_ms)
    return instant.astimezone(zone) if zone else instant


def iso(time_ms: int) -> str:
    """UTC milliseconds as ISO 8601 with a Z."""
    return from_ms(time_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local_ms(day: date, at: time, zone: ZoneInfo) -> int:
    """UTC milliseconds of a wall-clock time; one that is skipped in spring moves on by the gap."""
    return to_ms(datetime.combine(day, at, tzinfo=zone))


def day_start_ms(day: date, zone: ZoneInfo) -> int:
    """The instant at which a local day begins."""
    return local_ms(day, time(0), zone)


def local_date(time_ms: int, zone: ZoneInfo) -> date:
    """The local day that an instant belongs to."""
    return from_ms(time_ms, zone).date()


def is_whole_days(span: Span, zone: ZoneInfo) -> bool:
    """Whether a span begins and ends at local midnights."""
    edges = (span.start_ms, span.end_ms)
    return all(day_start_ms(local_date(edge, zone), zone) == edge for edge in edges)


def slot_start_ms(time_ms: int) -> int:
    """The start of the 15-minute slot that holds an instant."""
    return time_ms - time_ms % SLOT_MS


def days(first: date, end: date, zone: ZoneInfo) -> Iterator[Span]:
    """Local days from ``first`` to before ``end``."""
    day = first
    while day < end:
        following = day + timedelta(days=1)
        yield Span(day_start_ms(day, zone), day_start_ms(following, zone), day.isoformat())
        day = following


def weeks(first: date, end: date, zone: ZoneInfo) -> Iterator[Span]:
    """ISO weeks (Monday first) that begin in [first, end)."""
    day = first + timedelta(days=-first.weekday() % 7)
    while day < end:
        following = day + timedelta(days=7)
        year, week, _ = day.isocalendar()
        yield Span(day_start_ms(day, zone), day_start_ms(following, zone), f"{year}-W{week:02}")
        day = following


def months(first: date, end: date, zone: ZoneInfo) -> Iterator[Span]:
    """Calendar months that begin in [first, end)."""
    day = first if first.day == 1 else next_month(first)
    while day < end:
        following = next_month(day)
        yield Span(day_start_ms(day, zone), day_start_ms(following, zone), f"{day:%Y-%m}")
        day = following


def next_month(day: date) -> date:
    """The first day of the month after."""
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def shifts(first: date, end: date, starts: dict[str, time], zone: ZoneInfo) -> Iterator[Span]:
    """Shifts that begin on the local days [first, end); each lasts until the next one begins.

    A night shift belongs to the day on which it began. One whose hours are skipped in spring, up
    to the start of the next, is left out of that day.
    """
    ordered = sorted(starts.items(), key=lambda item: item[1])
    begins = [
        (local_ms(day, at, zone), f"{day.isoformat()} {name}")
        for day in _dates(first, end + timedelta(days=1))
        for name, at in ordered
    ]
    stop = day_start_ms(end, zone)
    # An hour that is skipped in spring moves on, maybe past the next shift: that one begins then.
    starts_ms = [*accumulate((start for start, _ in reversed(begins)), min)][::-1]
    for (_, label), (start, following) in zip(begins, pairwise(starts_ms), strict=False):
        if start < following and start < stop:
            yield Span(start, following, label)


def skipped_shifts(starts: dict[str, time], zone: ZoneInfo, year: int) -> list[tuple[date, str]]:
    """The shifts of a year of which no hour exists, since clocks go forward; each with its day."""
    first, end = date(year, 1, 1), date(year + 1, 1, 1)
    there = {span.label for span in shifts(first, end, starts, zone)}
    days_of = _dates(first, end)
    return [(day, name) for day in days_of for name in starts if f"{day} {name}" not in there]


def _dates(first: date, end: date) -> Iterator[date]:
    for offset in range((end - first).days):
        yield first + timedelta(days=offset)


def hours(first: date, end: date, zone: ZoneInfo) -> Iterator[Span]:
    """The hours of local days: 24 of most, 23 and 25 of the days on which clocks change."""
    step = HOUR_MS
    for day in days(first, end, zone):
        for start in range(day.start_ms, day.end_ms, step):
            label = from_ms(start, zone).isoformat(timespec="minutes")
            yield Span(start, min(start + step, day.end_ms), label)


def period_of(by: Literal["day", "week", "month"], day: date, zone: ZoneInfo) -> Span:
    """The day, week or month that a local day belongs to."""
    first = {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
    }[by]
    return periods(by, first, first + timedelta(days=1), zone)[0]


def periods(by: Period, first: date, end: date, zone: ZoneInfo) -> list[Span]:
    """Spans of one kind that begin in the local days [first, end)."""
    if by == "day":
        return list(days(first, end, zone))
    if by == "week":
        return list(weeks(first, end, zone))
    if by == "month":
        return list(months(first, end, zone))
    if by == "hour":
        return list(hours(first, end, zone))
    if by == "year":
        years = range(first.year + (first != date(first.year, 1, 1)), end.year + 1)
        edges = [(date(y, 1, 1), date(y + 1, 1, 1)) for y in years if date(y, 1, 1) < end]
        return [Span(day_start_ms(a, zone), day_start_ms(b, zone), f"{a:%Y}") for a, b in edges]
    raise ValueError(f"periods by {by!r} need the plant's shifts: call shifts()")
