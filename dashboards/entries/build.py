"""Makes the page Entries from the ledger."""

from __future__ import annotations

from datetime import timedelta

from collector.entries.entering import enterable
from dashboards.entries.result import Enterable, Entered, Entries
from dashboards.paging import Ask
from dashboards.records import Records
from plant.calendar import local_date
from plant.description import Plant

MOST = 100  # entries that are listed


def build(records: Records, ask: Ask, now_ms: int) -> Entries:
    """What can be entered, and what was; of one quantity where one is asked for."""
    plant = records.plant
    names = enterable(plant)
    if ask.resource is not None and ask.resource not in names:
        raise LookupError(f"no quantity {ask.resource!r} here; known: {', '.join(names)}")
    history = records.ledger.amounts.history(plant.id, ask.resource)
    corrected = {entry.replaces: entry.entered_ms for entry in history}
    newest = sorted(history, key=lambda entry: -entry.id)[:MOST]
    entered = [
        Entered(
            quantity=entry.amount.quantity,
            name=_name(plant, entry.amount.quantity),
            first_day=entry.amount.first_day,
            last_day=entry.amount.end_day - timedelta(days=1),
            shift=entry.amount.shift,
            value=entry.amount.value,
            unit=entry.amount.unit,
            source=entry.source,
            author=entry.author,
            reason=entry.reason,
            entered_ms=entry.entered_ms,
            # A withdrawal stands for nothing from the beginning.
            corrected_ms=corrected.get(entry.id, entry.entered_ms if entry.withdraws else None),
        )
        for entry in newest
    ]
    return Entries(
        plant=records.head,
        time_ms=now_ms,
        today=local_date(now_ms, plant.zone),
        quantities=[_enterable(plant, name) for name in names],
        shifts=list(plant.shifts),
        entered=entered,
        older=len(history) - len(entered),
    )


def _enterable(plant: Plant, name: str) -> Enterable:
    return Enterable(quantity=name, name=_name(plant, name), unit=plant.quantity_unit(name))


def _name(plant: Plant, quantity: str) -> str | None:
    for described in (plant.products, plant.resources, plant.drivers):
        if quantity in described:
            return described[quantity].name
    return None
