"""The page Load in a language."""

from __future__ import annotations

from urllib.parse import urlencode

from dashboards import formats
from dashboards.choices import resource_choice, unit_choice
from dashboards.formats import Language
from dashboards.heading import sheet_of
from dashboards.load.charts import heatmap, nights_chart
from dashboards.load.result import Base, Load
from dashboards.load.tables import hours_table, nights_table
from dashboards.remarks import remarks_grid, remarks_table
from dashboards.sheet import Block, Choice, Fact, Facts, Notice, Option, Plot, Sheet, Text
from dashboards.words import say
from dashboards.worth import rate_lines

WEEKS = (4, 6, 8)


def show(page: Load, language: Language) -> Sheet:
    """Base load in figures, the heatmap, the nights, and how they are judged."""
    return sheet_of(
        "load",
        page,
        language,
        choices=_choices(page, language),
        blocks=[*_notices(page, language), _facts(page, language), *_charts(page, language)],
        tables={
            "hours": hours_table(page, language),
            "nights": nights_table(page, language),
            "notes": remarks_table(page.notes, language),
        },
    )


def _choices(page: Load, language: Language) -> list[Choice]:
    kept = {"resource": page.resource.resource, "weeks": str(page.weeks)}
    unit = {} if page.unit == "own" else {"unit": page.unit}
    weeks = [
        Option(
            label=say("load.weeks", language, count=count),
            query=urlencode({"resource": page.resource.resource, "weeks": count, **unit}),
            current=count == page.weeks,
        )
        for count in WEEKS
    ]
    return [
        resource_choice(
            page.resources, page.resource, language, unit=page.unit, weeks=str(page.weeks)
        ),
        Choice(label=say("choice.weeks", language), options=weeks),
        *unit_choice(page.resource.worths, page.unit, language, **kept),
    ]


def _notices(page: Load, language: Language) -> list[Notice]:
    found = []
    if not page.is_metered:
        found.append(Notice(text=say("load.unmetered", language), state="quiet"))
    over = sum(night.is_over for night in page.nights[-7:])
    if over and page.limit is not None:
        limit = formats.quantity(page.limit, page.rate_unit, language)
        found.append(Notice(text=say("load.over", language, count=over, limit=limit)))
    if page.has_risen:
        found.append(Notice(text=say("load.risen", language)))
    return found


def _facts(page: Load, language: Language) -> Facts:
    facts = [
        _night(page, language),
        _base("idle", page.idle, page, language),
        _base("idle_days", page.idle_days, page, language),
        Fact(
            label=say("load.mean", language),
            value=_rate(page.mean, page, language),
            note=say("load.mean.note", language),
        ),
        _limit(page, language),
    ]
    return Facts(facts=facts, colour=page.resource.colour)


def _night(page: Load, language: Language) -> Fact:
    rate, before = page.night.rate, page.night_before.rate
    notes = []
    if before is not None:
        notes.append(
            say(
                "load.before",
                language,
                value=formats.quantity(before, page.rate_unit, language),
                count=page.night_before.count,
            )
        )
    if rate is not None and page.mean:
        share = formats.percent(100 * rate / page.mean, language)
        notes.append(say("load.share", language, percent=share))
    return Fact(
        label=say("load.night", language, count=page.night.count),
        value=_rate(rate, page, language),
        note=" · ".join(notes),
        state="bad" if page.has_risen else "normal",
    )


def _base(which: str, base: Base, page: Load, language: Language) -> Fact:
    is_over = page.limit is not None and base.rate is not None and base.rate > page.limit
    if not page.knows_idle:
        note = say("load.idle.unknown", language)
    else:
        note = say(f"load.{which}.{'note' if base.count else 'none'}", language, count=base.count)
    return Fact(
        label=say(f"load.{which}", language),
        value=_rate(base.rate, page, language),
        note=note,
        state="bad" if is_over else "normal",
    )


def _rate(rate: float | None, page: Load, language: Language) -> str:
    """A rate with its unit; a bare dash where there is none."""
    return formats.MISSING if rate is None else formats.quantity(rate, page.rate_unit, language)


def _limit(page: Load, language: Language) -> Fact:
    if page.limit is None:
        text = say("load.limit.none", language, resource=page.resource.resource)
        return Fact(label=say("load.limit", language), value=formats.MISSING, note=text)
    over = sum(night.is_over for night in page.nights)
    return Fact(
        label=say("load.limit", language),
        value=formats.quantity(page.limit, page.rate_unit, language),
        note=say("load.limit.over", language, count=over),
        state="bad" if over else "normal",
    )


def _charts(page: Load, language: Language) -> list[Block]:
    unit = formats.unit(page.rate_unit)
    rules = [say(f"load.rule.{number}", language) for number in (1, 2, 3, 4, 5)]
    rules += rate_lines([(page.resource.called(language), page.measure)], language)
    return [
        Plot(
            title=say("load.heat", language, unit=unit),
            chart=heatmap(page, language),
            table="hours",
            height="tall",
        ),
        Plot(
            title=say("load.nights", language, unit=unit),
            chart=nights_chart(page, language),
            table="nights",
            width="two-thirds",
        ),
        Text(title=say("shift.how", language), lines=rules, width="third"),
        *remarks_grid(page.notes, language),
    ]
