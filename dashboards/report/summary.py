"""The first page: who, when, what came of each claim."""

from __future__ import annotations

from datetime import date

from dashboards import formats
from dashboards.report import charts, numbers
from dashboards.report.charts import colour_of
from dashboards.report.content import Content
from dashboards.report.markup import Markup, facts, table, tag
from plant.sectors import sectors


def head(content: Content) -> Markup:
    """The title, and from what the report speaks."""
    plant = content.plant
    told = [
        (content.say("as_of"), formats.day(content.as_of, content.language)),
        (content.say("zone"), plant.plant.timezone),
        (content.say("config"), plant.config),
        (content.say("fingerprint"), tag("code", content.fingerprint)),
        (content.say("made_by"), f"Cleanline {content.version}"),
    ]
    if plant.plant.sector:
        told.insert(0, (content.say("sector"), _sector(content)))
    return tag(
        "header",
        tag("p", "Cleanline", class_="mark"),
        tag("h1", content.say("title")),
        tag("p", plant.name, class_="plant"),
        tag("p", content.say("lead", plant=plant.name), class_="lead"),
        facts(told),
    )


def claims(content: Content) -> Markup:
    """One line for each claim."""
    found = content.statement.claims
    if not found:
        return tag("section", tag("p", content.say("summary.none")))
    reach = charts.reach(found)
    rows = []
    for claim in found:
        told = content.told(claim)
        period = numbers.period(
            date.fromisoformat(told["since"]), date.fromisoformat(told["until"]), content.language
        )
        rows.append(
            [
                tag("span", content.name(told["resource"]), tag("small", period)),
                content.chosen_percent(told["target_percent"]),
                content.percent(told["saving_percent"]),
                _interval(content, told["saving_low_percent"], told["saving_high_percent"]),
                charts.small_interval(claim, reach) or "",
                tag("b", content.verdict(claim), style=f"color:{colour_of(claim)}"),
            ]
        )
    columns = ("claim", "claimed", "saved", "interval")
    titles = [*(content.say(key) for key in columns), "", content.say("verdict")]
    confidence = content.chosen_percent(100 * found[0].verified.outcome.question.confidence)
    return tag(
        "section",
        tag("h2", content.say("summary")),
        table(titles, rows, figures=(1, 2, 3), kind="claims"),
        tag("p", content.say("summary.note", confidence=confidence), class_="note"),
    )


def signatures(content: Content) -> Markup:
    """Where those who stand for it sign."""
    lines = [
        tag("div", tag("b", content.say(who)), tag("span", content.say("sign.line")))
        for who in ("signed", "reviewed")
    ]
    return tag("section", *lines, class_="signatures")


def _sector(content: Content) -> str:
    known = sectors().get(content.plant.plant.sector or "")
    if known is None:
        return content.plant.plant.sector or ""
    return known.name_vi if content.language == "vi" else known.name


def _interval(content: Content, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return formats.MISSING
    return content.between(formats.number(low, content.language, places=2), content.percent(high))
