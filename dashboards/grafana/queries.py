"""InfluxQL for Grafana's panels: of good rows alone, missing steps as nulls, days as the plant's.

``$timeFilter`` and ``$__interval`` are Grafana's: the range on screen and the step that fits it.
"""
# ruff: noqa: S608 - InfluxQL as Grafana will send it; influxql.name and influxql.text quote

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from collector.store import COUNTER, GAUGE, INTERVAL, PERFORMANCE
from collector.store.influxql import name, text
from plant.calendar import DAY_MS, SLOT_MS

KNOWN = "\"quality\" != 'missing' AND \"quality\" != 'withdrawn'"
ESTIMATED = "\"quality\" = 'estimated'"
MEASURED = f"{KNOWN} AND \"quality\" != 'estimated'"
SLOTS_A_DAY = DAY_MS // SLOT_MS


class Target(NamedTuple):
    """One query of a panel, and what its line is called."""

    query: str
    alias: str
    is_table: bool = False


class Stretch(NamedTuple):
    """From when on, until when a factor holds [ms]; None where it has always, or still does."""

    since_ms: int | None
    until_ms: int | None


ALWAYS = Stretch(None, None)


def last_gauge(tags: Mapping[str, str], factor: float, alias: str) -> Target:
    """The newest value of a gauge."""
    return Target(f'SELECT last("value"){_times(factor)} {_from(GAUGE, tags)}', alias)


def gauge(
    tags: Mapping[str, str],
    factor: float,
    alias: str,
    *,
    within: Stretch = ALWAYS,
    function: str = "mean",
) -> Target:
    """A gauge in steps that fit the screen."""
    bounds = [f"time >= {within.since_ms}ms"] if within.since_ms is not None else []
    bounds += [f"time < {within.until_ms}ms"] if within.until_ms is not None else []
    value = f'{function}("value"){_times(factor)}'
    steps = "GROUP BY time($__interval) fill(null)"
    return Target(f"SELECT {value} {_from(GAUGE, tags, *bounds)} {steps}", alias)


def slots(tags: Mapping[str, str], alias: str, *, factor: float = 1.0, rows: str = KNOWN) -> Target:
    """Consumption of each quarter of an hour, or a rate that is so many times it."""
    value = f'mean("value"){_times(factor)}'
    return Target(
        f"SELECT {value} {_from(INTERVAL, tags, rows)} GROUP BY time(15m) fill(null)", alias
    )


def day_sums(tags: Mapping[str, str], alias: str, *, zone: ZoneInfo) -> Target:
    """Consumption of each local day of which every quarter of an hour is known."""
    slots = (
        f'SELECT sum("value") AS "amount", count("value") AS "slots" {_from(INTERVAL, tags, KNOWN)}'
    )
    days = f"{slots} GROUP BY time(1d) {_tz(zone)}"
    return Target(
        f'SELECT "amount" FROM ({days}) WHERE "slots" >= {SLOTS_A_DAY} {_tz(zone)}', alias
    )


def day_counts(tags: Mapping[str, str], alias: str, *, rows: str, zone: ZoneInfo) -> Target:
    """How many quarters of an hour each local day has of some quality, by meter."""
    by = f'GROUP BY time(1d), "meter" fill(0) {_tz(zone)}'
    return Target(f'SELECT count("value") {_from(INTERVAL, tags, rows)} {by}', alias)


def days(
    tags: Mapping[str, str], alias: str, *, zone: ZoneInfo, rows: str = KNOWN, running: bool = False
) -> Target:
    """Performance rows by local day, or their running sum over the range on screen."""
    if running:
        return Target(f'SELECT cumulative_sum("value") {_from(PERFORMANCE, tags, rows)}', alias)
    by = f"GROUP BY time(1d) fill(null) {_tz(zone)}"
    return Target(f'SELECT mean("value") {_from(PERFORMANCE, tags, rows)} {by}', alias)


def periods(tags: Mapping[str, str], alias: str, *, rows: str = KNOWN) -> Target:
    """Performance rows as they are: weeks and months have no GROUP BY of their own."""
    return Target(f'SELECT "value" {_from(PERFORMANCE, tags, rows)}', alias)


def readings_an_hour(plant: str) -> Target:
    """How many readings came of each meter in each hour."""
    where = f'WHERE "plant" = {text(plant)} AND $timeFilter'
    by = 'GROUP BY time(1h), "meter" fill(0)'
    both = f"{name(COUNTER)}, {name(GAUGE)}"
    return Target(f'SELECT count("value") FROM {both} {where} {by}', "$tag_meter ($measurement)")


def newest(plant: str, measurement: str) -> Target:
    """The newest reading of every point, however old."""
    where = f'WHERE "plant" = {text(plant)} GROUP BY "meter", "point"'
    return Target(f'SELECT last("value") AS "value" FROM {name(measurement)} {where}', "", True)


def _from(measurement: str, tags: Mapping[str, str], *rows: str) -> str:
    wanted = [f"{name(tag)} = {text(value)}" for tag, value in tags.items()]
    return f"FROM {name(measurement)} WHERE {' AND '.join([*wanted, *rows, '$timeFilter'])}"


def _times(factor: float) -> str:
    """A factor as InfluxQL reads it: it has no exponents."""
    return "" if factor == 1 else f" * {Decimal(repr(float(factor))):f}"


def _tz(zone: ZoneInfo) -> str:
    return f"tz({text(zone.key)})"
