"""Packs as a gateway sends them, and an ingest over real files that takes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from collector.intake.checks import Message
from collector.intake.ingest import Answer, Change, Ingest
from collector.ledger import Ledger
from collector.stats import Stats
from collector.store import COUNTER, GAUGE, Series
from collector.store.sqlite import SqliteStore
from plant.reading import Event, Reading
from plant.senml import Pack, encode_pack

NOW = 1_780_000_000_000
ENERGY = Series(COUNTER, "mill", ("incomer", "energy"))
POWER = Series(GAUGE, "mill", ("incomer", "power"))


def pack_of(*readings: Reading, events: list[Event] | None = None, plant: str = "mill") -> bytes:
    return encode_pack(Pack(plant, list(readings), events or []), {})


def energy(offset_ms: int = 0, value: float = 1.0) -> Reading:
    return Reading("incomer", "energy", NOW + offset_ms, value)


def message(
    payload: bytes, seq: Any = 1, outbox: str = "box", topic: str = "mill/yard/readings"
) -> Message:
    properties = {"outbox": outbox, "seq": str(seq), "config": "abc"}
    return Message(f"cleanline/v1/{topic}", payload, properties, NOW)


@dataclass
class Bench:
    """An ingest over real SQLite files, with a clock that stands still."""

    store: SqliteStore
    ledger: Ledger
    stats: Stats
    ingest: Ingest

    def commit(self, *messages: Message) -> tuple[list[Answer], list[Change]]:
        return self.ingest.commit(messages)

    def values(self, series: Series = ENERGY) -> list[float]:
        return self.store.read(series, 0, end_ms=2**62).values.tolist()
