"""The page Shift in a language."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dashboards import formats
from dashboards.choices import page_address, unit_choice
from dashboards.formats import Language
from dashboards.heading import sheet_of
from dashboards.remarks import remarks_grid, remarks_table
from dashboards.sheet import Block, Choice, Fact, Facts, Grid, Notice, Option, Plot, Sheet, Text
from dashboards.shift.chart import bars, shift_label, shift_name
from dashboards.shift.result import Figure, Resource, Shift, Turn
from dashboards.shift.tables import day_table, shifts_table
from dashboards.words import say
from dashboards.worth import rate_lines


def show(page: Shift, language: Language) -> Sheet:
    """The chosen shift in figures, a chart for each resource, the shifts of its day."""
    charts = range(len(page.resources))
    return sheet_of(
        "shift",
        page,
        language,
        choices=_choices(page, language),
        blocks=[*_notices(page, language), _facts(page, language), *_below(page, language)],
        tables={
            "day": day_table(page, language),
            **{_table(page.resources[i]): shifts_table(page, i, language) for i in charts},
            "notes": remarks_table(page.notes, language),
        },
    )


def _table(resource: Resource) -> str:
    return f"shifts-{resource.subject.resource}"


def _choices(page: Shift, language: Language) -> list[Choice]:
    turn = page.turns[page.chosen]
    before = page.turns[page.chosen - 1] if page.chosen else None
    day_before = (turn.day - timedelta(days=1), turn.shift)
    by_shift = [
        _option("←", (before.day, before.shift) if before else None, page, language),
        Option(
            label=shift_label(turn, language),
            query=_query(page, (turn.day, turn.shift)),
            current=True,
        ),
        _option("→", page.following, page, language),
    ]
    by_day = [
        _option("⇤", day_before, page, language),
        _option("⇥", page.following_day, page, language),
        Option(label=say("shift.newest", language), query=_query(page, None)),
    ]
    kept = {"day": turn.day.isoformat(), "shift": turn.shift}
    worths = {kind for resource in page.resources for kind in resource.subject.worths}
    return [
        _choice("choice.shift", by_shift if page.has_shifts else by_shift[1:2], language),
        _choice("choice.day", by_day, language),
        *unit_choice(worths, page.unit, language, **kept),
    ]


def _choice(key: str, options: list[Option | None], language: Language) -> Choice:
    found = [option for option in options if option is not None]
    return Choice(label=say(key, language), options=found)


def _option(
    sign: str, to: tuple[date, str] | None, page: Shift, language: Language
) -> Option | None:
    if to is None:
        return None
    name = f"{shift_name(to[1], language)}, {formats.day(to[0], language)}"
    label = f"{name} {sign}" if sign in "→⇥" else f"{sign} {name}"
    return Option(label=label, query=_query(page, to))


def _query(page: Shift, to: tuple[date, str] | None) -> str:
    asked = {"day": to[0].isoformat(), "shift": to[1]} if to else {}
    return urlencode(asked | ({"unit": page.unit} if page.unit != "own" else {}))


def _notices(page: Shift, language: Language) -> list[Notice]:
    """Why something is not expected, or not told by shift."""
    found = []
    if not page.has_shifts:
        found.append(Notice(text=say("shift.none", language), state="quiet"))
    if not page.resources:
        found.append(Notice(text=say("shift.unmetered", language), state="quiet"))
    for resource in page.resources:
        if resource.plan.state in ("open", "changed"):
            text = say(f"performance.{resource.plan.state}", language, plan=resource.plan_name)
            found.append(Notice(text=text))
        elif resource.why_not is not None:
            found.append(Notice(text=resource.why_not[language]))
    return found


def _facts(page: Shift, language: Language) -> Facts:
    turn = page.turns[page.chosen]
    zone = ZoneInfo(page.plant.timezone)
    over = formats.span(turn.span.start_ms, turn.until_ms, language, zone=zone)
    title = f"{shift_label(turn, language)} · {over.rpartition(' · ')[0]}"
    if turn.is_running:
        title += f" · {say('shift.so_far', language)}"
    facts = [
        _fact(resource, figure, language, plant=page.plant.plant)
        for resource, figure in zip(page.resources, turn.figures, strict=True)
    ]
    if turn.total is not None:
        unit = page.resources[0].measure.unit
        facts.insert(0, _total(turn.total, unit, language))
    return Facts(title=title, facts=[*_outputs(page, turn, language), *facts])


def _outputs(page: Shift, turn: Turn, language: Language) -> list[Fact]:
    """What was made, each product once."""
    made = {
        resource.product: (resource, figure)
        for resource, figure in zip(page.resources, turn.figures, strict=True)
        if resource.product is not None
    }
    return [
        Fact(
            label=f"{say('table.output', language)}: {resource.product_name}",
            value=formats.quantity(figure.output, resource.product_unit or "", language),
        )
        for resource, figure in made.values()
    ]


def _fact(resource: Resource, figure: Figure, language: Language, *, plant: str) -> Fact:
    unit = resource.measure.unit
    amount = formats.quantity(figure.amount, unit, language)
    has_specific = figure.specific is not None
    value = formats.quantity(figure.specific, resource.specific_unit, language)
    notes = [amount] if has_specific else []
    if figure.percent is not None:
        notes.append(_against(figure, resource, language))
    elif figure.amount is None:
        notes.append(say("shift.unknown", language))
    if figure.estimated:
        notes.append(say("quality.estimated", language))
    return Fact(
        label=resource.subject.called(language),
        value=value if has_specific else amount,
        note=" · ".join(notes),
        state="bad" if figure.is_abnormal else "normal",
        href=page_address(plant, "performance", resource=resource.subject.resource),
    )


def _against(figure: Figure, resource: Resource, language: Language) -> str:
    percent = figure.percent or 0.0
    return say(
        "shift.less" if percent < 0 else "shift.more",
        language,
        percent=formats.percent(abs(percent), language),
        expected=formats.quantity(figure.expected, resource.measure.unit, language),
    )


def _total(total: Figure, unit: str, language: Language) -> Fact:
    note = ""
    if total.percent is not None:
        note = say(
            "shift.less" if total.percent < 0 else "shift.more",
            language,
            percent=formats.percent(abs(total.percent), language),
            expected=formats.quantity(total.expected, unit, language),
        )
    return Fact(
        label=say("shift.total", language),
        value=formats.quantity(total.amount, unit, language),
        note=note,
    )


def _below(page: Shift, language: Language) -> list[Block]:
    blocks: list[Block] = [
        Plot(
            title=f"{resource.subject.called(language)}, {formats.unit(resource.measure.unit)}",
            chart=bars(page, place, language),
            table=_table(resource),
            width="half",
        )
        for place, resource in enumerate(page.resources)
    ]
    blocks.append(Grid(title=say("shift.day", language), table="day"))
    blocks += remarks_grid(page.notes, language)
    lines = [say("shift.rule", language), say("shift.signs", language)]
    lines += rate_lines(
        [(one.subject.called(language), one.measure) for one in page.resources], language
    )
    blocks.append(Text(title=say("shift.how", language), lines=lines))
    return blocks
