"""From the readings of an evidence file to its results, by the code that made them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from datetime import date
from itertools import groupby
from pathlib import Path

from collector.deriving.derive import Deriver
from collector.deriving.sources import sources_of
from collector.evidence.gather import (
    ADJUSTMENTS,
    AMOUNTS,
    FACTORS,
    LOCKS,
    MODELS,
    PLANT,
    READINGS,
    SECTORS,
    models_in,
)
from collector.evidence.manifest import Manifest
from collector.evidence.memory import MemoryStore
from collector.evidence.texts import (
    decode_adjustments,
    decode_amounts,
    decode_locks,
    decode_readings,
)
from collector.ledger import Entry, Ledger
from collector.statement import Statement, Tables, state
from collector.statement.tables import named
from collector.store import Samples, Series
from plant.check import load_plant
from plant.description import Plant
from plant.errors import EvidenceError
from plant.factors import read_factors
from plant.sectors import read_sector

MOST_DAYS = 40 * 366  # of a period; a plan of more is none


def recompute(files: Mapping[str, bytes], manifest: Manifest) -> Statement:
    """The statement that the files of an evidence come to.

    Raises CleanlineError where they cannot be read or allow no statement.
    """
    with tempfile.TemporaryDirectory(prefix="cleanline-") as folder:
        plant = plant_of(files, Path(folder))
        if plant.id != manifest.plant:
            raise EvidenceError(f"{PLANT}: describes {plant.id!r}, not {manifest.plant!r}")
        ledger, store = Ledger(Path(folder)), MemoryStore()
        try:
            store.write(_readings(files, plant))
            _enter(plant, files, ledger)
            deriver = Deriver([plant], store, ledger=ledger)
            deriver.renew()
            deriver.step()
            return state(
                plant,
                store,
                ledger=ledger,
                as_of_ms=manifest.as_of_ms,
                tables=_tables(files, plant),
            )
        finally:
            ledger.close()


def plant_of(files: Mapping[str, bytes], folder: Path) -> Plant:
    """The plant, its meters read by the models that came with it."""
    if PLANT not in files:
        raise EvidenceError(f"{PLANT} is missing from the archive")
    path = folder / PLANT
    path.write_bytes(files[PLANT])
    plant = load_plant(path)
    for what, (first, last) in _periods(plant):
        if (last - first).days > MOST_DAYS:
            raise EvidenceError(f"{PLANT}: {what} lasts longer than any plant's")
    for name in _under(files, MODELS):
        plant.take_models(models_in(_text(files, name), name.removeprefix(MODELS)))
    return plant


def _periods(plant: Plant) -> Iterable[tuple[str, tuple[date, date]]]:
    for name, plan in plant.plans.items():
        yield f"the baseline of plan {name}", plan.baseline
    for name, claim in plant.claims.items():
        yield f"claim {name}", (claim.since, claim.last_day)


def _readings(files: Mapping[str, bytes], plant: Plant) -> dict[Series, Samples]:
    sources = sources_of(plant)
    rows: dict[Series, Samples] = {}
    for name in _under(files, READINGS):
        meter = name.removeprefix(READINGS).removesuffix(".csv")
        if meter not in sources:
            raise EvidenceError(f"{name}: readings of a meter that {PLANT} does not have")
        rows[sources[meter].series] = decode_readings(files[name], name)
    return rows


def _enter(plant: Plant, files: Mapping[str, bytes], ledger: Ledger) -> None:
    """Amounts, adjustments and locks, entered anew in their order."""
    entries = decode_amounts(files.get(AMOUNTS, b""), AMOUNTS)
    _refuse_broken_chain(entries)
    for (author, reason, entered_ms, withdraws), together in groupby(
        entries, key=lambda one: (one.author, one.reason, one.entered_ms, one.withdraws)
    ):
        ledger.amounts.enter(
            plant.id,
            [(one.amount, one.source) for one in together],
            author=author,
            reason=reason,
            entered_ms=entered_ms,
            withdraws=withdraws,
        )
    for adjustment in decode_adjustments(files.get(ADJUSTMENTS, b""), ADJUSTMENTS):
        ledger.adjustments.add(plant.id, adjustment)
    for lock in decode_locks(files.get(LOCKS, b""), LOCKS):
        ledger.locks.add(plant.id, lock)


def _refuse_broken_chain(entries: Iterable[Entry]) -> None:
    """An amount of a known period replaces the one before it, as the ledger does."""
    last: dict[object, int] = {}
    for entry in entries:
        if entry.replaces != last.get(entry.amount.period):
            raise EvidenceError(f"{AMOUNTS}: amount {entry.id} does not replace the one before it")
        last[entry.amount.period] = entry.id


def _tables(files: Mapping[str, bytes], plant: Plant) -> Tables:
    found = {
        factor.id: factor
        for name in _under(files, FACTORS)
        for factor in read_factors(_text(files, name), name.removeprefix(FACTORS))
    }
    sector = f"{SECTORS}{plant.plant.sector}.toml"
    used = named(plant, found)
    return Tables(used, read_sector(_text(files, sector), sector) if sector in files else None)


def _under(files: Mapping[str, bytes], folder: str) -> list[str]:
    return sorted(name for name in files if name.startswith(folder))


def _text(files: Mapping[str, bytes], name: str) -> str:
    try:
        return files[name].decode("utf-8")
    except UnicodeDecodeError as error:
        raise EvidenceError(f"{name}: not UTF-8") from error
