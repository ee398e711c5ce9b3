"""Report and evidence of a plant's claims as files: made when asked for, kept while they hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from collector.evidence.export import Exported, export
from collector.evidence.gather import Materials
from collector.statement import Statement, as_of, state
from dashboards.formats import Language
from dashboards.records import Records
from plant.errors import UsageError

CHANGED_MS = 600_000  # readings come every second, and seldom late ones that a claim rests on
TYPES = {
    "report.html": "text/html; charset=utf-8",
    "report.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "report.pdf": "application/pdf",
    "evidence.zip": "application/zip",
}


class _Revision(NamedTuple):
    ledger: tuple[int, ...]
    as_of_ms: int


@dataclass
class _Made:
    """A statement with its evidence, and the files made of it so far."""

    statement: Statement
    exported: Exported
    revision: _Revision
    records_revision: tuple[int, ...]
    made_ms: int
    files: dict[tuple[str, Language], bytes] = field(default_factory=dict)


class ReportFiles:
    """The files of one plant; each is made once, in a thread."""

    def __init__(self, records: Records, clock: Callable[[], int]) -> None:
        """clock: UTC milliseconds."""
        self._records = records
        self._clock = clock
        self._made: _Made | None = None
        self._making = asyncio.Lock()

    async def file(self, name: str, language: Language) -> bytes:
        """One of ``TYPES``; CleanlineError with what to do where it cannot be made."""
        async with self._making:
            made = await self._current()
            key = name, language
            if key not in made.files:
                made.files[key] = await asyncio.to_thread(_file, made, name, language)
            return made.files[key]

    async def _current(self) -> _Made:
        records, now_ms = self._records, self._clock()
        plant, ledger = records.plant, records.ledger
        entered = (*ledger.revision(plant.id), ledger.notes.newest(plant.id))
        revision = _Revision(entered, as_of(plant, now_ms))
        made = self._made
        if made is not None and made.revision == revision:
            is_same = made.records_revision == records.revision
            if is_same or 0 <= now_ms - made.made_ms < CHANGED_MS:
                return made
        seen = records.revision
        statement, exported = await asyncio.to_thread(_state, records, revision.as_of_ms)
        self._made = _Made(statement, exported, revision, seen, now_ms)
        return self._made


def _state(records: Records, as_of_ms: int) -> tuple[Statement, Exported]:
    held = Materials(records.plant, records.store, records.ledger)
    statement = state(held.plant, held.store, ledger=held.ledger, as_of_ms=as_of_ms)
    return statement, export(held, statement)


def _file(made: _Made, name: str, language: Language) -> bytes:
    if name == "evidence.zip":
        return made.exported.archive
    try:
        from dashboards.report import content, page, pdf, workbook  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError(
            "reports need openpyxl; type in the checkout: pip install '.[report]'"
        ) from error
    told = content.content_of(made.statement, made.exported, language)
    if name == "report.xlsx":
        return workbook.workbook(told)
    text = page.page(told)
    if name == "report.html":
        return text.encode()
    paper = pdf.pdf(text)
    if paper is None:
        raise UsageError(pdf.ADVICE)
    return paper
