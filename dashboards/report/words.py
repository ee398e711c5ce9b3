"""What the report says, by key, in each language: one flat JSON file a language."""

from __future__ import annotations

from collections.abc import Mapping

from collector.analysis import candidates as selection
from dashboards import formats, words
from dashboards.formats import Language
from plant.description import Plant


def table(language: Language) -> Mapping[str, str]:
    """Every text of the report in a language, by key."""
    return words.texts("report/texts", language)


def say(key: str, language: Language, /, **parameters: object) -> str:
    """A text with its parameters filled in; KeyError when nobody wrote it."""
    return table(language)[key].format(**parameters)


def rule(language: Language) -> str:
    """The rule by which a model is chosen."""
    limits = {
        "f": selection.F_P_LIMIT,
        "driver": selection.DRIVER_P_LIMIT,
        "best": selection.BEST_DRIVER_P_LIMIT,
        "r2": selection.R2_LIMIT,
    }
    told = {key: formats.number(value, language, places=1) for key, value in limits.items()}
    return say("rule", language, **told)


def quantity_name(plant: Plant, quantity: str, language: Language) -> str:
    """What a resource, product or driver is called: as the plant says, else as the pages do."""
    named = plant.resources | plant.products | plant.drivers
    own = named[quantity].name if quantity in named else table(language).get(f"term.{quantity}")
    return own or words.say_or(f"resource.{quantity}", language, quantity)
