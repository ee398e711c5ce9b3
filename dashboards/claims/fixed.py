"""What a lock fixes of a plan, in a reader's words; what nobody wrote words for, as it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from collector.analysis.candidates import RULE, TERMS_RULE
from dashboards import formats
from dashboards.formats import Language
from dashboards.report import numbers
from dashboards.report import words as report
from dashboards.words import say, say_or


def told(content: Mapping[str, Any], language: Language) -> Iterator[tuple[str, str]]:
    """Each part's name, and what it is fixed as."""
    for key, value in content.items():
        write = _WRITERS.get(key, _plain)
        yield say_or(f"plan.{key}", language, key), write(value, language)


def _plain(value: Any, language: Language) -> str:
    if isinstance(value, bool):
        return say(f"claims.candidate.{'yes' if value else 'no'}", language)
    if isinstance(value, int | float):
        return numbers.given(value, language)
    if isinstance(value, list):
        return ", ".join(_plain(one, language) for one in value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _period(days: list[str], language: Language) -> str:
    first, last = map(date.fromisoformat, days)
    return numbers.period(first, last, language)


def _drivers(units: dict[str, str], language: Language) -> str:
    named = (f"{name} [{formats.unit(unit)}]" for name, unit in units.items())
    return ", ".join(named) or say("claims.candidate.none", language)


def _claims(claims: dict[str, dict[str, Any]], language: Language) -> str:
    return "; ".join(
        say(
            "plan.claim",
            language,
            claim=name,
            percent=numbers.plain_percent(claim["saves_percent"], language),
            period=_period([claim["since"], claim["until"]], language),
        )
        for name, claim in claims.items()
    )


def _computed(computed: dict[str, dict[str, Any]], language: Language) -> str:
    def ways(found: dict[str, Any]) -> str:
        return ", ".join(
            f"{say_or(f'plan.way.{way}', language, way)} {_way(value, language)}"
            for way, value in found.items()
        )

    return "; ".join(f"{name}: {ways(found)}" for name, found in computed.items())


def _meters(meters: dict[str, dict[str, dict[str, Any]]], language: Language) -> str:
    def one(name: str, said: dict[str, Any]) -> str:
        rest = {key: value for key, value in said.items() if key != "model"}
        further = [
            f"{say_or(f'plan.meter.{key}', language, key)} {_plain(value, language)}"
            for key, value in rest.items()
        ]
        return f"{name} ({', '.join([said['model'], *further])})"

    return "; ".join(
        f"{say_or(f'resource.{quantity}', language, quantity)}: "
        + ", ".join(one(name, said) for name, said in counting.items())
        for quantity, counting in meters.items()
        if counting
    ) or say("claims.candidate.none", language)


def _way(value: Any, language: Language) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} × {_plain(inner, language)}" for name, inner in value.items())
    return _plain(value, language)


def _terms(terms: list[str], language: Language) -> str:
    return ", ".join(report.table(language).get(f"term.{term}", term) for term in terms)


def _bends(sides: dict[str, str], language: Language) -> str:
    return "; ".join(f"{name}: {_word('bend', side, language)}" for name, side in sides.items())


def _word(of: str, value: str, language: Language) -> str:
    return report.table(language).get(f"{of}.{value}", value)


_WRITERS: Mapping[str, Callable[[Any, Language], str]] = {
    "resource": lambda value, language: say_or(f"resource.{value}", language, value),
    "unit": lambda value, _: formats.unit(value),
    "baseline": _period,
    "model_period": _period,
    "drivers": _drivers,
    "by": lambda value, language: _word("by", value, language),
    "rule": lambda value, language: report.rule(language) if value == RULE else value,
    "terms_rule": lambda value, language: (
        say("plan.terms_rule.said", language) if value == TERMS_RULE else value
    ),
    "claims": _claims,
    "computed": _computed,
    "meters": _meters,
    "terms": _terms,
    "change_point": _bends,
    "method": lambda value, language: _word("method", value, language),
}
