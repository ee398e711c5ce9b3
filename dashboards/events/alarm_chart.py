"""Alarms through time, a row for each kind, with the notes as numbered marks."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from dashboards.charts import (
    Drawing,
    Sign,
    day_ticks,
    hovering,
    local_texts,
    put_signs,
    wide_layout,
)
from dashboards.events.result import AlarmShown, Events
from dashboards.events.words import about_name, alarm_times
from dashboards.formats import Language
from dashboards.words import say

LEAST_SHARE = 0.004  # of the interval: a short alarm is drawn so long, or it would not be seen


def alarm_chart(page: Events, language: Language) -> Drawing:
    """One line an alarm; those that are open have the alarm's colour and reach to now."""
    zone = ZoneInfo(page.plant.timezone)
    kinds = list(dict.fromkeys(alarm.kind for alarm in page.alarms))
    names = [say(f"alarm.kind.{kind}", language) for kind in kinds]
    layout = wide_layout(language)
    layout["margin"] |= {"l": 8, "r": 8, "t": 22}
    start, end = local_texts([page.span.start_ms, page.span.end_ms], zone)
    layout["xaxis"] |= {"type": "date", "range": [start, end], "nticks": 9}
    layout["xaxis"]["tickformat"] = day_ticks(language)
    layout["yaxis"] |= {
        "type": "category",
        "side": "left",
        "automargin": True,
        "categoryarray": names,
        "range": [-0.6, max(len(names), 1) - 0.4],
    }
    put_signs(layout, note_signs(page))
    return Drawing(
        key="alarms",
        name=say("chart.alarms.name", language),
        sentence=_sentence(page, language),
        figure={
            "data": [_line(alarm, page, language, zone=zone) for alarm in reversed(page.alarms)],
            "layout": layout,
        },
    )


def note_signs(page: Events) -> list[Sign]:
    """Where each standing note begins, with its number."""
    zone, (start_ms, end_ms) = ZoneInfo(page.plant.timezone), (page.span.start_ms, page.span.end_ms)
    standing = [(i, note) for i, note in enumerate(page.notes, 1) if note.withdrawn is None]
    places = [(i, max(note.start_ms, start_ms)) for i, note in standing]
    return [
        Sign(local_texts([at], zone)[0], (at - start_ms) / max(end_ms - start_ms, 1), str(i))
        for i, at in places
    ]


def _line(alarm: AlarmShown, page: Events, language: Language, *, zone: ZoneInfo) -> dict[str, Any]:
    least_ms = round(LEAST_SHARE * (page.span.end_ms - page.span.start_ms))
    end_ms = page.span.end_ms if alarm.closed_ms is None else alarm.closed_ms
    start_ms = max(alarm.since_ms, page.span.start_ms)
    ends = [min(start_ms, end_ms - least_ms), end_ms]
    name = say(f"alarm.kind.{alarm.kind}", language)
    is_open = alarm.closed_ms is None
    told = f"{about_name(alarm.about, language)}<br>{alarm_times(alarm, language, zone=zone)}"
    return {
        "type": "scatter",
        "mode": "lines",
        "x": local_texts(ends, zone),
        "y": [name, name],
        "line": {"color": "var(--alarm)" if is_open else "var(--slate)", "width": 12},
        **hovering([told, told]),
    }


def _sentence(page: Events, language: Language) -> str:
    still = sum(alarm.closed_ms is None for alarm in page.alarms)
    told = say("chart.alarms.sentence", language, count=len(page.alarms), still=still)
    if not page.alarms:
        told = say("chart.alarms.none", language)
    return f"{told} {say('chart.alarms.notes', language)}" if page.notes else told
