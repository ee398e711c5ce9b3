"""The chart of consumption per unit of product by month, with the baseline year."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboards import formats
from dashboards.charts import Chart, drawable, fits_chart, hovering, plain_layout, resource_name
from dashboards.formats import Language
from dashboards.now import History, Month, Note, Tile
from dashboards.remarks import Place, mark, with_marks
from dashboards.tables import Column, Table, column
from dashboards.words import say

MOST_TICKS = 6  # more would not stand beside each other in a tile
STEPS = (1, 3, 6)  # months from one tick to the next; else a year
LEAST_SPREAD = 0.25  # of the mean: a smaller spread is not blown up to fill the chart


def months(tile: Tile, language: Language, *, notes: Sequence[Note] = ()) -> Chart:
    """Consumption per unit of product by month, the baseline year shaded and its figure drawn."""
    history = tile.history
    unit = formats.unit(history.unit or "")
    name = resource_name(tile, language)
    labels = [formats.month(month.first, language) for month in history.months]
    every = next((step for step in STEPS if step * MOST_TICKS >= len(labels)), 12)
    layout = plain_layout(language, bottom=20)
    layout["xaxis"] |= {
        "range": [-0.5, len(labels) - 0.5],
        "tickvals": list(range(len(labels)))[-1::-every][::-1],
        "ticktext": labels[-1::-every][::-1],
        "tickangle": 0,
    }
    layout["yaxis"] |= {"range": _spread(history), "nticks": 4}
    layout["shapes"] = _baseline_band(history)
    marked = mark(layout, notes, _place_in(history))
    return Chart(
        key=f"months-{tile.resource}",
        name=say("chart.months.name", language, resource=name, unit=unit),
        sentence=with_marks(_months_sentence(history, language), marked, language),
        figure={"data": _month_lines(tile, labels, language), "layout": layout},
        table=_months_table(tile, labels, marked, language=language),
    )


def _place_in(history: History) -> Place:
    """Where an instant lies among the months: at their ends where it is beyond."""
    shown = history.months

    def place(time_ms: int) -> tuple[float, float] | None:
        if not shown:
            return None
        number = _month_of(history, time_ms)
        span = shown[number].span
        part = (time_ms - span.start_ms) / max(span.end_ms - span.start_ms, 1)
        at = number + min(max(part, 0.0), 1.0)
        return at - 0.5, at / len(shown)

    return place


def _month_of(history: History, time_ms: int) -> int:
    """The number of the month in which an instant lies, or that is nearest to it."""
    begun = sum(month.span.start_ms <= time_ms for month in history.months)
    return max(begun - 1, 0)


def _month_lines(tile: Tile, labels: list[str], language: Language) -> list[dict[str, Any]]:
    history = tile.history
    points = [
        f"{label}  <b>{formats.quantity(month.specific, history.unit or '', language)}</b>"
        + ("" if month.is_whole else f"  {say('months.unfinished', language)}")
        for label, month in zip(labels, history.months, strict=True)
    ]
    solid = {"color": f"var(--{tile.colour})", "width": 2}
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(range(len(labels))),
        "y": drawable([month.specific for month in history.months]),
        "connectgaps": False,
        "line": solid,
        "marker": {
            "size": 6,
            "symbol": ["circle" if m.is_whole else "circle-open" for m in history.months],
            "color": f"var(--{tile.colour})",
            "line": {"width": 2, "color": f"var(--{tile.colour})"},
        },
        **hovering(points),
    }
    return [*_baseline_lines(history), line]


def _baseline_lines(history: History) -> list[dict[str, Any]]:
    """The baseline year's figure: drawn through it, and dotted beyond it as a mark for the eye."""
    inside = [i for i, month in enumerate(history.months) if month.is_baseline]
    if history.baseline_specific is None or not inside:
        return []
    flat = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
    ends = ((inside[0] - 0.5, inside[-1] + 0.5, "dash"), (inside[-1] + 0.5, None, "dot"))
    last = len(history.months) - 0.5
    return [
        flat
        | {
            "x": [start, last if end is None else end],
            "y": [history.baseline_specific] * 2,
            "line": {"color": "var(--ink-soft)", "width": 1.25, "dash": dash},
        }
        for start, end, dash in ends
    ]


def _baseline_band(history: History) -> list[dict[str, Any]]:
    inside = [i for i, month in enumerate(history.months) if month.is_baseline]
    if not inside:
        return []
    return [
        {
            "type": "rect",
            "layer": "below",
            "xref": "x",
            "yref": "paper",
            "x0": inside[0] - 0.5,
            "x1": inside[-1] + 0.5,
            "y0": 0,
            "y1": 1,
            "fillcolor": "var(--band)",
            "line": {"width": 0},
        }
    ]


def _spread(history: History) -> list[float] | None:
    """The range of the axis: never so narrow that noise looks like news."""
    shown = [*(month.specific for month in history.months), history.baseline_specific]
    values = [value for value in shown if fits_chart(value)]
    if not values:
        return None
    low, high = min(values), max(values)
    middle = (low + high) / 2
    half = 0.6 * max(high - low, LEAST_SPREAD * abs(middle), 1e-9)
    return [max(0.0, middle - half) if low >= 0 else middle - half, middle + half]


def _months_sentence(history: History, language: Language) -> str:
    known = [month for month in history.months if month.specific is not None and month.is_whole]
    if not known:
        return say("chart.months.empty", language)
    least = min(known, key=lambda month: month.specific or 0.0)
    most = max(known, key=lambda month: month.specific or 0.0)
    said = say(
        "chart.months.sentence",
        language,
        low=formats.number(least.specific, language),
        low_month=formats.month(least.first, language),
        high=formats.number(most.specific, language),
        high_month=formats.month(most.first, language),
        unit=formats.unit(history.unit or ""),
    )
    if history.baseline_specific is None:
        return said
    mean = formats.number(history.baseline_specific, language)
    return f"{said} {say('chart.months.baseline', language, mean=mean)}"


def _months_table(
    tile: Tile, labels: list[str], notes: Sequence[Note], *, language: Language
) -> Table:
    today, history = tile.today, tile.history
    notes_of = [_states(month, language) for month in history.months]
    for note in notes:
        said = f"{note.number}: {note.text} ({note.author})"
        notes_of[_month_of(history, note.start_ms)].append(said)
    return Table(
        columns=[
            Column(label=say("table.month", language)),
            column(resource_name(tile, language), today.unit),
            column(say("table.output", language), today.output_unit or ""),
            column(say("table.specific", language), history.unit or ""),
            Column(label=say("table.note", language)),
        ],
        rows=[
            [label, month.amount, month.output, month.specific, ", ".join(said)]
            for label, month, said in zip(labels, history.months, notes_of, strict=True)
        ],
    )


def _states(month: Month, language: Language) -> list[str]:
    """How a month is known."""
    states = (
        ("months.baseline", month.is_baseline),
        ("months.unfinished", not month.is_whole),
        ("quality.estimated", month.estimated),
    )
    return [say(key, language) for key, holds in states if holds]
