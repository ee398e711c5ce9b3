"""The shared state of one plant's pages: computed once per change, told to every open page.

Two rhythms: what was read is told as it comes; consumption, claims and charts are computed anew
every half minute. Nothing is computed while nobody watches, except what a request asks for.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from dashboards import charts
from dashboards.charts import Chart
from dashboards.formats import LANGUAGES, Language
from dashboards.live import Live, news
from dashboards.now import Now
from dashboards.stream import Stream
from plant.errors import CleanlineError

REBUILD_MS = 30_000
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
        for chart in (charts.rate(tile, language, zone), charts.months(tile, language))
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
        self._building = asyncio.Lock()
        self._changed = asyncio.Event()

    def mark(self) -> None:
        """Note that something was stored; called in the loop's thread."""
        self._changed.set()

    async def now(self) -> Now:
        """The page's data, at most half a minute old."""
        async with self._building:
            if self._now is None or self._clock() - self._now.time_ms >= REBUILD_MS:
                await self._build()
            assert self._now is not None  # noqa: S101 - just built
            return self._now

    async def view(self, language: Language) -> tuple[str, bytes]:
        """The page in a language as JSON, and the id of the event that it stands for."""
        await self.now()
        return self.stream.position, self._views[language]

    async def run(self) -> None:
        """Tell followers what changes, until cancelled."""
        while True:
            await self._wait()
            if self.stream.followers:
                try:
                    await self.tell()
                except CleanlineError as error:
                    log.warning("page not computed error=%s", error)
            await asyncio.sleep(BREATH_S)

    async def tell(self) -> None:
        """Send what is new: the whole page when it is due, else the news alone."""
        await self.now()
        live = await asyncio.to_thread(self._source.live, self._clock())
        changed = news(self._live, live)
        self._live = live
        if changed is not None:
            data = _encoded(changed)
            self.stream.send("live", dict.fromkeys(LANGUAGES, data))

    async def _wait(self) -> None:
        """Until something was stored, or the page is due anew."""
        try:
            await asyncio.wait_for(self._changed.wait(), REBUILD_MS / 1000)
        except TimeoutError:
            return
        self._changed.clear()

    async def _build(self) -> None:
        self._now = await asyncio.to_thread(self._source.now, self._clock())
        now = self._now
        self._views = {
            language: view(now, language).model_dump_json().encode() for language in LANGUAGES
        }
        self.stream.send("page", self._views, whole=True)


def _encoded(data: dict[str, Any]) -> bytes:
    return json.dumps(data, separators=(",", ":"), allow_nan=False).encode()
