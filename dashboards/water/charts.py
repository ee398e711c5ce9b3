"""The balance by day, the uses of the intake, and the treatment's flow against its permit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from dashboards import formats
from dashboards.charts import Drawing, drawable, hovers, limit_line, wide_layout
from dashboards.formats import Language
from dashboards.remarks import Place, concerning, day_of, mark, with_marks
from dashboards.water.names import flow_name, use_name
from dashboards.water.result import Flow, Water
from dashboards.words import say
from plant.water import DISCHARGE, INTAKE

COLOURS = {
    "intake": "blue",
    "discharge": "purple",
    "evaporated": "amber",
    "estimate-out": "rose",
    "estimate-in": "green",
}
SHADES = (1.0, 0.7, 0.5, 0.35)
HATCH = {"shape": "/", "size": 5, "fillmode": "overlay", "fgopacity": 1}
DOTS = {"shape": ".", "size": 5, "fillmode": "overlay", "fgopacity": 1}


def balance_chart(page: Water, language: Language) -> Drawing:
    """What left, stacked, against the line of what came in; in money, what each water cost."""
    layout = _with_legend(_by_day(page, language))
    out = [flow for flow in page.flows if flow.side == "out" or not page.is_balanced]
    data = [_bar(page, flow, language) for flow in out]
    if page.is_balanced:
        data.append(_unexplained(page, language))
    data = stacked(data)
    if page.is_balanced:
        data.append(_into(page, language))
    key = "balance" if page.is_balanced else "flows"
    unit = formats.unit(page.shown_unit)
    marked = mark(layout, page.notes, _day_of(page))
    return Drawing(
        key="balance",
        name=say(f"chart.{key}.name", language, unit=unit),
        sentence=with_marks(_sentence(page, language), marked, language),
        figure={"data": data, "layout": layout},
    )


def _day_of(page: Water) -> Place:
    return day_of([day.isoformat() for day in page.days], ZoneInfo(page.plant.timezone))


def _days(page: Water, language: Language) -> list[str]:
    return [formats.day(day, language) for day in page.days]


def _by_day(page: Water, language: Language) -> dict[str, Any]:
    layout = wide_layout(language)
    ticked = page.days[::-7][::-1]
    layout["xaxis"] |= {
        "type": "category",
        "showgrid": False,
        "tickvals": [day.isoformat() for day in ticked],
        "ticktext": [formats.short_day(day, language) for day in ticked],
        "tickangle": 0,
    }
    layout["yaxis"] |= {"nticks": 5, "rangemode": "tozero"}
    layout |= {"bargap": 0.2, "barmode": "overlay"}
    return layout


def stacked(bars: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Bars each on top of those before, one that is below zero from zero down.

    Where each begins is said outright, so that whatever draws them draws the same.
    """
    height = [0.0] * len(bars[0]["y"]) if bars else []
    found = []
    for bar in bars:
        values = [value or 0.0 for value in bar["y"]]
        base = [at if value > 0 else 0.0 for at, value in zip(height, values, strict=True)]
        height = [at + max(value, 0.0) for at, value in zip(height, values, strict=True)]
        found.append(bar | {"base": drawable(base)})
    return found


def _with_legend(layout: dict[str, Any]) -> dict[str, Any]:
    """What the parts of a stack are called stands above them."""
    return layout | {"showlegend": True}


def _bar(page: Water, flow: Flow, language: Language) -> dict[str, Any]:
    """A metered flow is full, an estimated one is hatched; so is a day that rests on estimates."""
    colour = f"var(--{COLOURS[flow.part]})"
    order = [one.key for one in page.flows if one.part == flow.part].index(flow.key)
    hatched = [not flow.is_metered or is_estimate for is_estimate in flow.estimated]
    return {
        "type": "bar",
        "name": flow_name(flow, language),
        "x": [day.isoformat() for day in page.days],
        "y": drawable(flow.days),
        "marker": {
            "color": colour if flow.is_metered else "var(--panel)",
            "opacity": SHADES[min(order, len(SHADES) - 1)],
            "line": {"color": colour, "width": 1},
            "pattern": HATCH
            | {
                "shape": ["/" if one else "" for one in hatched],
                "fgcolor": "var(--panel)" if flow.is_metered else colour,
            },
        },
        **_hover(page, flow_name(flow, language), flow.days, language),
    }


def _hover(
    page: Water, name: str, values: Sequence[float | None], language: Language
) -> dict[str, Any]:
    heads = [f"{day}<br>{name}" for day in _days(page, language)]
    return hovers(heads, values, unit=page.shown_unit, language=language)


def _unexplained(page: Water, language: Language) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": say("water.unexplained", language),
        "x": [day.isoformat() for day in page.days],
        "y": drawable(page.unexplained),
        "marker": {
            "color": "var(--panel)",
            "line": {"color": "var(--ink-soft)", "width": 1},
            "pattern": DOTS | {"fgcolor": "var(--ink-soft)"},
        },
        **_hover(page, say("water.unexplained", language), page.unexplained, language),
    }


def _into(page: Water, language: Language) -> dict[str, Any]:
    """All that came in: broken where any of it is unknown."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": say("water.into", language),
        "x": [day.isoformat() for day in page.days],
        "y": drawable(page.came),
        "connectgaps": False,
        "line": {"shape": "hvh", "color": "var(--blue)", "width": 2.5},
        **_hover(page, say("water.into", language), page.came, language),
    }


def _sentence(page: Water, language: Language) -> str:
    if not any(flow.total is not None for flow in page.flows):
        return say("chart.balance.empty", language)
    if page.unexplained_percent is None:
        told = [
            say(
                "chart.flows.sentence",
                language,
                flow=flow_name(flow, language),
                amount=formats.quantity(flow.total, page.shown_unit, language),
            )
            for flow in page.flows
            if flow.total is not None
        ]
        return " ".join([*told, *_unknown([flow.days for flow in page.flows], language)])
    said = say(
        "chart.balance.sentence",
        language,
        days=page.balanced_days,
        amount=formats.quantity(page.unexplained_total, page.shown_unit, language),
        percent=formats.percent(page.unexplained_percent, language),
    )
    unknown = len(page.days) - page.balanced_days
    return f"{said} {say('chart.days.unknown', language, count=unknown)}" if unknown else said


def _unknown(parts: Sequence[Sequence[float | None]], language: Language) -> list[str]:
    """Of how many days one of the parts is not known, where there are such: no sum has them."""
    count = sum(None in of_day for of_day in zip(*parts, strict=True))
    return [say("chart.days.unknown", language, count=count)] if count else []


def uses_chart(page: Water, language: Language) -> Drawing:
    """The parts of the intake that sub-meters count, and the rest between them."""
    data = [
        {
            "type": "bar",
            "name": use_name(use, language),
            "x": [day.isoformat() for day in page.days],
            "y": drawable(use.days),
            "marker": {
                "color": "var(--blue)" if use.key else "var(--panel)",
                "opacity": SHADES[min(number, len(SHADES) - 1)] if use.key else 1,
                "line": {"color": "var(--blue)", "width": 1},
                "pattern": {} if use.key else DOTS | {"fgcolor": "var(--blue)"},
            },
            **_hover(page, use_name(use, language), use.days, language),
        }
        for number, use in enumerate(page.uses)
    ]
    said = [
        say(
            "chart.flows.sentence",
            language,
            flow=use_name(use, language),
            amount=formats.quantity(use.total, page.shown_unit, language),
        )
        for use in page.uses
    ]
    said += _unknown([use.days for use in page.uses], language)
    layout = _with_legend(_by_day(page, language))
    marked = mark(layout, concerning(page.notes, [INTAKE]), _day_of(page))
    return Drawing(
        key="uses",
        name=say("chart.uses.name", language, unit=formats.unit(page.shown_unit)),
        sentence=with_marks(" ".join(said), marked, language),
        figure={"data": stacked(data), "layout": layout},
    )


def treatment_chart(page: Water, language: Language) -> Drawing:
    """Each day's volume of wastewater with the line of each permit."""
    layout = _by_day(page, language)
    layout["shapes"] = [limit_line(volume.limit) for volume in page.volumes]
    marked = mark(layout, concerning(page.notes, [DISCHARGE]), _day_of(page))
    unit = f"{formats.unit(page.water_unit)}/{say('water.day', language)}"
    limit = min((volume.limit for volume in page.volumes), default=None)
    over = [limit is not None and value is not None and value > limit for value in page.discharge]
    bars = {
        "type": "bar",
        "x": [day.isoformat() for day in page.days],
        "y": drawable(page.discharge),
        "marker": {
            "color": "var(--purple)",
            "pattern": HATCH
            | {
                "shape": ["/" if one else "" for one in page.discharge_estimated],
                "fgcolor": "var(--panel)",
            },
        },
        **hovers(_days(page, language), page.discharge, unit=unit, language=language),
    }
    return Drawing(
        key="treatment",
        name=say("chart.treatment.name", language, unit=unit),
        sentence=with_marks(_treatment_sentence(page, over, limit, language), marked, language),
        figure={"data": [bars, _over(page, over)], "layout": layout},
    )


def _over(page: Water, over: list[bool]) -> dict[str, Any]:
    """A sign above each day beyond the permit."""
    places = [i for i, one in enumerate(over) if one]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [page.days[i].isoformat() for i in places],
        "y": drawable([1.05 * (page.discharge[i] or 0) for i in places]),
        "hoverinfo": "skip",
        "cliponaxis": False,
        "marker": {"symbol": "triangle-up", "size": 9, "color": "var(--alarm)"},
    }


def _treatment_sentence(
    page: Water, over: list[bool], limit: float | None, language: Language
) -> str:
    known = [value for value in page.discharge if value is not None]
    if not known:
        return say("chart.balance.empty", language)
    said = say(
        "chart.treatment.sentence",
        language,
        high=formats.number(max(known), language),
        unit=formats.unit(page.water_unit),
    )
    unknown = _unknown([page.discharge], language)
    if limit is None:
        return " ".join([said, say("water.no_permit", language), *unknown])
    told = say(
        "chart.treatment.limit",
        language,
        limit=formats.quantity(limit, page.water_unit, language),
        count=sum(over),
        percent=formats.percent(100 * max(known) / limit, language),
    )
    return " ".join([said, told, *unknown])
