"""The hours of some weeks as colours, and the lowest hour of each night as a line."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from dashboards import formats
from dashboards.charts import Drawing, drawable, hovering, hovers, limit_line, wide_layout
from dashboards.formats import Language
from dashboards.load.result import Load
from dashboards.remarks import Place, day_of, mark, with_marks
from dashboards.words import say


def heatmap(page: Load, language: Language) -> Drawing:
    """Hour by day; an hour that is not known has no colour, an estimated one is struck through."""
    layout = wide_layout(language)
    layout["hovermode"] = "closest"
    layout["margin"] |= {"l": 38, "r": 8}
    layout["xaxis"] |= {"type": "category", "showgrid": False, **_days(page, language)}
    layout["yaxis"] |= {
        "side": "left",
        "showgrid": False,
        "autorange": "reversed",
        "tickvals": [0, 6, 12, 18, 23],
        "ticktext": [f"{hour:02}:00" for hour in (0, 6, 12, 18, 23)],
    }
    unit = formats.unit(page.rate_unit)
    name = say("chart.heat.name", language, resource=page.resource.called(language), unit=unit)
    marked = mark(layout, page.notes, _day_of(page))
    return Drawing(
        key="heat",
        name=name,
        sentence=with_marks(_heat_sentence(page, language), marked, language),
        figure={"data": [_cells(page, unit, language), _strokes(page)], "layout": layout},
    )


def _day_of(page: Load) -> Place:
    return day_of([day.isoformat() for day in page.days], ZoneInfo(page.plant.timezone))


def _days(page: Load, language: Language) -> dict[str, Any]:
    ticked = page.days[::-7][::-1]
    return {
        "tickvals": [day.isoformat() for day in ticked],
        "ticktext": [formats.short_day(day, language) for day in ticked],
        "tickangle": 0,
    }


def _cells(page: Load, unit: str, language: Language) -> dict[str, Any]:
    colour = page.resource.colour
    return {
        "type": "heatmap",
        "x": [day.isoformat() for day in page.days],
        "y": list(range(24)),
        "z": [drawable(row) for row in page.rates],
        "zmin": 0,
        "zmax": max([rate for row in page.rates for rate in row if rate is not None], default=1),
        "xgap": 1,
        "ygap": 1,
        "hoverongaps": False,
        "colorscale": [
            [0, "var(--heat-low)"],
            [0.75, f"var(--{colour})"],
            [1, "var(--ink)"],
        ],
        "colorbar": {
            "thickness": 10,
            "outlinewidth": 0,
            "ticks": "",
            "nticks": 5,
            "exponentformat": "none",
            "separatethousands": True,
            "tickfont": {"size": 11, "color": "var(--ink-soft)"},
        },
        **hovering(
            [
                [
                    f"{formats.day(day, language)} {hour:02}:00"
                    f"<br><b>{formats.quantity(rate, unit, language)}</b>"
                    for day, rate in zip(page.days, page.rates[hour], strict=True)
                ]
                for hour in range(24)
            ]
        ),
    }


def _strokes(page: Load) -> dict[str, Any]:
    """A stroke over each hour that rests on an estimate."""
    places = [
        (page.days[number].isoformat(), hour)
        for hour, row in enumerate(page.estimated)
        for number, is_estimate in enumerate(row)
        if is_estimate
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [day for day, _ in places],
        "y": [hour for _, hour in places],
        "hoverinfo": "skip",
        "marker": {
            "symbol": "line-ne",
            "size": 8,
            "line": {"width": 1.25, "color": "var(--ink)"},
        },
    }


def _heat_sentence(page: Load, language: Language) -> str:
    known = [rate for row in page.rates for rate in row if rate is not None]
    if not known:
        return say("chart.heat.empty", language)
    mean = formats.number(page.mean, language)
    reach = formats.extent(known, page.rate_unit, language)
    said = [say("chart.heat.sentence", language, mean=mean, **reach)]
    if page.unknown_hours:
        said.append(say("chart.heat.unknown", language, count=page.unknown_hours))
    estimates = sum(map(sum, page.estimated))
    if estimates:
        said.append(say("chart.heat.estimated", language, count=estimates))
    return " ".join(said)


def nights_chart(page: Load, language: Language) -> Drawing:
    """The lowest hour of each night: full where nothing was made in it, with the plant's limit."""
    unit = formats.unit(page.rate_unit)
    layout = wide_layout(language)
    layout["xaxis"] |= {"type": "category", "showgrid": False, **_days(page, language)}
    layout["yaxis"] |= {"nticks": 5, "rangemode": "tozero"}
    if page.limit is not None:
        layout["shapes"] = [limit_line(page.limit)]
    name = say("chart.nights.name", language, resource=page.resource.called(language), unit=unit)
    marked = mark(layout, page.notes, _day_of(page))
    return Drawing(
        key="nights",
        name=name,
        sentence=with_marks(_nights_sentence(page, language), marked, language),
        figure={"data": [_lowest(page, language)], "layout": layout},
    )


def _lowest(page: Load, language: Language) -> dict[str, Any]:
    colour = f"var(--{page.resource.colour})"
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": [night.day.isoformat() for night in page.nights],
        "y": drawable([night.lowest for night in page.nights]),
        "connectgaps": False,
        "line": {"color": colour, "width": 1},
        "marker": {
            "size": [10 if night.is_over else 7 for night in page.nights],
            "symbol": [
                "triangle-up" if night.is_over else "circle" if night.is_idle else "circle-open"
                for night in page.nights
            ],
            "color": ["var(--alarm)" if night.is_over else colour for night in page.nights],
        },
        **hovers(
            [f"{formats.day(one.day, language)} {one.hour or 0:02}:00" for one in page.nights],
            [night.lowest for night in page.nights],
            unit=page.rate_unit,
            language=language,
        ),
    }


def _nights_sentence(page: Load, language: Language) -> str:
    known = [night.lowest for night in page.nights if night.lowest is not None]
    if not known:
        return say("chart.nights.empty", language)
    reach = formats.extent(known, page.rate_unit, language)
    said = [say("chart.nights.sentence", language, **reach)]
    if page.knows_idle:
        idle = sum(night.is_idle for night in page.nights)
        said.append(say("chart.nights.idle", language, count=idle))
    if page.limit is not None:
        over = sum(night.is_over for night in page.nights)
        said.append(say("chart.nights.over", language, count=over))
    if len(known) < len(page.nights):
        unknown = len(page.nights) - len(known)
        said.append(say("chart.nights.unknown", language, count=unknown))
    return " ".join(said)
