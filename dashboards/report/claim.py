"""What a report says of one claim: the verdict first, then what it rests on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import groupby

from collector.analysis.intensity import change_percent
from collector.statement import ClaimStatement, Row, Worth
from dashboards import formats
from dashboards.report import charts, numbers
from dashboards.report.adjustments import adjustments
from dashboards.report.charts import colour_of
from dashboards.report.content import Content
from dashboards.report.left_out import left_out
from dashboards.report.markup import Markup, bullets, table, tag
from dashboards.report.model import candidates, model
from dashboards.report.plan import plan

WORTH_DIGITS = 4  # of money and emissions; the workbook has them all


def section(content: Content, claim: ClaimStatement) -> Markup:
    """Everything of a claim, on pages of its own."""
    told = content.told(claim)
    title = content.say(
        "claim.title",
        resource=content.name(told["resource"]),
        percent=content.chosen_percent(told["target_percent"]),
    )
    period = numbers.period(
        date.fromisoformat(told["since"]), date.fromisoformat(told["until"]), content.language
    )
    return tag(
        "section",
        tag("h2", title),
        tag("p", content.say("claim.period", claim=told["claim"], period=period), class_="note"),
        _verdict(content, claim),
        _key_figures(content, claim),
        _figures(content, claim),
        _months(content, claim),
        plan(content, claim),
        model(content, claim),
        candidates(content, claim),
        adjustments(content, claim),
        left_out(content, claim),
        _warnings(content, claim),
        _context(content, claim),
        class_="claim",
    )


def _verdict(content: Content, claim: ClaimStatement) -> Markup:
    colour, outcome = colour_of(claim), claim.verified.outcome
    return tag(
        "div",
        tag("p", content.verdict(claim), class_="word", style=f"color:{colour}"),
        tag("p", outcome.reason.text(content.language)),
        charts.interval(claim, content.language),
        class_="verdict",
        style=f"border-color:{colour}",
    )


def _key_figures(content: Content, claim: ClaimStatement) -> Markup | None:
    told = content.told(claim)
    if told["saving"] is None:
        return None
    unit = told["unit"]
    low, high = (content.amount(told[key], "").strip() for key in ("saving_low", "saving_high"))
    cells = [
        ("expected", content.amount(told["expected"], unit), content.say("expected.note")),
        ("used", content.amount(told["actual"], unit), content.say("used.note")),
        ("saving", content.amount(told["saving"], unit), content.between(low, high)),
        ("shown", content.percent(told["shown_percent"]), content.say("shown.note")),
        *((f"worth.{one.kind}", *_worth(content, one)) for one in claim.worth),
    ]
    boxes = [
        tag("div", tag("span", content.say(key)), tag("b", value), tag("small", note))
        for key, value, note in cells
    ]
    return tag("div", *boxes, class_="figures")


def _worth(content: Content, worth: Worth) -> tuple[str, str]:
    if worth.value is None or worth.low is None or worth.high is None:
        return formats.MISSING, content.say("worth.none", days=worth.days_without)
    told = [numbers.rounded(value, WORTH_DIGITS) for value in (worth.value, worth.low, worth.high)]
    note = content.between(*(content.amount(end, "").strip() for end in told[1:]))
    if worth.biogenic:
        note = f"{note}; {content.say('worth.biogenic')}"
    return content.amount(told[0], worth.unit), note


def _figures(content: Content, claim: ClaimStatement) -> Markup | None:
    language = content.language
    course = charts.course(claim, language)
    if course is None:
        return None
    pair = (
        ("scatter", charts.scatter(content.plant, claim, language)),
        ("cusum", charts.cusum(claim, language)),
    )
    return tag(
        "div",
        tag("figure", course, tag("figcaption", content.say("caption.course"))),
        tag(
            "div",
            *(
                tag("figure", drawn, tag("figcaption", content.say(f"caption.{key}")))
                for key, drawn in pair
                if drawn is not None
            ),
            class_="pair",
        ),
    )


def _months(content: Content, claim: ClaimStatement) -> Markup | None:
    """Expected, used and saved by month; a period belongs to the month that it begins in."""
    rows = [row for row in claim.part("reporting") if row.is_used and row.expected is not None]
    if not rows:
        return None
    unit = formats.unit(claim.verified.unit)
    months = groupby(rows, key=lambda row: row.first.replace(day=1))
    lines = [
        _sums(content, formats.month(first, content.language), list(of)) for first, of in months
    ]
    lines.append(_sums(content, content.say("total"), rows))
    heads = (content.say("expected"), content.say("used"), content.say("saving"))
    titles = [
        content.say("month"),
        content.say("periods"),
        *(f"{head}, {unit}" for head in heads),
        content.say("saving.percent"),
    ]
    return tag(
        "div",
        tag("h3", content.say("months")),
        table(titles, lines, figures=range(1, 6), kind="total"),
    )


def _sums(content: Content, name: str, rows: list[Row]) -> list[str]:
    expected = sum(row.expected or 0.0 for row in rows)
    used = sum(row.actual or 0.0 for row in rows)
    share = 100 * (expected - used) / expected if expected > 0 else None
    amounts = (content.amount(value, "").strip() for value in (expected, used, expected - used))
    return [name, str(len(rows)), *amounts, formats.number(share, content.language, places=2)]


def _warnings(content: Content, claim: ClaimStatement) -> Markup | None:
    warnings = claim.verified.outcome.warnings
    if not warnings:
        return None
    lines = (warning.text(content.language) for warning in warnings)
    return tag("div", tag("h3", content.say("warnings")), bullets(lines))


def _context(content: Content, claim: ClaimStatement) -> Markup | None:
    """Consumption per unit of product and the sector's norms: context, never a verdict."""
    parts = [*_specific(content, claim), *_senpi(content, claim), *_norms(content, claim)]
    return tag("div", tag("h3", content.say("context")), *parts) if parts else None


def _specific(content: Content, claim: ClaimStatement) -> Iterator[Markup]:
    found = claim.specific
    if found is None or found.baseline is None or found.reporting is None:
        return
    change = change_percent(found.baseline, found.reporting)
    sign = "+" if change is not None and change > 0 else ""
    name = content.say(
        "specific",
        resource=content.name(claim.verified.resource),
        product=content.name(found.product),
        product_unit=content.plant.products[found.product].unit,
    )
    value = content.say(
        "specific.value",
        baseline=f"{content.number(found.baseline, 4)} {formats.unit(found.unit)}",
        reporting=f"{content.number(found.reporting, 4)} {formats.unit(found.unit)}",
        change=f"{sign}{content.percent(change, 1)}",
    )
    yield tag("p", tag("b", f"{name}: "), value)
    yield tag("p", content.say("specific.note"), class_="note")


def _senpi(content: Content, claim: ClaimStatement) -> Iterator[Markup]:
    found = content.told(claim)["senpi"]
    if found is None or found["value"] is None:
        return
    yield tag("p", tag("b", f"{content.say('senpi')}: "), content.number(found["value"], 4))
    yield tag("p", content.say("senpi.note"), class_="note")


def _norms(content: Content, claim: ClaimStatement) -> Iterator[Markup]:
    if not claim.norms:
        return
    rows = []
    for norm in claim.norms:
        figures = norm.range or (norm.value,)
        ends = [content.number(figure, 4) for figure in figures]
        value = ends[0] if len(ends) == 1 else content.between(*ends)
        whom = "; ".join(text for text in (norm.applies, norm.boundary, norm.period) if text)
        all_energy = content.say("norm.energy") if norm.quantity == "energy" else None
        kind = tag(
            "small", ", ".join(filter(None, (content.say(f"norm.kind.{norm.kind}"), all_energy)))
        )
        rows.append([tag("span", f"{value} {formats.unit(norm.unit)}", kind), whom, norm.source])
    titles = [content.say(key) for key in ("norm", "norm.boundary", "norm.source")]
    yield table(titles, rows)
    yield tag("p", content.say("norm.note"), class_="note")
