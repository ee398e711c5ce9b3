"""The page Performance in a language."""

from __future__ import annotations

from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from dashboards import formats
from dashboards.charts import Drawing
from dashboards.choices import page_address, resource_choice, unit_choice
from dashboards.formats import Language
from dashboards.heading import sheet_of
from dashboards.performance.cusum_chart import cusum
from dashboards.performance.result import Performance, Sum
from dashboards.performance.scatter_chart import scatter
from dashboards.performance.tables import events_table, levels_table, periods_table
from dashboards.performance.trend_chart import trend
from dashboards.sheet import (
    Block,
    Choice,
    Fact,
    Facts,
    Grid,
    Notice,
    Option,
    Picker,
    Plot,
    Sheet,
    Text,
    Width,
)
from dashboards.words import say
from dashboards.worth import rate_lines

GROUP = "performance"
RULES = 6


def show(page: Performance, language: Language) -> Sheet:
    """Figures, three linked charts, the rules beside the CUSUM, levels and events."""
    return sheet_of(
        "performance",
        page,
        language,
        choices=_choices(page, language),
        blocks=[*_notices(page, language), _facts(page, language), *_charts(page, language)],
        tables={
            "periods": periods_table(page, language),
            "levels": levels_table(page, language),
            "events": events_table(page, language),
        },
    )


def _choices(page: Performance, language: Language) -> list[Choice]:
    of = {"resource": page.resource.resource}
    if page.by_claim is not None:
        of["claim"] = page.by_claim
    unit = {} if page.unit == "own" else {"unit": page.unit}
    claims = [
        Option(
            label=name, query=urlencode(of | unit | {"claim": name}), current=name == page.by_claim
        )
        for name in page.by_claims
    ]
    return [
        resource_choice(page.resources, page.resource, language, unit=page.unit),
        *(
            [Choice(label=say("claims.choice", language), options=claims)]
            if len(claims) > 1
            else []
        ),
        *unit_choice(page.resource.worths, page.unit, language, **of),
    ]


def _notices(page: Performance, language: Language) -> list[Notice]:
    """Why something that the page is for cannot be shown."""
    if page.plan.state == "none":
        text = say("performance.no_plan", language, resource=page.resource.resource)
        return [Notice(text=text, state="quiet")]
    found = []
    if page.plan.state != "locked":
        text = say(f"performance.{page.plan.state}", language, plan=page.plan_name)
        found.append(Notice(text=text))
    if page.why_not is not None:
        found.append(Notice(text=page.why_not[language]))
    return found


def _facts(page: Performance, language: Language) -> Facts:
    facts = [
        _compared("recent", page.recent, page, language),
        _compared("reporting", page.reporting, page, language),
        *_model_facts(page, language),
    ]
    if page.baseline is not None:
        first, last = (formats.day(day, language) for day in page.baseline)
        lock = say(
            f"claim.plan.{page.plan.state}",
            language,
            locked=formats.day(page.plan.locked_on, language) if page.plan.locked_on else "",
        )
        label = say("performance.fact.baseline", language)
        facts.append(Fact(label=label, value=f"{first} – {last}", note=lock))
    return Facts(facts=[fact for fact in facts if fact is not None], colour=page.resource.colour)


def _compared(which: str, found: Sum | None, page: Performance, language: Language) -> Fact | None:
    """Actual against expected, where a lock allows it."""
    if found is None or found.percent is None:
        return None
    unit = page.measure.unit
    zone = ZoneInfo(page.plant.timezone)
    missing = say("performance.missing", language, count=found.missing) if found.missing else ""
    note = say(
        "performance.compared",
        language,
        actual=formats.quantity(found.actual, unit, language),
        expected=formats.quantity(found.expected, unit, language),
    )
    since = formats.span(found.span.start_ms, found.span.end_ms, language, zone=zone)
    return Fact(
        label=say(f"performance.fact.{which}.{page.by}", language),
        value=f"{formats.signed(found.percent, language, places=1)} %",
        note=" · ".join(part for part in (note, missing, since.rpartition(" · ")[0]) if part),
        href=page_address(page.plant.plant, "claims", claim=page.by_claim or page.claims[0])
        if page.claims
        else None,
    )


def _model_facts(page: Performance, language: Language) -> list[Fact]:
    model = page.model
    if model is None:
        return []
    quality = say(
        "performance.quality",
        language,
        r2=formats.number(model.r2, language, places=3),
        cv=formats.number(model.cv_rmse_percent, language, places=1),
        n=model.n,
    )
    label = say("performance.fact.model", language)
    return [Fact(label=label, value=_equation(page, language), note=quality)]


def _equation(page: Performance, language: Language) -> str:
    """The model as a sum: 3,988 + 167 × starch (t), kWh per day."""
    assert page.model is not None  # noqa: S101 - asked for with a model only
    parts = []
    for name, value in page.model.coefficients.items():
        times = "" if name == "intercept" else f" × {_driver_name(name, page)}"
        parts.append(f"{formats.number(value, language)}{times}")
    unit, per = formats.unit(page.resource.unit), say(f"per.{page.by}", language)
    return f"{' + '.join(parts)}, {unit} {per}".replace("+ −", "− ")


def _driver_name(name: str, page: Performance) -> str:
    """A driver as the plant calls it, with its unit."""
    if name != page.driver:
        return name
    return f"{page.driver_name} ({formats.unit(page.driver_unit or '')})"


def _charts(page: Performance, language: Language) -> list[Block]:
    unit, per = formats.unit(page.resource.unit), say(f"per.{page.by}", language)
    specific = formats.unit(page.specific_unit or "")
    wide = page.model is None
    blocks: list[Block] = []
    if page.plan_name is not None:
        title = say("performance.scatter", language, unit=f"{unit} {per}")
        chart = scatter(page, language)
        blocks.append(_plot(title, chart, width="half"))
    blocks.append(
        _plot(
            say("performance.trend", language, unit=specific),
            trend(page, language),
            width="full" if wide else "half",
        )
    )
    if page.plan_name is not None:
        title = say("performance.cusum", language, unit=formats.unit(page.measure.unit))
        rules = [say(f"cusum.rule.{number}", language) for number in range(1, RULES + 1)]
        blocks += [
            _plot(title, cusum(page, language), width="two-thirds"),
            Text(title=say("cusum.rules", language), lines=rules, width="third"),
        ]
    if page.unit != "own":
        lines = [say("performance.own", language, unit=unit)]
        lines += rate_lines([(page.resource.called(language), page.measure)], language)
        blocks.append(Text(title=say(f"unit.{page.unit}", language), lines=lines))
    title = say("performance.pick", language)
    blocks.append(Picker(title=title, table="periods", group=GROUP))
    if page.levels:
        title, note = say("performance.levels", language), say("performance.levels.note", language)
        blocks.append(Grid(title=title, table="levels", note=note, width="half"))
    if page.happenings:
        title = say("performance.events", language)
        blocks.append(Grid(title=title, table="events", width="half"))
    return blocks


def _plot(title: str, chart: Drawing, *, width: Width) -> Plot:
    return Plot(title=title, chart=chart, table="periods", group=GROUP, height="tall", width=width)
