"""What the page Claims shows: all claims, and one of them with all that it rests on.

The detail is the entry of ``verify --json``, so page, command, report and evidence cannot differ.
"""

from __future__ import annotations

from typing import Any

from dashboards.formats import Language
from dashboards.now import Claim, Shown, Span
from dashboards.now import Plant as PlantHead
from dashboards.records import Subject


class Detail(Shown):
    """One claim: ``told`` is its entry of ``verify --json``, in each language.

    locked: what the lock in force fixes; None while the plan is open.
    """

    claim: Claim
    resource: Subject
    told: dict[Language, dict[str, Any]]
    locked: dict[str, Any] | None


class Claims(Shown):
    """The whole page at one instant."""

    plant: PlantHead
    time_ms: int
    span: Span
    claims: list[Claim]
    resources: dict[str, Subject]
    detail: Detail | None
