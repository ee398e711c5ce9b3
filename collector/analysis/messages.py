"""Sentences that a plant manager reads, by key, in English and Vietnamese."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, Literal

from collector.analysis.sentences_model import MODEL
from collector.analysis.sentences_profile import PROFILE
from collector.analysis.sentences_verdict import VERDICT
from collector.analysis.sentences_warning import WARNING
from plant.errors import AnalysisError

Language = Literal["en", "vi"]


@dataclass(frozen=True, slots=True)
class Message:
    """A key of TEXTS and the numbers and names that its sentence holds."""

    key: str
    parameters: Mapping[str, object] = field(hash=False)

    def text(self, language: Language = "en") -> str:
        """The sentence; unknown languages raise KeyError."""
        parts = {
            name: value.text(language) if isinstance(value, Message) else value
            for name, value in self.parameters.items()
        }
        return fill(TEXTS[self.key][language], parts, language)


class UnusableError(AnalysisError):
    """Data from which no number may be drawn; carries the sentence that says why."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(message.text())


def fill(template: str, parts: Mapping[str, object], language: Language) -> str:
    """A text with its parts, numbers written as the language writes them."""
    return _FORMATTERS[language].vformat(template, (), parts)


class _DecimalComma(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        written = str(super().format_field(value, format_spec))
        return written.translate(_SWAP) if isinstance(value, int | float) else written


_SWAP = str.maketrans({",": ".", ".": ","})


_FORMATTERS: Mapping[Language, Formatter] = {"en": Formatter(), "vi": _DecimalComma()}

TEXTS: Mapping[str, Mapping[Language, str]] = {
    **MODEL,
    **VERDICT,
    **WARNING,
    **PROFILE,
}
