"""Every error that Cleanline raises on purpose.

CleanlineError              one line: what was tried, on what, what to do
├── UsageError              the command was used wrongly (exit 2)
├── ProblemsError           several faults of one file, all at once (exit 2)
│   ├── PlantFileError      of a plant file
│   ├── ModelFileError      of a meter model
│   ├── ScenarioFileError   of a simulated plant's process or scenario
│   ├── FactorFileError     of emission factors, or of a sector's norms
│   └── ImportFileError     of a CSV file
├── UnitError               a unit that is not known, or does not fit
├── WireError               a pack or message that is not what the wire says
├── BusError                a Modbus bus or unit did not answer as it should
├── StoreError              the store or the ledger refused
├── EvidenceError           an evidence file that is not what it says (exit 1)
└── AnalysisError           arithmetic that would not be right, refused
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

TOLD_OF_A_KIND = 10


class CleanlineError(Exception):
    """Root of the tree; its text is the one line that a user reads."""


class UsageError(CleanlineError):
    """The command was used wrongly."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of one file, as a person mends it."""

    file: str
    line: int | None
    key: str
    found: str
    wanted: str
    suggestion: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        hint = f"; did you mean {self.suggestion!r}?" if self.suggestion else ""
        return f"{place}: {self.key}: found {self.found}, wanted {self.wanted}{hint}"


class ProblemsError(CleanlineError):
    """Several faults of one file, all said at once, one line each."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(_lines(problems)))


def _lines(problems: list[Problem]) -> Iterator[str]:
    """A line each; of faults of one kind, which a long column may have throughout, the first."""
    of_kind = Counter((problem.key, problem.wanted) for problem in problems)
    told: Counter[tuple[str, str]] = Counter()
    for problem in problems:
        kind = problem.key, problem.wanted
        told[kind] += 1
        if told[kind] <= TOLD_OF_A_KIND:
            yield str(problem)
        elif told[kind] == of_kind[kind]:
            more = of_kind[kind] - TOLD_OF_A_KIND
            upto = f"up to line {problem.line}"
            yield f"{problem.file}: {problem.key}: {more:,} more of this kind, {upto}"


class PlantFileError(ProblemsError):
    """Faults of a plant file."""


class ModelFileError(ProblemsError):
    """Faults of a meter model file."""


class ScenarioFileError(ProblemsError):
    """Faults of a simulated plant's process or scenario file."""


class FactorFileError(ProblemsError):
    """Faults of a file of emission factors, or of a sector's norms."""


class ImportFileError(ProblemsError):
    """Faults of an imported CSV file; nothing of it was stored."""


class UnitError(CleanlineError):
    """A unit that is not known, or that does not fit."""


class WireError(CleanlineError):
    """A pack or message that is not what the wire says; carries the reason for quarantine."""


class BusError(CleanlineError):
    """A Modbus bus or unit did not answer as it should."""


class StoreError(CleanlineError):
    """The store or the ledger refused."""


class EvidenceError(CleanlineError):
    """An evidence file that was changed, is hostile, or does not come to what it says."""


class AnalysisError(CleanlineError):
    """Arithmetic that would not be right, refused."""
