"""One request at a time, with pauses; a lost line is opened again, ever more patiently."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from agent.bus import LONGEST_RETRY_S, SILENCES_UNTIL_DROP, Bus, Patience
from agent.frames import Answer, Failure, Read, Words
from agent.link import ExceptionError, GarbledError, SilentError
from plant.description import Bus as BusDescription

READ = Read(3, 0, 2)
USUAL = Patience()


class FakeLine:
    """A line whose answers a test chooses; it knows when each request began."""

    def __init__(self, hands) -> None:
        self.hands = hands
        self.is_open = True
        self.heard_s = 0.0
        self.answers: list[Exception | None] = []
        self.began: list[tuple[int, float]] = []
        self.timeouts: list[float] = []
        self.busy = False
        self.takes_s = 0.010

    async def read(self, unit: int, read: Read, *, timeout_s: float) -> tuple[list[int], float]:
        assert not self.busy, "two requests at one time"
        self.busy = True
        self.began.append((unit, self.hands.now_s))
        self.timeouts.append(timeout_s)
        answer = self.answers.pop(0) if self.answers else None
        await self.hands.sleep(timeout_s if isinstance(answer, SilentError) else self.takes_s)
        self.busy = False
        if answer is not None:
            raise answer
        self.heard_s = self.hands.now_s
        return [0] * read.count, self.hands.now_s - self.takes_s / 2

    def close(self) -> None:
        self.is_open = False


class Rig:
    """A bus over fake lines."""

    def __init__(self, hands, **description) -> None:
        self.hands = hands
        self.lines: list[FakeLine] = []
        self.refuses = False
        self.opened: list[float] = []
        text = {"tcp": "127.0.0.1:502"} if "serial" not in description else {}
        self.bus = Bus(
            "g/b",
            BusDescription.model_validate(text | description),
            clock=hands.clock(),
            opener=self.open,
            jitter=lambda: 0.5,
        )

    async def open(self) -> FakeLine:
        self.opened.append(self.hands.now_s)
        if self.refuses:
            raise ConnectionRefusedError(111, "refused")
        self.lines.append(FakeLine(self.hands))
        return self.lines[-1]

    @property
    def line(self) -> FakeLine:
        return self.lines[-1]

    async def ask(self, unit: int = 1, patience: Patience = USUAL) -> Answer:
        return await self.bus.read(unit, READ, patience)


def test_requests_wait_for_each_other(hands) -> None:
    rig = Rig(hands)

    async def work() -> None:
        await asyncio.gather(*(rig.ask(unit) for unit in (1, 2, 3)))

    asyncio.run(work())
    assert len(rig.line.began) == 3
    assert rig.bus.requests == 3
    assert rig.bus.used_s == pytest.approx(0.030)


def test_units_and_requests_get_their_pauses(hands) -> None:
    """mbmd: an SDM wants 200 ms between different device ids; OpenEMS: 25 ms between tasks."""
    rig = Rig(hands, pause="25 ms", unit_pause="200 ms")

    async def work() -> None:
        for unit in (1, 1, 2):
            await rig.ask(unit)
        await rig.ask(2, Patience(pause_s=0.1))

    asyncio.run(work())
    starts = [at for _, at in rig.line.began]
    gaps = [later - sooner - 0.010 for sooner, later in pairwise(starts)]
    assert gaps == pytest.approx([0.025, 0.2, 0.1])


def test_a_serial_line_is_silent_for_three_and_a_half_characters(hands) -> None:
    rig = Rig(hands, serial="/dev/ttyUSB0", baud=9600, parity="E")

    async def work() -> None:
        await rig.ask(1)
        await rig.ask(1)

    asyncio.run(work())
    (_, first), (_, second) = rig.line.began
    assert second - first - 0.010 == pytest.approx(3.5 * 11 / 9600)


def test_the_first_request_waits_after_connecting_when_the_device_needs_it(hands) -> None:
    rig = Rig(hands, connect_delay="500 ms")
    asyncio.run(rig.ask())
    assert rig.line.began[0][1] - rig.opened[0] == pytest.approx(0.5)


def test_a_serial_timeout_allows_for_the_time_that_the_bytes_take(hands) -> None:
    rig = Rig(hands, serial="/dev/ttyUSB0", baud=1200)
    asyncio.run(rig.bus.read(1, Read(3, 0, 100), Patience(timeout_s=1.0)))
    assert rig.line.timeouts == [pytest.approx(1.0 + (8 + 205) * 10 / 1200)]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (SilentError("no"), "timeout"),
        (ExceptionError(2), "exception"),
        (GarbledError("x"), "garbled"),
    ],
)
def test_what_goes_wrong_on_the_line_is_an_answer_and_no_exception(hands, error, kind) -> None:
    rig = Rig(hands)

    async def work() -> Answer:
        await rig.ask()
        rig.line.answers = [error]
        return await rig.ask()

    answer = asyncio.run(work())
    assert isinstance(answer, Failure)
    assert answer.kind == kind


def test_a_line_that_cannot_be_opened_is_tried_ever_more_rarely(hands) -> None:
    rig = Rig(hands)
    rig.refuses = True

    async def work() -> Answer:
        for _ in range(4000):
            answer = await rig.ask()
            await hands.sleep(0.05)
        return answer

    answer = asyncio.run(work())
    assert isinstance(answer, Failure)
    assert answer.kind == "refused"
    assert "127.0.0.1:502 refused the connection" in answer.text
    gaps = [b - a for a, b in pairwise(rig.opened)]
    assert gaps[:4] == pytest.approx([1, 2, 4, 8], abs=0.06)
    assert max(gaps) <= LONGEST_RETRY_S + 0.06


def test_the_back_off_is_spread_so_that_gateways_do_not_march_in_step(hands) -> None:
    waits = []
    for jitter in (0.0, 0.999):
        rig = Rig(hands)
        rig.refuses, rig.bus._jitter = True, lambda j=jitter: j
        asyncio.run(rig.ask())
        waits.append(rig.bus.down_for_s)
    assert waits == pytest.approx([0.75, 1.25], abs=0.01)


def test_reading_goes_on_after_the_other_end_hung_up(hands) -> None:
    rig = Rig(hands)

    async def work() -> Answer:
        await rig.ask()
        rig.line.is_open = False
        lost = await rig.ask()
        assert isinstance(lost, Failure)
        assert lost.kind == "refused"
        await hands.sleep(rig.bus.down_for_s)
        return await rig.ask()

    assert isinstance(asyncio.run(work()), Words)
    assert len(rig.lines) == 2


def test_a_connection_on_which_nobody_answers_any_more_is_made_anew(hands) -> None:
    rig = Rig(hands)

    async def work() -> None:
        await rig.ask()
        rig.line.answers = [SilentError("no")] * SILENCES_UNTIL_DROP
        for _ in range(SILENCES_UNTIL_DROP):
            await rig.ask()
        assert isinstance(await rig.ask(), Words)

    asyncio.run(work())
    assert len(rig.lines) == 2
    assert not rig.lines[0].is_open


def test_frames_without_numbers_get_a_new_connection_after_any_doubt(hands) -> None:
    """A late answer on RTU over TCP looks like the answer to the next request."""
    rig = Rig(hands, framer="rtu")

    async def work() -> None:
        await rig.ask()
        rig.line.answers = [SilentError("no")]
        await rig.ask()
        assert isinstance(await rig.ask(2), Words)

    asyncio.run(work())
    assert len(rig.lines) == 2


def test_after_a_timeout_a_serial_line_is_left_to_fall_silent(hands) -> None:
    """USB adapters deliver in lumps of 16 ms: a late answer may still be on its way."""
    rig = Rig(hands, serial="/dev/ttyUSB0")

    async def work() -> None:
        await rig.ask(1)
        rig.line.answers = [SilentError("no")]
        await rig.ask(1)
        rig.line.heard_s = hands.now_s + 0.005  # it comes 5 ms after we gave up
        await rig.ask(2)

    asyncio.run(work())
    assert rig.line.began[2][1] >= rig.line.began[1][1] + rig.line.timeouts[1] + 0.005 + 0.020
