"""Pages beside Now: what each needs, and results kept a while for all who look at the same."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Generic, TypeVar

from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict, Field

from dashboards.formats import Language
from dashboards.note_form import about_result, note_form
from dashboards.records import Records
from dashboards.report_files import ReportFiles
from dashboards.sheet import Sheet
from dashboards.worth import UnitKind

KEPT = 48  # results, of whatever pages and questions
FRESH_MS = 10_000  # after something changed
STILL_MS = 60_000  # when nothing did: what is said of "now" goes on

Name = Annotated[str, Field(max_length=64)]
FirstDay, LastDay = date(2000, 1, 1), date(2100, 1, 1)


class Ask(BaseModel):
    """What a reader asks a page for; what is not said, the page chooses."""

    model_config = ConfigDict(frozen=True)
    resource: Name | None = None
    day: Annotated[date, Field(ge=FirstDay, le=LastDay)] | None = None
    shift: Name | None = None
    unit: UnitKind = "own"
    weeks: Annotated[int, Field(ge=4, le=8)] = 6
    claim: Name | None = None
    days: Annotated[int, Field(ge=1, le=400)] | None = None  # how far back


def days_back(ask: Ask, known: Collection[int], default: int) -> int:
    """How many days back a page goes; LookupError for a length that it does not have."""
    days = ask.days or default
    if days not in known:
        raise LookupError(f"no page of {days} days; known: {', '.join(map(str, known))}")
    return days


R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True)
class Page(Generic[R]):
    """One page: its name in addresses, its result, how that is made and how it is shown.

    build raises LookupError with a sentence for what a plant does not have.
    """

    name: str
    result: type[R]
    build: Callable[[Records, Ask, int], R]
    show: Callable[[R, Language], Sheet]


@dataclass
class _Kept:
    result: BaseModel
    built_ms: int
    revision: tuple[int, ...]
    views: dict[Language, bytes] = field(default_factory=dict)


class Pages:
    """Results of one plant's pages, computed when they are asked for."""

    def __init__(self, records: Records, clock: Callable[[], int]) -> None:
        """clock: UTC milliseconds."""
        self.records = records
        self.report = ReportFiles(records, clock)
        self._clock = clock
        self._kept: OrderedDict[tuple[str, Ask], _Kept] = OrderedDict()
        self._building = asyncio.Lock()

    async def result(self, page: Page[Any], ask: Ask) -> BaseModel:
        """The page's result; 404 for a resource, shift or day that the plant does not have."""
        return (await self._fresh(page, ask)).result

    async def sheet(self, page: Page[Any], ask: Ask, language: Language) -> Sheet:
        """The page in a language, with the form by which notes are taken."""
        return await asyncio.to_thread(self._shown, page, await self.result(page, ask), language)

    async def view(self, page: Page[Any], ask: Ask, language: Language) -> bytes:
        """The same as JSON, encoded once."""
        kept = await self._fresh(page, ask)
        if language not in kept.views:
            sheet = await asyncio.to_thread(self._shown, page, kept.result, language)
            kept.views[language] = sheet.model_dump_json(exclude_none=False).encode()
        return kept.views[language]

    def now_ms(self) -> int:
        """The pages' clock: UTC milliseconds."""
        return self._clock()

    def forget(self) -> None:
        """Compute all anew: somebody changed something, and wants to see it."""
        self._kept.clear()

    def _shown(self, page: Page[Any], result: BaseModel, language: Language) -> Sheet:
        form = note_form(self.records, language, about=about_result(result))
        return page.show(result, language).model_copy(update={"note": form})

    async def _fresh(self, page: Page[Any], ask: Ask) -> _Kept:
        async with self._building:
            key = page.name, ask
            kept, revision = self._kept.get(key), self.records.revision
            now_ms = self._clock()
            limit_ms = STILL_MS if kept and kept.revision == revision else FRESH_MS
            if kept is None or not 0 <= now_ms - kept.built_ms < limit_ms:
                try:
                    result = await asyncio.to_thread(page.build, self.records, ask, now_ms)
                except LookupError as error:
                    raise HTTPException(404, str(error.args[0])) from None
                kept = self._kept[key] = _Kept(result, now_ms, revision)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return kept
