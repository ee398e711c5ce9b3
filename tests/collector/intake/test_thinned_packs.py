"""A pack that replaces others accounts for their numbers, and for no other's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from collector.intake.checks import Message, Roster
from collector.intake.ingest import Ingest
from collector.ledger import Ledger
from collector.stats import Stats
from collector.store.sqlite import SqliteStore
from plant.description import Plant
from plant.reading import GATEWAY, Event, Reading
from plant.senml import Pack, encode_pack
from plant.thinned import replace_packs

NOW = 1_780_000_000_000


class Bench:
    """An ingest over real files."""

    def __init__(self, plant: Plant, folder: Path) -> None:
        self.store, self.ledger = SqliteStore(folder / "s.sqlite"), Ledger(folder)
        rosters = {"mill": Roster.of(plant)}
        self._ingest = Ingest(
            rosters, self.store, ledger=self.ledger, stats=Stats(), clock=lambda: NOW
        )

    def take(self, seq: int, *events: Event) -> list[tuple[int, str]]:
        """What was set aside of a pack with one reading and these events."""
        readings = [Reading("incomer", "energy", NOW - seq, 5.0)]
        properties = {"outbox": "box", "seq": str(seq)}
        payload = encode_pack(Pack("mill", readings, list(events)), {})
        topic = "cleanline/v1/mill/yard/readings"
        ((_, stored),), _ = self._ingest.commit([Message(topic, payload, properties, NOW)])
        return stored.aside

    @property
    def never_seen(self) -> list[tuple[int, int]]:
        (found,) = self.ledger.journal.completeness("mill")
        return found.never_seen


@pytest.fixture
def bench(plant: Plant, tmp_path: Path) -> Iterator[Bench]:
    made = Bench(plant, tmp_path)
    yield made
    made.store.close()
    made.ledger.close()


def replacing(*numbers: int) -> Event:
    return replace_packs([(n, b"") for n in numbers], left_out=7).event(NOW)


def test_replaced_numbers_are_accounted_for_and_the_others_still_missing(bench: Bench) -> None:
    assert bench.take(1) == []
    assert bench.take(20, replacing(*range(3, 12), 15)) == []
    assert bench.never_seen == [(2, 2), (12, 14), (16, 19)]
    assert bench.take(2) == []
    assert bench.never_seen == [(12, 14), (16, 19)]


def test_what_was_replaced_and_how_much_was_left_out_stays_on_record(bench: Bench) -> None:
    bench.take(20, replacing(3, 4))
    (told,) = bench.ledger.journal.events("mill")
    assert told.event.kind == "thinned"
    assert told.event.text.startswith("3-4 sha256 ")
    assert told.event.text.endswith("; 7 readings left out")


def test_a_replaced_pack_that_comes_after_all_is_stored(bench: Bench) -> None:
    bench.take(20, replacing(3))
    assert bench.take(3) == []


@pytest.mark.parametrize(
    "event", [replacing(20), replacing(21), Event(GATEWAY, "outbox", NOW, "thinned", "all of them")]
)
def test_a_pack_cannot_replace_itself_or_a_later_one(bench: Bench, event: Event) -> None:
    ((seq, why),) = bench.take(20, event)
    assert seq == 20
    assert "replace" in why
    assert bench.never_seen == [(1, 19)]
