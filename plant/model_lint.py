"""The linter of meter models: finds what contradicts itself, or the shipped map of its family."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from plant import lint_meaning, lint_registers
from plant.errors import ModelFileError, UsageError
from plant.finding import Finding, Rule
from plant.model_compare import compare, nearest
from plant.models import MeterModel, find_model, library, read_model
from plant.toml_file import Document, parse_toml

__all__ = ["RULES", "Finding", "compare", "lint", "lint_file", "nearest"]

RULES: tuple[Rule, ...] = (*lint_registers.RULES, *lint_meaning.RULES)


def lint(model: MeterModel) -> list[Finding]:
    """What contradicts itself in a model; the shipped ones have none."""
    return [finding for rule in RULES for finding in rule(model)]


def lint_file(path: Path, against: str | None = None) -> tuple[list[str], str]:
    """Findings in a file, a line each, and a sentence that sums up.

    The file is compared with the shipped model named, else with the nearest of its family.
    ModelFileError when it cannot be read as a model at all.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cleanline meters --lint: cannot read {path}: {error}") from error
    model = read_model(text, path.name)
    reference = find_model(against) if against else nearest(model, library().values())
    findings = lint(model) + (compare(model, reference) if reference else [])
    findings += [f for sister in model.sisters() for f in lint(sister) if f not in findings]
    document = parse_toml(text, str(path), ModelFileError)
    beside = (
        f"compared with {reference.id}"
        if reference
        else "compared with none: no shipped model is of its maker and series; --against names one"
    )
    verdict = f"{len(findings)} contradictions" if findings else "sound"
    summary = f"{path}: {verdict}. {len(model.points)} points, {len(RULES)} rules, {beside}."
    return list(_lines(findings, document)), summary


def _lines(findings: Iterable[Finding], document: Document) -> Iterable[str]:
    for finding in findings:
        key = ("points", finding.point) if finding.point else ("meter",)
        line = document.line_of(key)
        place = document.name if line is None else f"{document.name}:{line}"
        yield f"{place}: {finding.point or 'meter'}: {finding.says} [{finding.rule}]"
