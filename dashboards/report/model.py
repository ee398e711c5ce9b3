"""The chosen model with its tests, and every candidate beside it."""

from __future__ import annotations

from collections.abc import Iterator

from collector.analysis.results import Model
from collector.statement import ClaimStatement
from dashboards import formats
from dashboards.report import numbers
from dashboards.report.content import Content
from dashboards.report.markup import Markup, facts, table, tag
from dashboards.report.terms import ABOVE, BEND, CALENDAR, term_name, unit_of


def model(content: Content, claim: ClaimStatement) -> Markup | None:
    """The model of the baseline: what it is, its terms, its tests."""
    found = claim.verified.outcome.model
    if found is None:
        return None
    keys = ("term", "coefficient", "error", "t", "p", "vif")
    return tag(
        "div",
        tag("h3", content.say(f"model.of.{claim.verified.outcome.way}")),
        tag("p", equation(content, claim, found), class_="equation"),
        table(
            [content.say(f"model.{key}") for key in keys],
            _terms(content, found),
            figures=range(1, 6),
        ),
        facts(_tests(content, claim, found)),
    )


def equation(content: Content, claim: ClaimStatement, found: Model) -> str:
    """The model as one line: use = base load + coefficient · driver."""
    unit = formats.unit(claim.verified.unit)
    resource = content.name(claim.verified.resource)
    by = content.say(f"by.{claim.plan.by if claim.plan else 'day'}")
    fit = found.fit
    terms = dict(zip(fit.names, fit.coefficients.tolist(), strict=True))
    if not fit.drivers:
        mean = content.number(terms["intercept"])
        return content.say("model.mean", resource=resource, mean=mean, unit=unit, by=by)
    parts = [f"{content.number(terms['intercept'])} {unit}"] if fit.intercept else []
    for driver in fit.drivers:
        parts += _parts(content, driver, terms, shape=fit.shapes[driver], unit=unit)
    return f"{resource} = " + " + ".join(parts).replace("+ −", "− ")


def _parts(
    content: Content, driver: str, terms: dict[str, float], *, shape: str, unit: str
) -> Iterator[str]:
    """What a driver adds: its slope, or its slopes on both sides of a bend."""
    name, own = content.name(driver), unit_of(content, driver)
    if driver in CALENDAR:
        yield name
        return
    per = per_unit(unit, own)
    at = f"{content.number(terms.get(driver + BEND), 4)} {own}"
    beyond = content.say("term.short" if shape == "below" else "term.bent", driver=name, at=at)
    if shape in ("above", "below"):
        yield f"{content.number(terms[driver])} {per} · ({beyond})"
        return
    yield f"{content.number(terms[driver])} {per} · {name}"
    if shape == "both":
        yield f"{content.number(terms[driver + ABOVE])} {per} · ({beyond})"


def per_unit(unit: str, other: str) -> str:
    """One unit for each of another: kWh/t, kWh/(°C day)."""
    return f"{unit}/({other})" if " " in other else f"{unit}/{other}"


def _terms(content: Content, found: Model) -> Iterator[list[str]]:
    fit = found.fit
    vif = dict(zip(fit.drivers, fit.vif.tolist(), strict=True))
    columns = (fit.coefficients, fit.standard_errors, fit.t, fit.p_values)
    rows = zip(fit.names, *(column.tolist() for column in columns), strict=True)
    for name, coefficient, error, t, p in rows:
        yield [
            term_name(content, name),
            content.number(coefficient, 6),
            content.number(error, 4),
            content.number(t, 4),
            numbers.p_value(p, content.language),
            content.number(vif[name], 3) if name in vif else "",
        ]


def _tests(content: Content, claim: ClaimStatement, found: Model) -> Iterator[tuple[str, str]]:
    told = content.told(claim)
    fit, said = found.fit, told["model"]
    number = content.number
    yield content.say("model.points"), f"{fit.n}, {fit.dof}"
    r2 = f"{_share(content, said['r2'])}, {_share(content, said['adjusted_r2'])}"
    yield content.say("model.r2"), r2
    cv = None if said["cv_rmse"] is None else 100 * said["cv_rmse"]
    yield content.say("model.cv"), content.say("model.cv.value", percent=content.percent(cv))
    if said["f"] is not None:
        p = numbers.p_equation(said["f_p"], content.language)
        yield content.say("model.f"), content.say("model.f.value", f=number(said["f"], 4), p=p)
    yield (
        content.say("model.autocorrelation"),
        content.say(
            "model.autocorrelation.value",
            raw=number(said["autocorrelation"], 3),
            corrected=number(said["autocorrelation_corrected"], 3),
            used=number(told["autocorrelation_used"], 3),
        ),
    )
    yield content.say("model.condition"), number(said["condition"], 3)
    if told["saving_method"] != "forecast" and told["model_factor"] is not None:
        yield content.say("model.factor"), number(told["model_factor"], 6)
    if told["points"] is not None:
        counts = {
            "outside": told["points_outside"],
            "unseen": told["points_in_unseen_season"],
            "points": told["points"],
            "leverage": told["points_beyond_leverage"],
        }
        yield content.say("model.reach"), content.say("model.reach.value", **counts)


def _share(content: Content, value: float | None) -> str:
    """A share between zero and one, with four digits behind the sign."""
    return formats.number(value, content.language, places=4)


def candidates(content: Content, claim: ClaimStatement) -> Markup | None:
    """Every subset of the plan's drivers, and why it was or was not used."""
    found = claim.verified.outcome.model
    if found is None:
        return None
    rows = []
    for one in found.candidates:
        fit = one.fit
        cells = [
            content.names(one.drivers) or content.say("candidate.none"),
            _share(content, fit.adjusted_r2 if fit else None),
            content.percent(100 * fit.cv_rmse if fit and fit.cv_rmse else None),
            numbers.p_value(fit.f_p if fit else None, content.language),
            one.why.text(content.language),
        ]
        rows.append([tag("b", cell) for cell in cells] if one.used else cells)
    titles = [
        content.say("candidate.drivers"),
        content.say("model.r2").rpartition(", ")[2],
        content.say("model.cv"),
        content.say("candidate.f"),
        content.say("candidate.why"),
    ]
    return tag(
        "div",
        tag("h3", content.say("candidates")),
        table(titles, rows, figures=(1, 2, 3)),
        tag("p", content.say("candidates.note"), class_="note"),
    )
