"""The report's texts: both languages say the same things, and nothing is left unsaid or unused."""

from __future__ import annotations

import re
from importlib.resources import files

from collector.analysis.candidates import RULE
from dashboards.report.words import table
from plant.points import Trust
from plant.sectors import sectors

PARAMETER = re.compile(r"\{(\w+)\}")
MADE_UP = (
    "term.",
    "bend.",
    "meter",
    "verdict.",
    "worth.",
    "by.",
    "trust.",
    "norm.kind.",
    "plan.open",
    "plan.changed",
    "method.",
    "middle",
)
MADE_UP_FROM_PARTS = (
    *("book.", "imports.", "left_out.", "model.", "recompute.", "candidate."),
    "adjustment.",
    *("caption.", "claimed", "saved", "interval", "baseline", "reporting"),
)


def _sources() -> str:
    folder = files("dashboards.report")
    return "\n".join(f.read_text("utf-8") for f in folder.iterdir() if f.name.endswith(".py"))


def test_both_languages_have_the_same_keys_and_parameters() -> None:
    english, vietnamese = table("en"), table("vi")
    assert english.keys() == vietnamese.keys()
    for key, text in english.items():
        assert set(PARAMETER.findall(text)) == set(PARAMETER.findall(vietnamese[key])), key
        assert text.strip(), key
        assert vietnamese[key].strip(), key


def test_no_text_is_left_that_nothing_says() -> None:
    sources = _sources()
    last = {key.rpartition(".")[2] for key in table("en") if key.startswith(MADE_UP_FROM_PARTS)}
    unused = [
        key
        for key in table("en")
        if not key.startswith(MADE_UP)
        and f'"{key}"' not in sources
        and not (key.rpartition(".")[2] in last and f'{key.rpartition(".")[2]}"' in sources)
    ]
    assert unused == []


def test_every_text_that_code_names_outright_exists() -> None:
    named = re.findall(r"""\.say\(\s*"([\w.]+)\"""", _sources())
    assert len(named) > 60
    assert [key for key in named if key not in table("en")] == []


def test_every_rung_of_trust_kind_of_norm_and_verdict_has_a_word() -> None:
    for language in ("en", "vi"):
        words = table(language)
        assert all(f"trust.{rung.value}" in words for rung in Trust)
        kinds = {norm.kind for sector in sectors().values() for norm in sector.norms}
        assert all(f"norm.kind.{kind}" in words for kind in kinds)
        verdicts = ("proven", "plausible", "refuted", "undecided", "none")
        assert all(f"verdict.{verdict}" in words for verdict in verdicts)


def test_the_rule_that_is_printed_is_the_rule_that_is_locked() -> None:
    """The report tells the rule in words of its own: whoever changes one changes the other."""
    assert RULE == (
        "of all subsets of the drivers, the one with the highest adjusted R2 among those with "
        "F-test p <= 0.1, every driver p <= 0.2, at least one driver p <= 0.1 and R2 >= 0.5; "
        "the baseline's mean where none is left"
    )
