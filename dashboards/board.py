"""The shared state of one plant's pages: computed once per change, told to every open page.

Two rhythms on Now: what was read is told as it comes; consumption, claims and charts are computed
anew every minute. All other pages are told that something changed, and ask. Nothing is computed
while nobody watches, except what a request asks for.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from dashboards.drawn import Drawn, view
from dashboards.formats import LANGUAGES, Language
from dashboards.live import Live, news
from dashboards.now import Now
from dashboards.paging import Pages
from dashboards.stream import Stream
from plant.errors import CleanlineError

REBUILD_MS = 60_000
ANSWER_MS = 2_000  # a request's answer is at most so far behind
MOST_GIVEN = 8  # versions of the page that are remembered between two tellings
BREATH_S = 0.2  # between two live events: nobody sees more

log = logging.getLogger(__name__)


class Source(Protocol):
    """Where a plant's page has its data from."""

    def now(self, time_ms: int) -> Now:
        """The whole page."""

    def live(self, time_ms: int) -> Live:
        """What changes by the second."""


class Board:
    """One plant's pages, shared by all who watch them."""

    def __init__(
        self,
        source: Source,
        clock: Callable[[], int],
        *,
        pages: Pages | None = None,
        lost_ms: Callable[[], int | None] = lambda: None,
    ) -> None:
        """clock: UTC milliseconds. pages: all that there are beside Now.

        lost_ms: since when the collector has no broker; None while it has.
        """
        self._source = source
        self._clock = clock
        self.pages = pages
        self._lost_ms = lost_ms
        self._lost_told = lost_ms()
        self.stream = Stream(clock=clock, greeting=self._line)
        self.quiet = Stream(clock=clock, greeting=self._line)
        self._now: Now | None = None
        self._drawn: dict[Language, Drawn] = {}
        self._given: dict[Language, list[Drawn]] = {language: [] for language in LANGUAGES}
        self._live: Live | None = None
        self._told_ms = 0
        self._quiet_told_ms = 0
        self._building = asyncio.Lock()
        self._changed = asyncio.Event()
        self._is_dirty = True

    def mark(self) -> None:
        """Note that something was stored; called in the loop's thread."""
        self._is_dirty = True
        self._changed.set()

    def renew(self) -> None:
        """Compute and tell the page anew: somebody changed something, and wants to see it."""
        self._now = None
        self._told_ms = 0
        self.mark()

    def close(self) -> None:
        """End every follower's stream."""
        self.stream.close()
        self.quiet.close()

    async def now(self) -> Now:
        """The page's data, at most a few seconds behind what is stored."""
        async with self._building:
            age_ms = self._clock() - self._now.time_ms if self._now else REBUILD_MS
            if self._now is None or age_ms >= (ANSWER_MS if self._is_dirty else REBUILD_MS):
                self._is_dirty = False
                self._now = await asyncio.to_thread(self._source.now, self._clock())
                self._drawn.clear()
            return self._now

    async def view(self, language: Language) -> tuple[str, bytes]:
        """The page in a language as JSON, and the id of the event to follow on from."""
        position = self.stream.position
        return position, self._view(await self.now(), language).whole

    def follow(self, language: Language, after: str | None) -> AsyncIterator[bytes]:
        """Events of Now after an id, for ever."""
        self._changed.set()  # who begins to watch is told at once what the others knew
        return self.stream.follow(language, after)

    async def run(self) -> None:
        """Tell followers what changes, until cancelled."""
        while True:
            await self._wait()
            self._tell_line()
            self._tell_quiet()
            if self.stream.followers:
                try:
                    await self.tell()
                except CleanlineError as error:
                    log.warning("page=not-computed reason=%r", str(error))
                except Exception:
                    log.exception("page=not-computed")
            await asyncio.sleep(BREATH_S)

    async def tell(self) -> None:
        """Send the page when it is due, and what was read since the last time."""
        if self._clock() - self._told_ms >= REBUILD_MS:
            self._told_ms = self._clock()
            await self._tell_page()
        live = await asyncio.to_thread(self._source.live, self._clock())
        changed = news(self._live, live)
        if self._live is not None and live.lacking != self._live.lacking:
            self.renew()  # what was told of a resource with a meter that nobody had read
        self._live = live
        if changed is not None:
            self.stream.send("live", dict.fromkeys(LANGUAGES, _encoded(changed)))

    async def _tell_page(self) -> None:
        """Send the page without the charts that every reader of it has as they are."""
        now = await self.now()
        drawn = {language: self._view(now, language) for language in LANGUAGES}
        whole = {language: page.whole for language, page in drawn.items()}
        told = {
            language: whole[language] if len(given) > MOST_GIVEN else drawn[language].beside(given)
            for language, given in self._given.items()
        }
        self._given = {language: [page] for language, page in drawn.items()}
        self.stream.send("page", told, whole=whole)

    def _line(self) -> bytes:
        """Since when there is no broker, as an event for who begins to watch."""
        return f"event: broker\ndata: {json.dumps(self._lost_ms())}\n\n".encode()

    def _tell_line(self) -> None:
        """Tell every page when the collector loses its broker, and when it is back."""
        lost_ms = self._lost_ms()
        if lost_ms != self._lost_told:
            self._lost_told = lost_ms
            self._now, self._quiet_told_ms = None, 0  # what gateways are, pages must ask anew
            if self.pages is not None:
                self.pages.forget()
            for stream in (self.stream, self.quiet):
                stream.send("broker", dict.fromkeys(LANGUAGES, json.dumps(lost_ms).encode()))

    def _tell_quiet(self) -> None:
        """Tell the other pages when it is time to ask again."""
        if self.quiet.followers and self._clock() - self._quiet_told_ms >= REBUILD_MS:
            self.tell_changed()

    def tell_changed(self) -> None:
        """Tell the other pages to ask again."""
        self._quiet_told_ms = self._clock()
        self.quiet.send("changed", dict.fromkeys(LANGUAGES, str(self._clock()).encode()))

    def _view(self, now: Now, language: Language) -> Drawn:
        """The page in a language; whoever is given one may have other charts than those told."""
        if language not in self._drawn:
            self._drawn[language] = Drawn(view(now, language))
            if len(self._given[language]) <= MOST_GIVEN:
                self._given[language].append(self._drawn[language])
        return self._drawn[language]

    async def _wait(self) -> None:
        """Until something was stored, or the page is due anew."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), REBUILD_MS / 1000)
        self._changed.clear()


def _encoded(data: dict[str, Any]) -> bytes:
    return json.dumps(data, separators=(",", ":"), allow_nan=False).encode()
