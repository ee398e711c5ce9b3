"""The shared state of one plant's pages: computed once per change, told to every open page.

Two rhythms: what was read is told as it comes; consumption, claims and charts are computed anew
every minute. Nothing is computed while nobody watches, except what a request asks for.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from dashboards.charts import Chart
from dashboards.formats import LANGUAGES, Language
from dashboards.live import Live, news
from dashboards.months_chart import months
from dashboards.now import Now
from dashboards.rate_chart import rate
from dashboards.stream import Stream
from plant.errors import CleanlineError

REBUILD_MS = 60_000
ANSWER_MS = 2_000  # a request's answer is at most so far behind
BREATH_S = 0.2  # between two live events: nobody sees more

log = logging.getLogger(__name__)


class Source(Protocol):
    """Where a plant's page has its data from."""

    def now(self, time_ms: int) -> Now:
        """The whole page."""

    def live(self, time_ms: int) -> Live:
        """What changes by the second."""


class View(BaseModel):
    """The Now page in one language: its data and its charts."""

    model_config = ConfigDict(frozen=True)
    now: Now
    charts: dict[str, Chart]


def view(now: Now, language: Language) -> View:
    """The page in a language."""
    zone = ZoneInfo(now.plant.timezone)
    drawn = [
        chart
        for tile in now.tiles
        for chart in (rate(tile, language, zone), months(tile, language))
    ]
    return View(now=now, charts={chart.key: chart for chart in drawn})


class Board:
    """One plant's page, shared by all who watch it."""

    def __init__(self, source: Source, clock: Callable[[], int]) -> None:
        """clock: UTC milliseconds."""
        self._source = source
        self._clock = clock
        self.stream = Stream(clock=clock)
        self._now: Now | None = None
        self._views: dict[Language, bytes] = {}
        self._live: Live | None = None
        self._told_ms = 0
        self._building = asyncio.Lock()
        self._changed = asyncio.Event()
        self._is_dirty = True

    def mark(self) -> None:
        """Note that something was stored; called in the loop's thread."""
        self._is_dirty = True
        self._changed.set()

    async def now(self) -> Now:
        """The page's data, at most a few seconds behind what is stored."""
        async with self._building:
            age_ms = self._clock() - self._now.time_ms if self._now else REBUILD_MS
            if self._now is None or age_ms >= (ANSWER_MS if self._is_dirty else REBUILD_MS):
                self._is_dirty = False
                self._now = await asyncio.to_thread(self._source.now, self._clock())
                self._views.clear()
            return self._now

    async def view(self, language: Language) -> tuple[str, bytes]:
        """The page in a language as JSON, and the id of the event to follow on from."""
        position = self.stream.position
        now = await self.now()
        return position, self._view(now, language)

    def follow(self, language: Language, after: str | None) -> AsyncIterator[bytes]:
        """Events after an id, for ever."""
        self._changed.set()  # who begins to watch is told at once what the others knew
        return self.stream.follow(language, after)

    async def run(self) -> None:
        """Tell followers what changes, until cancelled."""
        while True:
            await self._wait()
            if self.stream.followers:
                try:
                    await self.tell()
                except CleanlineError as error:
                    log.warning("page=not-computed reason=%r", str(error))
                except Exception:
                    log.exception("page=not-computed")
            await asyncio.sleep(BREATH_S)

    async def tell(self) -> None:
        """Send the whole page when it is due, and what was read since the last time."""
        if self._clock() - self._told_ms >= REBUILD_MS:
            self._told_ms = self._clock()
            now = await self.now()
            pages = {language: self._view(now, language) for language in LANGUAGES}
            self.stream.send("page", pages, whole=True)
        live = await asyncio.to_thread(self._source.live, self._clock())
        changed = news(self._live, live)
        self._live = live
        if changed is not None:
            self.stream.send("live", dict.fromkeys(LANGUAGES, _encoded(changed)))

    def _view(self, now: Now, language: Language) -> bytes:
        if language not in self._views:
            self._views[language] = view(now, language).model_dump_json().encode()
        return self._views[language]

    async def _wait(self) -> None:
        """Until something was stored, or the page is due anew."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), REBUILD_MS / 1000)
        self._changed.clear()


def _encoded(data: dict[str, Any]) -> bytes:
    return json.dumps(data, separators=(",", ":"), allow_nan=False).encode()
