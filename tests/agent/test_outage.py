"""Months without a collector: the outbox keeps its bounds, and not a kilowatt-hour is missing."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agent.clock import TimeKeeper
from agent.courier import Courier
from agent.outbox import Bounds, Outbox, Stocked
from agent.thinning import Thinner
from collector.analysis.consumption import consumption
from collector.analysis.quality import Quality
from collector.deriving.sources import sources_of
from collector.intake.checks import Message, Roster
from collector.intake.ingest import Ingest
from collector.ledger import Ledger
from collector.stats import Stats
from collector.store import Samples, Series
from collector.store.protocol import samples
from collector.store.sqlite import SqliteStore
from plant.calendar import SLOT_MS
from plant.check import load_plant
from plant.description import Plant
from plant.reading import Reading
from plant.wire import CONFIG, OUTBOX, PREV, SEQ, Stored

PLANT = """
[gateways.yard.buses.panel]
tcp = "127.0.0.1:502"
[meters.dryer]
bus = "yard/panel"
model = "eastron-sdm630"
resource = "electricity"
points = ["energy", "power", "voltage_l1"]
every = "1min"
"""
MINUTE_MS = 60_000


@pytest.fixture
def plant(write_plant) -> Plant:
    return load_plant(write_plant(PLANT))


def a_minute(number: int, time_ms: int) -> list[Reading]:
    """What a dryer with two shifts reads; consumption is the same every day and shift."""
    energy = round(1000 + number * 2.5 + 40 * math.sin(number / 200), 1)
    return [
        Reading("dryer", "energy", time_ms, energy),
        Reading("dryer", "power", time_ms, 150_000.0 + number % 100),
        Reading("dryer", "voltage_l1", time_ms, 230.1 + number % 7),
    ]


class Central:
    """A collector over real files."""

    def __init__(self, plant: Plant, folder: Path, now_ms: int) -> None:
        self.store, self.ledger = SqliteStore(folder / "store"), Ledger(folder)
        self._ingest = Ingest(
            {plant.id: Roster.of(plant)},
            self.store,
            ledger=self.ledger,
            stats=Stats(),
            clock=lambda: now_ms,
        )
        self._now_ms = now_ms
        self.refused: list[tuple[int, str]] = []

    def take(self, outbox: str, packs: list[Stocked]) -> list[Stored]:
        messages = []
        for pack in packs:
            properties = {OUTBOX: outbox, SEQ: str(pack.seq), CONFIG: pack.config, PREV: pack.prev}
            topic = "cleanline/v1/works/yard/readings"
            messages.append(Message(topic, pack.payload, properties, self._now_ms))
        answers, _ = self._ingest.commit(messages)
        self.refused += [aside for answer in answers for aside in answer.stored.aside]
        return [answer.stored for answer in answers]

    def close(self) -> None:
        self.store.close()
        self.ledger.close()


@pytest.fixture
def central(plant: Plant, tmp_path: Path, hands) -> Iterator[Central]:
    made = Central(plant, tmp_path, hands.wall_ms() + 400 * 86_400_000)
    yield made
    made.close()


class Line:
    """A connection that is down until it is opened."""

    is_ready = False

    def __init__(self) -> None:
        self.sent: list[Stocked] = []

    def send_pack(self, outbox: str, pack: Stocked) -> None:
        self.sent.append(pack)


def by_slot(plant: Plant, readings: Samples) -> tuple[list[float], list[int]]:
    source = sources_of(plant)["dryer"]
    first = -(-int(readings.times_ms[0]) // SLOT_MS) * SLOT_MS
    edges = np.arange(first, int(readings.times_ms[-1]), SLOT_MS)
    values, quality = consumption(source.account(readings), edges)
    return values.tolist(), quality.tolist()


@pytest.mark.slow
def test_after_two_months_away_every_slot_is_measured_and_every_number_accounted_for(
    tmp_path: Path, plant: Plant, hands, central: Central
) -> None:
    days, bounds = 62, Bounds(max_bytes=2_500_000)
    everything: list[Reading] = []

    async def work() -> None:
        outbox = Outbox(tmp_path / "outbox.sqlite", bounds, thinner=Thinner(plant))
        clock = hands.clock()
        courier = Courier(plant, outbox, clock=clock, keeper=TimeKeeper(clock))
        line = Line()
        courier.attach(line)  # type: ignore[arg-type]
        for hour in range(days * 24):
            readings = [
                reading
                for minute in range(60)
                for reading in a_minute(hour * 60 + minute, hands.wall_ms() + minute * MINUTE_MS)
            ]
            everything.extend(readings)
            courier.put(readings, [])
            await courier.write()
            assert outbox.size_bytes <= bounds.max_bytes
            hands.now_s += 3600
        line.is_ready = True
        courier.restart()
        newest = outbox.numbers()[-1][1]
        while courier.depth:
            line.sent.clear()
            await courier.send()
            assert line.sent, "the line stands still"
            if newest:
                assert line.sent[0].seq == newest, "the present comes first"
                newest = 0
            for answer in central.take(outbox.id, line.sent):
                courier.take_stored(answer)
            await courier._on_disk(lambda: None)  # what was freed is freed
        await courier.close()

    asyncio.run(work())
    raw_bytes = 58 * len(everything)
    assert raw_bytes > 5 * bounds.max_bytes, "the outage is longer than what fits"
    assert central.refused == []
    (found,) = central.ledger.journal.completeness("works")
    assert found.never_seen == []
    energy = [r for r in everything if r.point == "energy"]
    read = samples([r.time_ms for r in energy], [r.value for r in energy])
    stored = central.store.read(Series("counter", "works", ("dryer", "energy")), 0, end_ms=2**62)
    assert len(stored) < len(read) / 3
    values, quality = by_slot(plant, stored)
    assert (values, quality) == by_slot(plant, read)
    assert set(quality) == {Quality.measured}
    power = central.store.read(Series("gauge", "works", ("dryer", "power")), 0, end_ms=2**62)
    slots = np.unique(power.times_ms // SLOT_MS)
    assert len(slots) >= days * 96, "no slot without a gauge"
