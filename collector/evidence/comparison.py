"""What an evidence file says beside what is recomputed.

A file of today's form must say exactly what is recomputed. One of an older form may lack the fields
that came since, and word a sentence otherwise as long as its numbers are the same: both are named.
"""

from __future__ import annotations

import math
import re
from typing import Any

from collector.evidence.manifest import VERSION, Manifest
from plant.errors import EvidenceError

TOLERANCE = 1e-9  # of a number: another processor may round its last digits otherwise
NOTHING = 1e-13  # below which two numbers are the same zero
# Whoever adds a field to the results, or words a sentence anew, begins a version of the manifest.
SINCE: dict[int, frozenset[str]] = {
    2: frozenset({"results.json.claims.verified.points_in_unseen_season"}),
    3: frozenset(),  # warnings alone
}
SENTENCES = frozenset({"reason", "why"})
LISTS_OF_SENTENCES = frozenset({"warnings"})
_INDEX = re.compile(r"\[\d+\]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class Comparison:
    """Compares two trees of plain values, and counts the numbers in them.

    lacking: fields that an older form does not have. reworded: sentences that it words otherwise.
    further: what is said today beside its own warnings.
    """

    def __init__(self, manifest: Manifest) -> None:
        self.numbers = 0
        self.lacking: set[str] = set()
        self.reworded: set[str] = set()
        self.further: list[str] = []
        self._is_older = manifest.version < VERSION
        self._writer = manifest.cleanline
        later = (fields for version, fields in SINCE.items() if version > manifest.version)
        self._unknown = frozenset[str]().union(*later)

    def remarks(self) -> list[str]:
        """What a reader must know of an older file, a line each."""
        if not self._is_older:
            return []
        lines = [f"written by Cleanline {self._writer!r} in an older form"]
        if self.lacking:
            lines.append(f"it does not say, as is told today: {', '.join(sorted(self.lacking))}")
        if self.reworded:
            fields = ", ".join(sorted(self.reworded))
            lines.append(f"worded otherwise today, with the same numbers: {fields}")
        return lines + [f"told today beside its own warnings: {one}" for one in self.further]

    def compare(self, told: Any, found: Any, at: str) -> None:
        """Raise EvidenceError where the first difference is."""
        key = at.rpartition(".")[2]
        if isinstance(told, dict) and isinstance(found, dict):
            self._compare_fields(told, found, at)
        elif isinstance(told, list) and isinstance(found, list):
            if self._is_older and key in LISTS_OF_SENTENCES:
                self._compare_warnings(told, found, at)
                return
            if len(told) != len(found):
                raise self._differs(f"{at}: {len(told)} entries, recomputed {len(found)}")
            for number, (one, other) in enumerate(zip(told, found, strict=True)):
                self.compare(one, other, f"{at}[{number}]")
        elif not self._same(told, found):
            if not (self._is_older and key in SENTENCES and _says_alike(told, found)):
                raise self._differs(f"{at}: {_brief(told)}, recomputed {_brief(found)}")
            self.reworded.add(_field(at))

    def _compare_fields(self, told: dict[str, Any], found: dict[str, Any], at: str) -> None:
        """Field by field; what came after an older form is no difference."""
        one_sided = {_field(f"{at}.{key}"): key for key in found.keys() - told.keys()}
        lacking = one_sided.keys() & self._unknown
        odd = (told.keys() ^ found.keys()) - {one_sided[field] for field in lacking}
        if odd:
            raise self._differs(f"{at}.{min(odd)}: stands on one side only")
        self.lacking |= lacking
        for key, value in told.items():
            self.compare(value, found[key], f"{at}.{key}")

    def _compare_warnings(self, told: list[Any], found: list[Any], at: str) -> None:
        """Every sentence of an older form stands today, in these words or others."""
        left = list(found)
        for sentence in told:
            alike = [one for one in left if _says_alike(sentence, one)]
            if not alike:
                raise self._differs(f"{at}: {_brief(sentence)} is not said of these readings")
            match = sentence if sentence in alike else alike[0]
            left.remove(match)
            if match != sentence:
                self.reworded.add(_field(at))
        self.further += left

    def _differs(self, text: str) -> EvidenceError:
        if self._is_older:
            text += f"; it is of an older form, check it with Cleanline {self._writer!r} too"
        return EvidenceError(text)

    def _same(self, told: Any, found: Any) -> bool:
        if _is_number(told) and _is_number(found):
            self.numbers += 1
            close = math.isclose(told, found, rel_tol=TOLERANCE, abs_tol=NOTHING)
            return close if isinstance(told, float) and isinstance(found, float) else told == found
        return type(told) is type(found) and bool(told == found)


def _field(at: str) -> str:
    return _INDEX.sub("", at)


def _says_alike(told: Any, found: Any) -> bool:
    """Whether two sentences hold the same numbers."""
    if not isinstance(told, str) or not isinstance(found, str):
        return False
    return sorted(_NUMBER.findall(told)) == sorted(_NUMBER.findall(found))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
