"""The page Claims in a language."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from dashboards.claims.result import Claims, Detail
from dashboards.claims.tables import (
    adjustments_table,
    all_claims,
    candidates_table,
    locks_table,
    model_table,
    plan_table,
)
from dashboards.claims.verdict import figures, verdict
from dashboards.extras import missing_extra
from dashboards.formats import Language
from dashboards.heading import sheet_of
from dashboards.sheet import Block, Choice, Grid, Link, Links, Notice, Option, Sheet, Text, Width
from dashboards.words import say

FILES = ("report.html", "report.xlsx", "report.pdf", "evidence.zip")


def show(page: Claims, language: Language) -> Sheet:
    """The verdict, its figures, report and evidence; then plan, model and adjustments."""
    tables = {"claims": all_claims(page, language)}
    blocks: list[Block] = [Notice(text=say("claims.none", language), state="quiet")]
    if page.detail is not None:
        blocks = _blocks(page, page.detail, language)
        tables |= {
            "locks": locks_table(page.detail, language),
            "plan": plan_table(page.detail, language),
            "model": model_table(page.detail, language),
            "candidates": candidates_table(page.detail, language),
            "adjustments": adjustments_table(page.detail, language),
        }
    return sheet_of(
        "claims",
        page,
        language,
        choices=[_choice(page, language)] if len(page.claims) > 1 else [],
        blocks=blocks,
        tables=tables,
    )


def _choice(page: Claims, language: Language) -> Choice:
    return Choice(
        label=say("claims.choice", language),
        options=[
            Option(
                label=f"{page.resources[claim.resource].called(language)}: {claim.claim}",
                query=urlencode({"claim": claim.claim}),
                current=page.detail is not None and claim.claim == page.detail.claim.claim,
            )
            for claim in page.claims
        ],
    )


def _blocks(page: Claims, detail: Detail, language: Language) -> list[Block]:
    told = detail.told[language]
    blocks: list[Block] = [
        verdict(detail, language),
        _files(page, language),
        figures(detail, language),
    ]
    if told["warnings"]:
        title = say("claims.warnings", language)
        blocks.append(Text(title=title, lines=told["warnings"]))
    blocks += _plan(detail, language)
    if told["model"]:
        title, note = say("claims.candidates", language), say("claims.candidates.note", language)
        blocks.append(Grid(title=title, table="candidates", note=note))
    if told["adjustments"]:
        title = say("claims.adjustments", language)
        note = say("claims.adjustments.note", language)
        blocks.append(Grid(title=title, table="adjustments", note=note))
    else:
        blocks.append(
            Text(
                title=say("claims.adjustments", language),
                lines=[say("claims.adjustments.none", language)],
            )
        )
    if len(page.claims) > 1:
        blocks.append(Grid(title=say("claims.all", language), table="claims"))
    return blocks


def _plan(detail: Detail, language: Language) -> list[Block]:
    plan = detail.told[language].get("plan")
    if plan is None:
        return [Notice(text=say("claims.plan.none", language))]
    blocks: list[Block] = []
    if plan["state"] != "locked":
        text = say(f"performance.{plan['state']}", language, plan=plan["plan"])
        blocks.append(Notice(text=text))
    if plan["locks"]:
        title = say("claims.locks", language, plan=plan["plan"])
        blocks.append(Grid(title=title, table="locks", note=say("claims.locks.note", language)))
        width: Width = "half" if detail.told[language]["model"] else "full"
        blocks.append(Grid(title=say("claims.plan", language), table="plan", width=width))
    if detail.told[language]["model"]:
        title = say("claims.model", language)
        blocks.append(Grid(title=title, table="model", width="half"))
    return blocks


def _files(page: Claims, language: Language) -> Links:
    """Report and evidence, of all claims together: one instant, one fingerprint."""
    home = f"/api/v1/plants/{quote(page.plant.plant, safe='')}/report"
    return Links(
        title=say("claims.files", language),
        links=[link(home, name, language) for name in FILES],
        width="third",
    )


def link(home: str, name: str, language: Language) -> Link:
    """A file of the claims; where its extra is not installed, what is missing."""
    label, extra = say(f"claims.file.{name}", language), missing_extra(name.rpartition(".")[2])
    if extra is not None:
        return Link(label=label, href=None, note=say("claims.file.needs", language, extra=extra))
    href = f"{home}/{name}?lang={language}"
    return Link(label=label, href=href, note=say(f"claims.file.{name}.note", language))
