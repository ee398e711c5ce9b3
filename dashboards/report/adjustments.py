"""What was added to the expected use of a claim by hand: how much, for what, by whom."""

from __future__ import annotations

from datetime import date, datetime

from collector.statement import ClaimStatement
from dashboards import formats
from dashboards.report import numbers
from dashboards.report.content import Content
from dashboards.report.markup import Markup, table, tag


def adjustments(content: Content, claim: ClaimStatement) -> Markup | None:
    """Every non-routine adjustment of a claim's period; none, nothing."""
    found = content.told(claim)["adjustments"]
    if not found:
        return None
    language = content.language
    rows = [
        [
            signed(content, one["amount"], one["unit"]),
            formats.MISSING
            if one["counted"] is None
            else signed(content, one["counted"], one["unit"]),
            numbers.period(
                date.fromisoformat(one["from"]), date.fromisoformat(one["to"]), language
            ),
            one["reason"],
            one["author"],
            formats.day(datetime.fromisoformat(one["entered"]).date(), language),
        ]
        for one in found
    ]
    keys = ("amount", "counted", "days", "reason", "author", "entered")
    return tag(
        "div",
        tag("h3", content.say("adjustments")),
        table([content.say(f"adjustment.{key}") for key in keys], rows, figures=(0, 1)),
        tag("p", content.say("adjustments.note"), class_="note"),
    )


def signed(content: Content, value: float, unit: str) -> str:
    """An amount that always shows its sign."""
    return f"{'+' if value > 0 else ''}{content.amount(value, unit)}"
