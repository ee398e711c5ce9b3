"""What goes into an evidence file: all that the claims rest on, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from importlib.resources import files as resources
from typing import NamedTuple

import numpy as np

from collector.deriving.derive import FIRST_YEAR_MS, MARGIN_MS
from collector.deriving.sources import Source
from collector.evidence.manifest import MANIFEST, Manifest, digest, encode_json
from collector.evidence.packs import pack_files
from collector.evidence.texts import (
    encode_adjustments,
    encode_amounts,
    encode_events,
    encode_locks,
    encode_readings,
)
from collector.evidence.thinning import thinned
from collector.ledger import Ledger, Lock, PlantEvent
from collector.read import Metered
from collector.statement import Statement, shipped
from collector.statement.build import quantities, window
from collector.store import Samples, Store
from collector.store.protocol import samples
from plant.calendar import DAY_MS, SLOT_MS, Span
from plant.description import Plant
from plant.errors import UsageError
from plant.factors import factor_text
from plant.models import MeterModel, read_model

PLANT, RESULTS, AMOUNTS, ADJUSTMENTS, LOCKS, EVENTS, NOTES, README = (
    "plant.toml", "results.json", "amounts.csv", "adjustments.csv", "locks.json", "events.csv",
    "notes.json", "README.txt",
)  # fmt: skip
READINGS, MODELS, FACTORS, SECTORS = "readings/", "models/", "factors/", "sectors/"
PIECE_MS = 31 * DAY_MS  # read from the store at one time
MOST_EVENTS = 1_000_000
END_MS = 2**62

_README = """\
Evidence of a saving, written by Cleanline {version}.

plant.toml     the plant file, with the M&V plan and the claims
readings/      the counters of every meter that a claim rests on: UTC time, value as it was read;
               where they were read often, those at the edges of quarter hours, and all of them
               wherever something happened
models/        the meter models by which they were read
amounts.csv    imported amounts; one that replaces another says who corrected it, and why
adjustments.csv   what was added to the expected use, by whom and why
events.csv     what happened to the meters
notes.json     what people noted, and what they took back
locks.json     the locked plan and its amendments, with their hashes
factors/       emission factors, each of its year
sectors/       what plants of the sector are known to use: context, not a baseline
results.json   every number that was reported
packs.json     which packs the gateways sent, by whom signed; which never came or were set aside
packs/         the packs as they came, by day; where they are too many, packs.json has their hashes
manifest.json  SHA-256 of each of these files; its own SHA-256 is the fingerprint of the evidence

To recompute everything from the readings and compare every number:

    cleanline evidence check FILE.zip
"""


class Materials(NamedTuple):
    """A plant with the store and ledger that its evidence is drawn from."""

    plant: Plant
    store: Store
    ledger: Ledger


def gather(held: Materials, statement: Statement) -> dict[str, bytes]:
    """The files of the evidence by name, the manifest with them."""
    plant, ledger = held.plant, held.ledger
    if plant.path is None:
        raise UsageError("evidence is drawn from a plant file; this plant has none")
    files = {
        PLANT: plant.path.read_bytes(),
        AMOUNTS: encode_amounts(statement.entries),
        ADJUSTMENTS: encode_adjustments(statement.adjustments),
        LOCKS: encode_locks(_locks(plant, ledger)),
        EVENTS: encode_events(_events(held, statement)),
        NOTES: encode_json([note._asdict() for note in ledger.notes.history(plant.id)]),
        RESULTS: encode_json(statement.as_json()),
        README: _README.format(version=version("cleanline")).encode(),
        **dict(_readings(held, statement)),
        **dict(_models(statement)),
        **dict(_tables(plant)),
        **_packs(held, statement),
    }
    hashes = {name: digest(content) for name, content in files.items()}
    manifest = Manifest(version("cleanline"), plant.id, statement.as_of_ms, hashes)
    return files | {MANIFEST: manifest.encode()}


def _packs(held: Materials, statement: Statement) -> dict[str, bytes]:
    over = window(held.plant, statement.as_of_ms)
    return {} if over is None else pack_files(held.plant, held.ledger, over.start_ms)


def _locks(plant: Plant, ledger: Ledger) -> list[Lock]:
    return [lock for name in plant.plans for lock in ledger.locks.history(plant.id, name)]


def _events(held: Materials, statement: Statement) -> list[PlantEvent]:
    over = window(held.plant, statement.as_of_ms)
    if over is None:
        return []
    found = held.ledger.journal.events(
        held.plant.id, over.start_ms, until_ms=over.end_ms, limit=MOST_EVENTS
    )
    return [one for one in found if one.event.meter in statement.meters]


def _readings(held: Materials, statement: Statement) -> Iterator[tuple[str, bytes]]:
    over = window(held.plant, statement.as_of_ms)
    if over is None:
        return
    metered = Metered(held.plant, held.store, ledger=held.ledger)
    for quantity in quantities(held.plant):
        for source in metered.sources(quantity):
            rows = thinned(source, _read(held.store, source, _reach(held, source, over)))
            yield f"{READINGS}{source.meter}.csv", encode_readings(rows)


def _reach(held: Materials, source: Source, over: Span) -> Span:
    """From where to where the readings of a window must be known for its accounting to stand."""
    if source.kind is None:
        reach_ms = max(SLOT_MS, round(4000 * source.every_s)) + SLOT_MS
        return Span(over.start_ms - reach_ms, over.end_ms + reach_ms, "")
    known, plant = held.ledger.derivation, held.plant.id
    before = known.anchors(plant, source.meter, until_ms=over.start_ms - MARGIN_MS)[1:2]
    after = known.anchor_after(plant, source.meter, from_ms=over.end_ms + MARGIN_MS)
    return Span(before[0] if before else FIRST_YEAR_MS, END_MS if after is None else after + 1, "")


def _read(store: Store, source: Source, reach: Span) -> Samples:
    """All readings within reach, piece by piece."""
    newest = store.latest(source.series.plant).get(source.series)
    end_ms = min(reach.end_ms, newest.time_ms + 1) if newest else reach.start_ms
    pieces = [
        store.read(source.series, at, end_ms=min(at + PIECE_MS, end_ms))
        for at in range(reach.start_ms, end_ms, PIECE_MS)
    ]
    times = [piece.times_ms for piece in pieces]
    values = [piece.values for piece in pieces]
    return samples(np.concatenate(times), np.concatenate(values)) if pieces else samples([], [])


def _models(statement: Statement) -> Iterator[tuple[str, bytes]]:
    """The files of the models of all meters that count."""
    wanted = {meter.meter.model for meter in statement.meters.values()}
    for entry in (resources("config") / "meters").iterdir():
        if not wanted or not entry.name.endswith(".toml"):
            continue
        text = entry.read_text(encoding="utf-8")
        if wanted & models_in(text, entry.name).keys():
            yield f"{MODELS}{entry.name}", text.encode()


def models_in(text: str, name: str) -> dict[str, MeterModel]:
    """The model in a file's text and its variants, by id."""
    model = read_model(text, name)
    return {one.id: one for one in (model, *model.sisters())}


def _tables(plant: Plant) -> Iterator[tuple[str, bytes]]:
    """The files of the factors that the plant file names, and that of its sector."""
    tables = shipped(plant)
    for file in sorted({one.file for one in tables.factors.values() if one.file}):
        yield f"{FACTORS}{file}", factor_text(file).encode()
    if tables.sector is not None:
        file = f"{plant.plant.sector}.toml"
        yield f"{SECTORS}{file}", (resources("config") / "sectors" / file).read_bytes()
