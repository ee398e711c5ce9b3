"""The tables of the page Claims."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dashboards import formats
from dashboards.claims.fixed import told
from dashboards.claims.result import Claims, Detail
from dashboards.formats import Language
from dashboards.tables import Cell, Column, Mark, Table, column
from dashboards.words import say, say_or
from plant.calendar import to_ms

VERDICT_MARKS: dict[str, Mark] = {"proven": "good", "refuted": "bad"}


def text_column(key: str, language: Language) -> Column:
    """A column of texts."""
    return Column(label=say(key, language))


def all_claims(page: Claims, language: Language) -> Table:
    """Every claim with its verdict and interval [% of the expected use]."""
    columns = [
        *(text_column(f"claims.{key}", language) for key in ("claim", "resource", "verdict")),
        *(
            column(say(f"claims.{key}", language), "%")
            for key in ("target", "saving", "low", "high")
        ),
        *(column(say(f"claims.{key}", language), kind="day") for key in ("since", "until")),
    ]
    rows: list[list[Cell]] = [
        [
            claim.claim,
            page.resources[claim.resource].called(language),
            say(f"claim.{claim.verdict or 'so_far'}", language),
            claim.target_percent,
            claim.saving_percent,
            claim.saving_low_percent,
            claim.saving_high_percent,
            claim.since.isoformat(),
            claim.until.isoformat(),
        ]
        for claim in page.claims
    ]
    marks = {
        f"{y}:2": VERDICT_MARKS[claim.verdict]
        for y, claim in enumerate(page.claims)
        if claim.verdict in VERDICT_MARKS
    }
    return Table(columns=columns, rows=rows, marks=marks)


def locks_table(detail: Detail, language: Language) -> Table:
    """The lock of the plan and every amendment, the first one first."""
    columns = [
        text_column("claims.lock", language),
        column(say("claims.lock.when", language), kind="moment"),
        text_column("claims.lock.author", language),
        column(say("claims.lock.known", language), kind="count"),
        text_column("claims.lock.reason", language),
        text_column("claims.lock.hash", language),
    ]
    locks = (detail.told[language].get("plan") or {"locks": []})["locks"]
    rows: list[list[Cell]] = [
        [
            say("claims.lock.amended" if number else "claims.lock.locked", language, number=number),
            _moment_ms(lock["locked"]),
            lock["author"],
            lock["readings_known"],
            lock["reason"],
            lock["hash"],
        ]
        for number, lock in enumerate(locks)
    ]
    return Table(columns=columns, rows=rows)


def plan_table(detail: Detail, language: Language) -> Table:
    """What the lock in force fixes, line by line."""
    columns = [text_column("claims.plan.what", language), text_column("claims.plan.is", language)]
    rows: list[list[Cell]] = [[what, said] for what, said in told(detail.locked or {}, language)]
    return Table(columns=columns, rows=rows)


def model_table(detail: Detail, language: Language) -> Table:
    """The terms of the model that the rule chose."""
    columns = [
        text_column("claims.model.term", language),
        *(column(say(f"claims.model.{key}", language)) for key in ("coefficient", "error")),
        column(say("claims.model.p", language), kind="p"),
    ]
    model = detail.told[language]["model"] or {"coefficients": {}}
    rows: list[list[Cell]] = [
        [
            say_or(f"claims.model.{term}", language, term),
            value,
            model["standard_errors"][term],
            model["p_values"][term],
        ]
        for term, value in model["coefficients"].items()
    ]
    return Table(columns=columns, rows=rows)


def candidates_table(detail: Detail, language: Language) -> Table:
    """Every model that the rule looked at, and why it was or was not used."""
    columns = [
        text_column("claims.candidate.drivers", language),
        text_column("claims.candidate.used", language),
        column("R²", kind="share"),
        column(say("claims.candidate.adjusted", language), kind="share"),
        column("CV(RMSE)", "%", kind="percent"),
        column(say("claims.candidate.f", language), kind="p"),
        text_column("claims.candidate.why", language),
    ]
    model = detail.told[language]["model"] or {"candidates": []}
    rows = [_candidate(one, language) for one in model["candidates"]]
    marks: dict[str, Mark] = {
        f"{y}:1": "good" for y, one in enumerate(model["candidates"]) if one["used"]
    }
    return Table(columns=columns, rows=rows, marks=marks)


def _candidate(one: dict[str, Any], language: Language) -> list[Cell]:
    cv = one["cv_rmse"]
    return [
        ", ".join(one["drivers"]) or say("claims.candidate.none", language),
        say(f"claims.candidate.{'yes' if one['used'] else 'no'}", language),
        one["r2"],
        one["adjusted_r2"],
        None if cv is None else 100 * cv,
        one["f_p"],
        one["why"],
    ]


def adjustments_table(detail: Detail, language: Language) -> Table:
    """Corrections that somebody signed, each over its days."""
    unit = formats.unit(detail.claim.unit)
    columns = [
        column(say("table.from", language), kind="day"),
        column(say("table.to", language), kind="day"),
        column(say("claims.adjustment.amount", language), unit),
        column(say("claims.adjustment.counted", language), unit),
        text_column("claims.adjustment.reason", language),
        text_column("claims.lock.author", language),
        column(say("claims.adjustment.entered", language), kind="moment"),
    ]
    rows: list[list[Cell]] = [
        [
            one["from"],
            one["to"],
            one["amount"],
            one["counted"],
            one["reason"],
            one["author"],
            _moment_ms(one["entered"]),
        ]
        for one in detail.told[language]["adjustments"]
    ]
    return Table(columns=columns, rows=rows)


def _moment_ms(text: str) -> int:
    return to_ms(datetime.fromisoformat(text))
