"""The report as one page: no script, no other file, fit for paper."""

from __future__ import annotations

from importlib.resources import files

from dashboards.report import claim, ground, notes, summary
from dashboards.report.content import Content
from dashboards.report.markup import Markup, tag


def page(content: Content) -> str:
    """The whole HTML document."""
    style = Markup(files("dashboards.report").joinpath("report.css").read_text("utf-8"))
    title = f"{content.plant.name}: {content.say('title')}"
    return "<!doctype html>\n" + tag(
        "html",
        tag(
            "head",
            tag("meta", charset="utf-8"),
            tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
            tag("title", title),
            tag("style", style),
        ),
        tag("body", tag("main", *_parts(content))),
        lang=content.language,
    )


def _parts(content: Content) -> list[Markup]:
    claims = [claim.section(content, one) for one in content.statement.claims]
    told = (ground.data(content), notes.section(content), ground.rates(content))
    last = (*told, ground.method(content))
    return [
        summary.head(content),
        summary.claims(content),
        summary.signatures(content),
        *claims,
        tag("div", *last, class_="ground"),
    ]
