"""The demonstration's plant, its dates moved so that fourteen months of history end today."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

PLANT = "kontum-starch"
_HISTORY_MONTHS = 14
_BASELINE_MONTHS = 12
# Dates as they stand in the shipped files.
_FIRST, _BASELINE_END, _SINCE = "2024-01-01", "2024-12-31", "2025-01-01"
_UNTIL_PAST, _UNTIL_AHEAD = "2025-02-28", "2025-12-31"
_ADDRESS = re.compile(r'(tcp = ")([^"]*)(")')
_BROKER = re.compile(r'(url = ")[^"]*(")')
_WEEKLY = re.compile(r'(weekday = ")[^"]*(")')
_YEARLY = re.compile(r'(yearly = ")([^"]*)(")')
_AWAY_DAYS = 12  # a long stop is kept at least so far from today
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class DemoDates:
    """When the demonstration's history, baseline and claims begin and end."""

    first: date  # of the history and of the baseline year
    since: date  # improvements, and the claims about them
    until: date  # last day of the claims that are judged already
    ahead: date  # last day of the claim that still runs

    @property
    def baseline_end(self) -> date:
        """The baseline's last day."""
        return self.since - timedelta(days=1)


def demo_dates(today: date) -> DemoDates:
    """The dates for a demonstration on `today`: history from the first of a month."""
    first = _months_later(today.replace(day=1), -_HISTORY_MONTHS)
    since = _months_later(first, _BASELINE_MONTHS)
    return DemoDates(
        first=first,
        since=since,
        until=today - timedelta(days=1),
        ahead=_months_later(since, 12) - timedelta(days=1),
    )


def write_demo(
    folder: Path,
    today: date,
    *,
    broker: str | None = None,
    addresses: Sequence[str] = (),
) -> DemoDates:
    """Write plant.toml, process.toml and scenario.toml into `folder`; the dates that they hold.

    `broker` is a URL and `addresses` are `host:port` for the buses in the plant file's order;
    what is not given stays as shipped.
    """
    dates = demo_dates(today)
    moved = {
        _FIRST: dates.first,
        _BASELINE_END: dates.baseline_end,
        _SINCE: dates.since,
        _UNTIL_PAST: dates.until,
        _UNTIL_AHEAD: dates.ahead,
    }
    folder.mkdir(parents=True, exist_ok=True)
    shipped = files("config") / "plants" / PLANT
    for name in ("plant.toml", "process.toml", "scenario.toml"):
        text = _move_dates((shipped / name).read_text(encoding="utf-8"), moved)
        if name == "plant.toml":
            text = _address(text, broker, addresses)
        if name == "process.toml":
            text = _keep_running(text, today)
        (folder / name).write_text(text, encoding="utf-8")
    return dates


def _move_dates(text: str, moved: Mapping[str, date]) -> str:
    """Every date of the shipped files in one pass, so that no moved date is moved again."""
    pattern = re.compile("|".join(re.escape(f'"{shipped}"') for shipped in moved))
    return pattern.sub(lambda found: f'"{moved[found[0].strip(chr(34))].isoformat()}"', text)


def _keep_running(text: str, today: date) -> str:
    """Planned stops on other days than today, so that there is something to watch."""

    def moved(found: re.Match[str]) -> str:
        stop = date.fromisoformat(f"{today.year}-{found[2]}")
        while min(abs((stop - today).days + years * 365) for years in (-1, 0, 1)) < _AWAY_DAYS:
            stop += timedelta(days=1)
        return f"{found[1]}{stop:%m-%d}{found[3]}"

    weekday = _WEEKDAYS[(today.weekday() - 3) % 7]
    return _YEARLY.sub(moved, _WEEKLY.sub(rf"\g<1>{weekday}\g<2>", text))


def _address(text: str, broker: str | None, addresses: Sequence[str]) -> str:
    if broker is not None:
        text = _BROKER.sub(rf"\g<1>{broker}\g<2>", text)
    given = iter(addresses)
    return _ADDRESS.sub(lambda found: f"{found[1]}{next(given, found[2])}{found[3]}", text)


def _months_later(first_of_month: date, months: int) -> date:
    count = first_of_month.year * 12 + first_of_month.month - 1 + months
    return date(count // 12, count % 12 + 1, 1)
