"""The page Water in a language."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from dashboards import formats
from dashboards.choices import days_choice, unit_choice
from dashboards.formats import Language
from dashboards.heading import sheet_of
from dashboards.remarks import remarks_grid, remarks_table
from dashboards.sheet import Block, Choice, Fact, Facts, Grid, Notice, Plot, Sheet, Text
from dashboards.tables import Table
from dashboards.water.charts import balance_chart, treatment_chart, uses_chart
from dashboards.water.names import flow_name, quality_name
from dashboards.water.quality_chart import allowed, is_beyond, quality_chart, told
from dashboards.water.result import Flow, Quality, Water
from dashboards.water.tables import (
    balance_table,
    flows_table,
    quality_table,
    treatment_table,
    uses_table,
)
from dashboards.words import say
from dashboards.worth import rate_lines

LENGTHS = (14, 28, 90)


def show(page: Water, language: Language) -> Sheet:
    """Sums, the balance, the uses, the treatment against its permit, quality values."""
    return sheet_of(
        "water",
        page,
        language,
        choices=_choices(page, language),
        blocks=[*_notices(page, language), _facts(page, language), *_charts(page, language)],
        tables=_tables(page, language),
    )


def _tables(page: Water, language: Language) -> dict[str, Table]:
    return {
        "balance": balance_table(page, language),
        "flows": flows_table(page, language),
        **({"uses": uses_table(page, language)} if page.uses else {}),
        **({"treatment": treatment_table(page, language)} if page.discharge else {}),
        **{_key(quality): quality_table(quality, language) for quality in page.quality},
        "notes": remarks_table(page.notes, language),
    }


def _key(quality: Quality) -> str:
    return f"quality-{quality.meter}-{quality.point}"


def _choices(page: Water, language: Language) -> list[Choice]:
    count = len(page.days)
    unit = {} if page.unit == "own" else {"unit": page.unit}
    return [
        days_choice(LENGTHS, count, language, **unit),
        *unit_choice(page.worths, page.unit, language, days=str(count)),
    ]


def _notices(page: Water, language: Language) -> list[Notice]:
    if not page.flows:
        return [Notice(text=say("water.none", language), state="quiet")]
    found = []
    limits = {volume.permit: volume.limit for volume in page.volumes}
    for permit, limit in limits.items():
        over = sum(value is not None and value > limit for value in page.discharge)
        if over:
            found.append(Notice(text=say("water.over", language, count=over, permit=permit)))
    found += [
        Notice(
            text=say(
                "water.beyond",
                language,
                quality=quality_name(quality, language),
                allowed=allowed(quality, language),
                permit=quality.permit,
            )
        )
        for quality in page.quality
        if is_beyond(quality, quality.newest)
    ]
    if page.is_balanced and all(flow.is_metered for flow in page.flows):
        found.append(Notice(text=say("water.no_estimates", language), state="quiet"))
    return found


def _facts(page: Water, language: Language) -> Facts:
    facts = [
        Fact(
            label=flow_name(flow, language),
            value=_amount(flow.total, page, language),
            note=_basis(flow, page, language),
        )
        for flow in page.flows
    ]
    if page.is_balanced:
        facts.append(
            Fact(
                label=say("water.unexplained", language),
                value=_amount(page.unexplained_total, page, language),
                note=_of_how_much(page, language),
            )
        )
    return Facts(facts=[*facts, *(_quality(one, page, language) for one in page.quality)])


def _of_how_much(page: Water, language: Language) -> str:
    if page.unexplained_percent is None:
        return say("water.unexplained.unknown", language)
    share = formats.percent(page.unexplained_percent, language)
    return say("water.unexplained.note", language, percent=share, days=page.balanced_days)


def _amount(value: float | None, page: Water, language: Language) -> str:
    if value is None:
        return formats.MISSING
    return formats.quantity(value, page.shown_unit, language)


def _basis(flow: Flow, page: Water, language: Language) -> str:
    """Where an estimate is from; the mean day of a meter, and of an estimate that lacks days."""
    per_day = _per_day(flow.days, page, language)
    if not flow.source:
        return per_day
    return f"{flow.source} · {per_day}" if None in flow.days and per_day else flow.source


def _per_day(days: list[float | None], page: Water, language: Language) -> str:
    known = [value for value in days if value is not None]
    if not known:
        return ""
    mean = formats.quantity(sum(known) / len(known), page.shown_unit, language)
    return say("water.mean_day", language, amount=mean, count=len(known))


def _quality(quality: Quality, page: Water, language: Language) -> Fact:
    zone = ZoneInfo(page.plant.timezone)
    notes = [allowed(quality, language)]
    if quality.newest_ms is not None:
        notes.append(formats.moment(quality.newest_ms, language, zone=zone))
    return Fact(
        label=quality_name(quality, language),
        value=told(quality, quality.newest, language),
        note=" · ".join(notes),
        state="bad" if is_beyond(quality, quality.newest) else "normal",
    )


def _charts(page: Water, language: Language) -> list[Block]:
    if not page.flows:
        return [_quality_plot(quality, page, language) for quality in page.quality]
    unit = formats.unit(page.shown_unit)
    balance = "water.balance" if page.is_balanced else "water.flows"
    blocks: list[Block] = [
        Plot(
            title=say(balance, language, unit=unit),
            chart=balance_chart(page, language),
            table="balance",
            height="tall",
            width="two-thirds",
        ),
        Text(title=say("shift.how", language), lines=_rules(page, language), width="third"),
    ]
    if page.uses:
        blocks.append(
            Plot(
                title=say("water.uses", language, unit=unit),
                chart=uses_chart(page, language),
                table="uses",
                width="half",
            )
        )
    if page.discharge:
        blocks.append(
            Plot(
                title=say("water.treatment", language, unit=formats.unit(page.water_unit)),
                chart=treatment_chart(page, language),
                table="treatment",
                width="half",
            )
        )
    blocks += [_quality_plot(quality, page, language) for quality in page.quality]
    blocks.append(Grid(title=say("water.grid", language), table="flows"))
    blocks += remarks_grid(page.notes, language)
    return blocks


def _quality_plot(quality: Quality, page: Water, language: Language) -> Plot:
    zone = ZoneInfo(page.plant.timezone)
    over = page.quality_span
    span = formats.span(over.start_ms, over.end_ms, language, zone=zone).rpartition(" · ")[0]
    unit = "" if quality.unit == "pH" else f", {formats.unit(quality.unit)}"
    return Plot(
        title=f"{quality_name(quality, language)}{unit} · {span}",
        chart=quality_chart(page, quality, language),
        table=_key(quality),
        width="half",
    )


def _rules(page: Water, language: Language) -> list[str]:
    names = {flow.key: flow_name(flow, language) for flow in page.flows}
    lines = rate_lines([(names[key], one) for key, one in page.measures.items()], language)
    if not page.is_balanced:
        return lines or [say("water.rule.unbalanced", language)]
    return [say(f"water.rule.{number}", language) for number in (1, 2, 3, 4)] + lines
