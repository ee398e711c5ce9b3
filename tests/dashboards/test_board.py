"""One computation for all who watch, none while nobody does."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

from dashboards.board import ANSWER_MS, REBUILD_MS, Board


class Hands:
    """A clock that the test sets."""

    def __init__(self, time_ms: int) -> None:
        self.time_ms = time_ms

    def __call__(self) -> int:
        return self.time_ms


def _run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(test)


def test_requests_share_one_computation(source: Any, now_ms: int) -> None:
    async def test() -> None:
        board = Board(source, lambda: now_ms)
        await asyncio.gather(*(board.view(language) for language in ("en", "vi", "en")))
        assert source.asked == 1

    _run(test())


def test_an_answer_follows_what_was_stored_within_seconds(source: Any, now_ms: int) -> None:
    async def test() -> None:
        clock = Hands(now_ms)
        board = Board(source, clock)
        await board.now()
        board.mark()
        clock.time_ms += ANSWER_MS - 1
        await board.now()
        assert source.asked == 1
        clock.time_ms += 1
        assert (await board.now()).time_ms == clock.time_ms
        assert source.asked == 2

    _run(test())


def test_an_answer_is_kept_while_nothing_is_stored(source: Any, now_ms: int) -> None:
    async def test() -> None:
        clock = Hands(now_ms)
        board = Board(source, clock)
        await board.now()
        clock.time_ms += REBUILD_MS - 1
        await board.now()
        assert source.asked == 1
        clock.time_ms += 1
        await board.now()
        assert source.asked == 2

    _run(test())


def test_nothing_is_computed_while_nobody_watches(source: Any, now_ms: int) -> None:
    async def test() -> None:
        board = Board(source, lambda: now_ms)
        running = asyncio.create_task(board.run())
        for _ in range(3):
            board.mark()
            await asyncio.sleep(0)
        assert source.asked == 0
        running.cancel()

    _run(test())


def test_the_whole_page_is_told_when_it_is_due_and_news_in_between(
    source: Any, now_ms: int
) -> None:
    async def test() -> None:
        clock = Hands(now_ms)
        board = Board(source, clock)
        follower = board.follow("vi", None)
        await anext(follower)
        await board.tell()
        page, live = [await anext(follower) for _ in range(2)]
        assert b"event: page" in page
        assert "Hai giờ qua" in page.decode()
        assert b"event: live" in live
        source.power = 700.0
        await board.tell()
        data = json.loads((await anext(follower)).split(b"data: ")[1])
        assert set(data) == {"time_ms", "values", "rates"}
        clock.time_ms += REBUILD_MS
        await board.tell()
        assert b"event: page" in await anext(follower)
        await follower.aclose()  # type: ignore[attr-defined]

    _run(test())


def test_a_page_event_leaves_out_the_charts_that_every_reader_has(
    source: Any, page: Any, tile: Any, now_ms: int
) -> None:
    """Also those that only a page loaded in between has otherwise."""

    async def test() -> None:
        clock = Hands(now_ms)
        board = Board(source, clock)
        shown = page()
        source.now = lambda time_ms: shown.model_copy(update={"time_ms": time_ms})
        await board.view("en")
        follower = board.follow("en", board.stream.position)
        await anext(follower)
        await board.tell()
        assert set(_data(await anext(follower))["charts"]) == set()
        await anext(follower)  # live
        first = shown
        shown = page(tiles=[tile(trace=first.tiles[0].trace.model_copy(update={"start_ms": 0}))])
        board.mark()
        clock.time_ms += ANSWER_MS
        await board.view("en")  # somebody loads a page that has another chart of the rate
        shown = first
        clock.time_ms += REBUILD_MS
        await board.tell()
        assert set(_data(await anext(follower))["charts"]) == {"rate-electricity"}
        await follower.aclose()  # type: ignore[attr-defined]

    _run(test())


def _data(event: bytes) -> Any:
    return json.loads(event.split(b"data: ")[1])


def test_a_fault_of_one_computation_does_not_end_the_rest(source: Any, now_ms: int) -> None:
    async def test() -> None:
        board = Board(source, lambda: now_ms)
        live, source.live = source.live, lambda time_ms: 1 / 0
        follower = board.follow("en", board.stream.position)
        await anext(follower)
        running = asyncio.create_task(board.run())
        waiting = asyncio.ensure_future(anext(follower))
        assert b"event: page" in await asyncio.wait_for(waiting, 60)
        source.live = live
        waiting = asyncio.ensure_future(anext(follower))
        board.mark()
        assert b"event: live" in await asyncio.wait_for(waiting, 60)
        running.cancel()

    _run(test())


def test_the_page_is_told_anew_when_a_meter_is_read_for_the_first_time(
    source: Any, now_ms: int
) -> None:
    async def test() -> None:
        board = Board(source, Hands(now_ms))
        follower = board.follow("en", None)
        await anext(follower)
        read = source.live
        without = {"rates": {}, "lacking": {"electricity": ["incomer"]}}
        source.live = lambda time_ms: read(time_ms).model_copy(update=without)
        await board.tell()
        assert [b"event: page" in await anext(follower) for _ in range(2)] == [True, False]
        source.live = read
        await board.tell()
        assert b'"rates"' in await anext(follower)
        await board.tell()
        assert b"event: page" in await anext(follower)
        await follower.aclose()  # type: ignore[attr-defined]

    _run(test())
