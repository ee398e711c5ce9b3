"""One stream for all: each follower gets what it has not seen, or the whole page."""

import asyncio
from collections.abc import AsyncIterator

from dashboards.stream import Stream

BOTH = {"en": b"1", "vi": b"2"}
WHOLE = {"en": b"1 whole", "vi": b"2 whole"}


def _stream(**options: float) -> Stream:
    return Stream(clock=lambda: 1700, **options)  # type: ignore[arg-type]


FIRST = b"retry: 2000\n\nevent: ping\ndata: 1700\n\n"  # the page may be older than the clock


async def _take(follower: AsyncIterator[bytes], count: int) -> list[bytes]:
    return [await asyncio.wait_for(anext(follower), 60) for _ in range(count)]


def test_a_follower_goes_on_from_the_last_event_that_it_saw() -> None:
    async def run() -> list[bytes]:
        stream = _stream()
        stream.send("page", BOTH, whole=WHOLE)
        seen = stream.position
        stream.send("live", BOTH)
        stream.send("live", BOTH)
        return await _take(stream.follow("vi", seen), 3)

    retry, *events = asyncio.run(run())
    assert retry == FIRST
    assert [event.split(b"\n")[1:] for event in events] == [
        [b"event: live", b"data: 2", b"", b""]
    ] * 2
    assert events[0].split(b"\n")[0].endswith(b"-2")


def test_a_follower_from_before_a_restart_gets_the_whole_page() -> None:
    async def run() -> list[bytes]:
        stream = _stream()
        stream.send("live", BOTH)
        stream.send("page", BOTH, whole=WHOLE)
        stream.send("live", BOTH)
        return await _take(stream.follow("en", "0bad0bad-77"), 3)

    _, page, live = asyncio.run(run())
    assert b"event: page\ndata: 1 whole\n" in page
    assert b"event: live" in live


def test_a_follower_that_missed_nothing_gets_the_page_without_what_it_has() -> None:
    async def run() -> list[bytes]:
        stream = _stream()
        seen = stream.position
        stream.send("page", BOTH, whole=WHOLE)
        return await _take(stream.follow("vi", seen), 2)

    assert b"event: page\ndata: 2\n\n" in asyncio.run(run())[1]


def test_a_follower_that_fell_out_of_the_ring_gets_the_whole_page() -> None:
    async def run() -> list[bytes]:
        stream = _stream(kept=3)
        seen = stream.position
        stream.send("page", BOTH, whole=WHOLE)
        for _ in range(5):
            stream.send("live", BOTH)
        return await _take(stream.follow("en", seen), 5)

    events = asyncio.run(run())
    assert [b"event: page" in event for event in events] == [False, True, False, False, False]


def test_silence_is_filled_with_pings_that_tell_the_time() -> None:
    async def run() -> list[bytes]:
        stream = _stream(ping_s=0.001)
        return await _take(stream.follow("en", stream.position), 3)

    assert asyncio.run(run())[1:] == [b"event: ping\ndata: 1700\n\n"] * 2


def test_an_event_reaches_a_follower_that_waits() -> None:
    async def run() -> bytes:
        stream = _stream()
        follower = stream.follow("en", stream.position)
        await anext(follower)
        waiting = asyncio.ensure_future(anext(follower))
        await asyncio.sleep(0)
        assert stream.followers == 1
        stream.send("live", BOTH)
        event = await asyncio.wait_for(waiting, 60)
        await follower.aclose()  # type: ignore[attr-defined]
        assert stream.followers == 0
        return event

    assert b"event: live\ndata: 1\n\n" in asyncio.run(run())


def test_closing_ends_every_stream() -> None:
    async def run() -> list[bytes]:
        stream = _stream()
        follower = stream.follow("en", None)
        first = await anext(follower)
        stream.close()
        return [first, *[event async for event in follower]]

    assert asyncio.run(run()) == [FIRST]
