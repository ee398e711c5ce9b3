"""What a resource used shift by shift, and what was expected of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboards import formats
from dashboards.charts import Drawing, drawable, hovering, wide_layout
from dashboards.formats import Language
from dashboards.remarks import Place, concerning, mark, with_marks
from dashboards.shift.result import Figure, Resource, Shift, Turn
from dashboards.words import say, say_or

MISSING_SIGN, OVER_SIGN = "x-thin-open", "triangle-up"


def bars(page: Shift, place: int, language: Language) -> Drawing:
    """A bar for each shift, the chosen one strong, with a line where its output was expected."""
    resource = page.resources[place]
    figures = [turn.figures[place] for turn in page.turns]
    layout = wide_layout(language)
    layout["xaxis"] |= {"type": "category", "showgrid": False, **_days(page, language)}
    layout["yaxis"] |= {"nticks": 5, "rangemode": "tozero"}
    layout |= {"bargap": 0.18, "barmode": "overlay"}
    unit = formats.unit(resource.measure.unit)
    name = resource.subject.called(language)
    marked = mark(layout, concerning(page.notes, [resource.subject.resource]), _turn_of(page))
    return Drawing(
        key=f"shifts-{resource.subject.resource}",
        name=say("chart.shifts.name", language, resource=name, unit=unit),
        sentence=with_marks(_sentence(figures, resource, language), marked, language),
        figure={
            "data": [
                _bars(page, figures, resource, language),
                _expected(page, figures),
                *_signs(page, figures),
            ],
            "layout": layout,
        },
    )


def shift_name(shift: str, language: Language) -> str:
    """What a shift is called: in the reader's language, else its id."""
    return say_or(f"shift.name.{shift}", language, shift)


def shift_label(turn: Turn, language: Language) -> str:
    """A shift with its day."""
    return f"{shift_name(turn.shift, language)}, {formats.day(turn.day, language)}"


def _turn_of(page: Shift) -> Place:
    """The shift of an instant; before the first it is the first."""

    def place(time_ms: int) -> tuple[str, float]:
        begun = sum(turn.span.start_ms <= time_ms for turn in page.turns)
        at = max(begun - 1, 0)
        return page.turns[at].key, at / len(page.turns)

    return place


def _days(page: Shift, language: Language) -> dict[str, Any]:
    """A tick at the first shift of every second day."""
    days = list(dict.fromkeys(turn.day for turn in page.turns))
    firsts = {turn.day: turn.key for turn in reversed(page.turns)}
    ticked = days[::-2][::-1]
    return {
        "tickvals": [firsts[day] for day in ticked],
        "ticktext": [formats.short_day(day, language) for day in ticked],
        "tickangle": 0,
    }


def _bars(
    page: Shift, figures: Sequence[Figure], resource: Resource, language: Language
) -> dict[str, Any]:
    return {
        "type": "bar",
        "ids": [turn.key for turn in page.turns],
        "x": [turn.key for turn in page.turns],
        "y": drawable([figure.amount for figure in figures]),
        "marker": {
            "color": f"var(--{resource.subject.colour})",
            "opacity": [1 if i == page.chosen else 0.45 for i in range(len(figures))],
            "pattern": {
                "shape": ["/" if figure.estimated else "" for figure in figures],
                "size": 6,
                "fgcolor": "var(--panel)",
            },
        },
    } | hovering(
        [
            _hover(turn, figure, resource, language)
            for turn, figure in zip(page.turns, figures, strict=True)
        ]
    )


def _hover(turn: Turn, figure: Figure, resource: Resource, language: Language) -> str:
    unit = resource.measure.unit
    lines = [
        shift_label(turn, language) + (f" ({say('shift.so_far', language)})" * turn.is_running),
        f"<b>{formats.quantity(figure.amount, unit, language)}</b>",
    ]
    if figure.expected is not None:
        wanted = formats.quantity(figure.expected, unit, language)
        lines.append(f"{say('table.expected', language)}: {wanted}")
    if figure.specific is not None:
        lines.append(formats.quantity(figure.specific, resource.specific_unit, language))
    return "<br>".join(lines)


def _expected(page: Shift, figures: Sequence[Figure]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [turn.key for turn in page.turns],
        "y": drawable([figure.expected for figure in figures]),
        "connectgaps": False,
        "hoverinfo": "skip",
        "line": {"shape": "hvh", "width": 2, "color": "var(--ink)"},
    }


def _signs(page: Shift, figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """What a bar alone does not say: not known, or beyond the alarm."""
    pairs = list(zip(page.turns, figures, strict=True))
    unknown = [turn.key for turn, figure in pairs if figure.amount is None]
    over = [(turn.key, figure.amount) for turn, figure in pairs if figure.is_abnormal]
    flat = {"type": "scatter", "mode": "markers", "hoverinfo": "skip", "cliponaxis": False}
    quiet = {"width": 1.5, "color": "var(--ink-soft)"}
    return [
        flat
        | {
            "x": unknown,
            "y": [0] * len(unknown),
            "marker": {"symbol": MISSING_SIGN, "size": 7, "line": quiet},
        },
        flat
        | {
            "x": [key for key, _ in over],
            "y": drawable([1.06 * (amount or 0) for _, amount in over]),
            "marker": {"symbol": OVER_SIGN, "size": 8, "color": "var(--alarm)"},
        },
    ]


def _sentence(figures: Sequence[Figure], resource: Resource, language: Language) -> str:
    known = [figure.amount for figure in figures if figure.amount is not None]
    if not known:
        return say("chart.shifts.empty", language)
    reach = formats.extent(known, resource.measure.unit, language)
    said = [say("chart.shifts.sentence", language, **reach)]
    judged = [figure.percent for figure in figures if figure.percent is not None]
    if judged:
        below = sum(percent < 0 for percent in judged)
        said.append(say("chart.shifts.below", language, below=below, count=len(judged)))
    if any(figure.estimated for figure in figures):
        count = sum(figure.estimated for figure in figures)
        said.append(say("chart.shifts.estimated", language, count=count))
    if len(known) < len(figures):
        said.append(say("chart.shifts.unknown", language, count=len(figures) - len(known)))
    if any(figure.is_abnormal for figure in figures):
        count = sum(figure.is_abnormal for figure in figures)
        said.append(say("chart.shifts.over", language, count=count))
    return " ".join(said)
