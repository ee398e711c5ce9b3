"""Both languages say everything, with the same parameters, and nothing that no page asks for."""

import re
from pathlib import Path

import pytest

import dashboards
from dashboards.formats import LANGUAGES
from dashboards.words import choose, say, say_or, table

PARAMETER = re.compile(r"\{(\w+)\}")
# Keys that are put together from what the data say.
MADE_UP = (
    "resource.",
    "health.",
    "known.",
    "gateways.",
    "claim.",
    "claims.",
    "plan.",
    "link.",
    "today.",
    "age.",
    "months.",
    "alarm.",
    "book.",
    "chart.rate.",
    "events.fact.",
    "events.since",
    "events.opened",
    "events.closed",
    "chart.cusum.",
    "cusum.rule.",
    "entries.",
    "event.",
    "grafana.",
    "part.",
    "per.",
    "shift.name.",
    "unit.",
    "worth.",
    "load.idle",
    "load.rule.",
    "water.",
    "point.",
    "chart.balance.",
    "chart.flows.",
    "performance.changed",
    "performance.fact.",
    "performance.open",
    "table.count.",
    "table.day",
    "table.week",
)


def _asked_for() -> str:
    root = Path(dashboards.__file__).parent
    own = [file for file in root.rglob("*.py") if "report" not in file.parts]
    pages = [*root.joinpath("static").iterdir(), *root.joinpath("pages").iterdir()]
    return "\n".join(file.read_text("utf-8") for file in [*own, *pages])


def test_both_languages_have_the_same_keys_and_parameters() -> None:
    english, vietnamese = (table(language) for language in LANGUAGES)
    assert english.keys() == vietnamese.keys()
    for key, text in english.items():
        assert set(PARAMETER.findall(text)) == set(PARAMETER.findall(vietnamese[key])), key
        assert text.strip(), key
        assert vietnamese[key].strip(), key


def test_no_text_is_left_that_nothing_says() -> None:
    named = set(re.findall(r"(?<=[\"'{])[^\"'{}\s]+(?=[\"'}])", _asked_for()))
    assert [key for key in table("en") if key not in named and not key.startswith(MADE_UP)] == []


def test_every_text_that_code_names_outright_exists() -> None:
    named = re.findall(r'\bsay\("([\w.]+)"', _asked_for())
    assert len(named) > 30
    assert [key for key in named if key not in table("en")] == []


def test_a_missing_text_is_an_error_not_a_blank() -> None:
    with pytest.raises(KeyError):
        say("no.such.text", "en")
    assert say_or("resource.molasses", "vi", "molasses") == "molasses"


@pytest.mark.parametrize(
    ("asked", "accepted", "chosen"),
    [
        ("vi", "en", "vi"),
        (None, "vi-VN,vi;q=0.9,en;q=0.8", "vi"),
        (None, "fr, en-GB;q=0.5, vi;q=0.3", "en"),
        ("fr", "", "en"),
        (None, "", "en"),
    ],
)
def test_the_language_is_the_one_asked_for_or_the_browsers_first(
    asked: str | None, accepted: str, chosen: str
) -> None:
    assert choose(asked, accepted) == chosen
