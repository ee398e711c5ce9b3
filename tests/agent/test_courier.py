"""Records reach the disk and leave it when the collector has them, whatever the disk does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from agent.clock import TimeKeeper
from agent.courier import Courier
from agent.outbox import Outbox, Stocked
from agent.packer import RECORDS, Packer
from plant.check import load_plant
from plant.reading import GATEWAY, Event, Reading
from plant.senml import Pack, decode_pack
from plant.wire import Stored


class FakePublisher:
    """A connection that keeps what it is given."""

    def __init__(self) -> None:
        self.is_ready = True
        self.sent: list[tuple[str, Stocked]] = []

    def send_pack(self, outbox: str, pack: Stocked) -> None:
        self.sent.append((outbox, pack))

    @property
    def packs(self) -> list[Pack]:
        return [decode_pack(pack.payload) for _, pack in self.sent]


class Rig:
    """A courier with a fake connection."""

    def __init__(self, path: Path, plant, hands) -> None:
        self.hands = hands
        self.publisher = FakePublisher()
        self.keeper = TimeKeeper(hands.clock())
        self.courier = Courier(plant, Outbox(path), clock=hands.clock(), keeper=self.keeper)
        self.courier.attach(self.publisher)  # type: ignore[arg-type]

    def read(self, value: float) -> Reading:
        reading = Reading("m", "energy", self.hands.wall_ms(), value)
        self.courier.put([reading], [])
        return reading

    def answer(self, *numbers: int) -> None:
        outbox = self.courier.outbox.id
        ranges = [(n, n) for n in numbers]
        self.courier.take_stored(Stored(outbox, ranges, [], self.hands.wall_ms()))


@pytest.fixture
def with_rig(tmp_path, write_plant, hands) -> Callable[[Callable[[Rig], Awaitable[None]]], None]:
    plant = load_plant(write_plant(""))

    def run(work: Callable[[Rig], Awaitable[None]]) -> None:
        async def whole() -> None:
            rig = Rig(tmp_path / "outbox.sqlite", plant, hands)
            rig.courier.restart()
            await work(rig)
            await rig.courier.close()

        asyncio.run(whole())

    return run


def test_a_pack_is_on_disk_before_it_is_sent_and_leaves_when_it_is_stored(with_rig) -> None:
    async def work(rig: Rig) -> None:
        reading = rig.read(5.0)
        await rig.courier.send()
        assert rig.publisher.sent == []
        await rig.courier.write()
        assert rig.courier.depth == 1
        await rig.courier.send()
        assert rig.publisher.packs == [Pack("works", [reading], [])]
        rig.answer(1)
        await rig.courier.write()
        rig.read(6.0)
        await rig.courier.write()  # the disk's own thread has passed the answer by now
        assert rig.courier.depth == 1
        assert rig.courier.outbox.get(1) is None

    with_rig(work)


def test_an_answer_for_another_outbox_frees_nothing(with_rig) -> None:
    async def work(rig: Rig) -> None:
        rig.read(5.0)
        await rig.courier.write()
        rig.courier.take_stored(Stored("another", [(1, 1)], [], 0))
        rig.read(6.0)
        await rig.courier.write()
        assert rig.courier.depth == 2

    with_rig(work)


def test_what_the_collector_set_aside_leaves_too(with_rig) -> None:
    async def work(rig: Rig) -> None:
        rig.read(5.0)
        await rig.courier.write()
        rig.courier.take_stored(Stored(rig.courier.outbox.id, [], [(1, "no reason")], 0))
        rig.read(6.0)
        await rig.courier.write()
        assert rig.courier.depth == 1

    with_rig(work)


def test_while_the_disk_is_full_records_wait_in_memory(with_rig) -> None:
    async def work(rig: Rig) -> None:
        db = rig.courier.outbox._db
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count = {pages}")
        readings = [rig.read(float(n)) for n in range(400)]
        await rig.courier.write()
        assert rig.courier.outbox.depth == 0
        assert rig.courier.depth == 1
        db.execute("PRAGMA max_page_count = 1000000")
        await rig.courier.write()
        await rig.courier.send()
        arrived = [r for pack in rig.publisher.packs for r in pack.readings]
        told = [e for pack in rig.publisher.packs for e in pack.events]
        assert arrived == readings
        assert [(e.meter, e.kind) for e in told] == [(GATEWAY, "outbox")]
        assert "disk is full" in told[0].text

    with_rig(work)


@pytest.mark.slow
def test_what_a_full_disk_costs_in_the_end_is_counted_to_the_reading_and_told(
    with_rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is full for so long that even an early word of the loss would be lost."""
    monkeypatch.setattr("agent.courier.UNSAVED_PACKS", 5)

    async def work(rig: Rig) -> None:
        db = rig.courier.outbox._db
        (pages,) = db.execute("PRAGMA page_count").fetchone()
        db.execute(f"PRAGMA max_page_count = {pages}")
        taken = []
        for number in range(40):
            for part in range(300):
                rig.hands.now_s += 0.002
                taken.append(rig.read(1000.0 * number + part))
            await rig.courier.write()
        db.execute("PRAGMA max_page_count = 1000000")
        await rig.courier.write()
        await rig.courier.write()
        await rig.courier.send()
        arrived = [r for pack in rig.publisher.packs for r in pack.readings]
        told = [e.text for pack in rig.publisher.packs for e in pack.events if e.kind == "lost"]
        gone = [reading for reading in taken if reading not in set(arrived)]
        assert gone == taken[: len(gone)], "the oldest went"
        assert 0 < len(gone) < len(taken)
        (text,) = told
        assert text.startswith(f"{len(gone)} readings and ")
        assert "the disk refused and memory ended" in text

    with_rig(work)


def test_a_file_that_breaks_while_we_run_is_set_aside_and_the_work_goes_on(with_rig) -> None:
    async def work(rig: Rig) -> None:
        old = rig.courier.outbox
        for _ in range(30):
            rig.courier.put([], [Event("m", "p", 0, "x", os.urandom(2000).hex())])
            await rig.courier.write()
        old._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        old.path.write_bytes(os.urandom(old.path.stat().st_size))
        old._db.execute("PRAGMA shrink_memory")
        reading = rig.read(5.0)
        for _ in range(3):
            await rig.courier.write()
        assert rig.courier.outbox is not old
        rig.publisher.sent.clear()
        await rig.courier.send()
        assert {outbox for outbox, _ in rig.publisher.sent} == {rig.courier.outbox.id}
        arrived = [r for pack in rig.publisher.packs for r in pack.readings]
        told = [e.text for pack in rig.publisher.packs for e in pack.events]
        assert arrived == [reading], "the pack in hand is not lost with the file"
        assert any("was corrupt and lies aside" in text for text in told)

    with_rig(work)


def test_the_clock_is_compared_with_the_collectors(with_rig) -> None:
    async def work(rig: Rig) -> None:
        assert rig.courier.clock_offset_ms is None
        rig.read(5.0)
        await rig.courier.write()
        await rig.courier.send()
        sent_ms = rig.hands.wall_ms()
        rig.hands.now_s += 0.2
        outbox = rig.courier.outbox.id
        rig.courier.take_stored(Stored(outbox, [(1, 1)], [], sent_ms + 100 - 7000))
        assert rig.courier.clock_offset_ms == 7000

    with_rig(work)


def test_a_new_connection_begins_with_the_newest(with_rig) -> None:
    async def work(rig: Rig) -> None:
        rig.publisher.is_ready = False
        for n in range(100):
            rig.read(float(n))
            await rig.courier.write()
        await rig.courier.send()
        assert rig.publisher.sent == []
        rig.publisher.is_ready = True
        rig.courier.restart()
        await rig.courier.send()
        values = [pack.readings[0].value for pack in rig.publisher.packs]
        assert values == [float(n) for n in range(99, 99 - len(values), -1)]

    with_rig(work)


def test_many_records_become_several_packs_and_none_is_lost() -> None:
    packer = Packer("works", {})
    readings = [Reading("m", "p", 1_790_000_000_000 + n, float(n)) for n in range(2 * RECORDS + 1)]
    events = [Event("m", "p", 1_790_000_000_000, "ok", "")]
    packer.put(readings, events)
    packs = [decode_pack(payload) for payload in packer.take()]
    assert [r for pack in packs for r in pack.readings] == readings
    assert [e for pack in packs for e in pack.events] == events
    assert len(packs) == 3
    assert packer.newest_ms == readings[-1].time_ms
    assert packer.take() == []
