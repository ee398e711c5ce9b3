"""Panels and dashboards as Grafana's JSON has them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from dashboards import formats
from dashboards.grafana.queries import Target

SCHEMA = 37  # of Grafana 9.1; later ones bring older files up to date
COLUMNS = 24
LONGEST_UID = 40
COLOURS = {
    "amber": "orange", "blue": "blue", "purple": "purple", "green": "green", "rose": "red",
    "slate": "text",
}  # fmt: skip

Json = dict[str, Any]
Sized = tuple[Json, int, int]  # a panel, its width in columns and its height


def uid(*parts: str) -> str:
    """An identifier made of parts, no longer than the 40 signs that Grafana takes."""
    text = "-".join(("cleanline", *parts))
    if len(text) <= LONGEST_UID:
        return text
    return f"{text[: LONGEST_UID - 9]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def series(
    title: str, targets: Iterable[Target], *, unit: str, colour: str = "", note: str = ""
) -> Json:
    """Lines over time, broken where there is nothing."""
    drawn: Json = {
        "drawStyle": "line",
        "lineWidth": 2,
        "fillOpacity": 0,
        "lineInterpolation": "linear",
    }
    drawn |= {"showPoints": "auto", "pointSize": 4}
    return _plot(title, targets, drawn, unit=unit, colour=colour, note=note)


def bars(
    title: str, targets: Iterable[Target], *, unit: str, colour: str = "", note: str = ""
) -> Json:
    """A bar for each period, standing on the others of its time."""
    drawn: Json = {"drawStyle": "bars", "lineWidth": 1, "fillOpacity": 70, "barAlignment": 1}
    drawn |= {"showPoints": "never", "stacking": {"mode": "normal", "group": "A"}}
    return _plot(title, targets, drawn, unit=unit, colour=colour, note=note)


def dots(
    title: str, targets: Iterable[Target], *, unit: str, colour: str = "", note: str = ""
) -> Json:
    """Points that nothing joins."""
    drawn: Json = {"drawStyle": "points", "pointSize": 5, "showPoints": "always"}
    return _plot(title, targets, drawn, unit=unit, colour=colour, note=note)


def stat(title: str, targets: Iterable[Target], *, unit: str, colour: str, last: str) -> Json:
    """The newest value, and nothing when there was none for so long (``last``, such as 300s)."""
    reduced = {"calcs": ["lastNotNull"], "fields": "", "values": False}
    options: Json = {"reduceOptions": reduced, "colorMode": "value", "graphMode": "none"}
    options["textMode"] = "value_and_name"
    panel = _plot(title, targets, {}, unit=unit, colour=colour)
    return panel | {"type": "stat", "options": options, "timeFrom": last}


def table(title: str, targets: Iterable[Target], *, note: str) -> Json:
    """Rows as the store has them."""
    return _plot(title, targets, {}, unit="1", note=note) | {
        "type": "table",
        "options": {"showHeader": True, "sortBy": [{"displayName": "Time", "desc": False}]},
        "transformations": [{"id": "merge", "options": {}}],
    }


def heading(title: str) -> Sized:
    """A line across the dashboard with the name of what follows."""
    return {"type": "row", "title": title, "collapsed": False, "panels": []}, COLUMNS, 1


def limits(panel: Json, values: Sequence[float]) -> Json:
    """The panel with lines where a limit lies."""
    steps: list[Json] = [{"color": "transparent", "value": None}]
    steps += [{"color": "red", "value": value} for value in sorted(values)]
    defaults = panel["fieldConfig"]["defaults"]
    defaults["thresholds"] = {"mode": "absolute", "steps": steps}
    defaults["custom"]["thresholdsStyle"] = {"mode": "line"}
    return panel


def paler(panel: Json, aliases: Iterable[str]) -> Json:
    """The panel with some of its series drawn as estimates are: outlined, hardly filled."""
    for alias in aliases:
        pale: list[Json] = [{"id": "custom.fillOpacity", "value": 12}]
        pale += [{"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [4, 4]}}]
        matched = {"matcher": {"id": "byName", "options": alias}, "properties": pale}
        panel["fieldConfig"]["overrides"].append(matched)
    return panel


def lines(panel: Json, aliases: Iterable[str]) -> Json:
    """The panel with some of its bars drawn as lines that stand on nothing."""
    for alias in aliases:
        drawn: Json = {"drawStyle": "line", "fillOpacity": 0, "lineWidth": 2}
        drawn |= {"stacking": {"mode": "none", "group": "A"}}
        properties = [{"id": f"custom.{key}", "value": value} for key, value in drawn.items()]
        properties += [{"id": "color", "value": {"mode": "fixed", "fixedColor": "text"}}]
        matched = {"matcher": {"id": "byName", "options": alias}, "properties": properties}
        panel["fieldConfig"]["overrides"].append(matched)
    return panel


def dashboard(
    identifier: str,
    title: str,
    panels: Iterable[Sized],
    *,
    source: str,
    zone: str,
    past: str,
    refresh: str,
) -> Json:
    """A dashboard of the last ``past`` (such as 6h) in a zone, its panels laid in rows."""
    return {
        "uid": identifier,
        "title": title,
        "tags": ["cleanline"],
        "timezone": zone,
        "schemaVersion": SCHEMA,
        "editable": True,
        "graphTooltip": 1,
        "time": {"from": f"now-{past}", "to": "now"},
        "refresh": refresh,
        "annotations": {"list": []},
        "templating": {"list": []},
        "panels": _laid(panels, source),
    }


def _laid(panels: Iterable[Sized], source: str) -> list[Json]:
    """Panels beside each other while there is room, then below."""
    laid: list[Json] = []
    x = y = row = 0
    for panel, width, height in panels:
        if x + width > COLUMNS:
            x, y, row = 0, y + row, 0
        place = {"x": x, "y": y, "w": width, "h": height}
        laid.append({"id": len(laid) + 1, **panel, "gridPos": place})
        if panel["type"] != "row":
            laid[-1]["datasource"] = {"type": "influxdb", "uid": source}
        x, row = x + width, max(row, height)
    return laid


def _plot(
    title: str,
    targets: Iterable[Target],
    drawn: Json,
    *,
    unit: str,
    colour: str = "",
    note: str = "",
) -> Json:
    """Values with their unit as it is: Grafana's own units would turn kWh into MWh."""
    typeset = "" if unit == "1" else formats.unit(unit)
    defaults: Json = {"custom": {"spanNulls": False, **drawn}, "noValue": formats.MISSING}
    defaults |= {"unit": f"suffix: {typeset}"} if typeset else {}
    fixed = {"mode": "shades", "fixedColor": COLOURS[colour]} if colour else None
    defaults["color"] = fixed or {"mode": "palette-classic"}
    return {
        "type": "timeseries",
        "title": f"{title} [{typeset}]" if typeset else title,
        "description": note,
        "targets": [_target(i, target) for i, target in enumerate(targets)],
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "none"},
        },
    }


def _target(number: int, target: Target) -> Json:
    again, letter = divmod(number, 26)
    return {
        "refId": f"{chr(65 + letter)}{again or ''}",
        "rawQuery": True,
        "query": target.query,
        "resultFormat": "table" if target.is_table else "time_series",
        "alias": target.alias,
    }
