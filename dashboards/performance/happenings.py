"""What happened to a resource and its meters that may explain a bend."""

from __future__ import annotations

from dashboards.performance.result import Happening
from dashboards.records import Records
from plant.calendar import day_start_ms, to_ms

EVENTS = 2000  # looked through, the newest first
TOLD = ("reset", "swap", "ct-change", "step-back")
MOST = 40


def happenings(records: Records, resource: str, start_ms: int, *, end_ms: int) -> list[Happening]:
    """Claims that begin, changes of meters, resets, notes and the like, in order of time."""
    plant = records.plant
    found = [
        Happening(time_ms=day_start_ms(claim.since, plant.zone), kind="claim", what=name, text="")
        for name, claim in plant.claims.items()
        if claim.resource == resource
    ]
    meters = plant.meters_of(resource)
    for name, meter in meters.items():
        for change in meter.events:
            at = change.at if change.at.tzinfo else change.at.replace(tzinfo=plant.zone)
            kind, text = ("swap", change.swap) if change.swap else ("ct-change", f"{change.ct:g}")
            found.append(Happening(time_ms=to_ms(at), kind=kind, what=name, text=text or ""))
    planned = {(item.what, item.time_ms) for item in found}
    journal = records.ledger.journal
    told = journal.events(plant.id, start_ms, until_ms=end_ms, limit=EVENTS)
    found += [
        Happening(time_ms=event.time_ms, kind=event.kind, what=event.meter, text=event.text)
        for _, _, event in told
        if event.meter in meters
        and event.kind in TOLD
        and (event.meter, event.time_ms) not in planned
    ]
    abouts = {"", "page/performance", f"resource/{resource}", *(f"meter/{m}" for m in meters)}
    found += [
        Happening(
            time_ms=max(note.start_ms, start_ms),
            kind="note",
            what=note.about.partition("/")[2],
            text=f"{note.text} ({note.author})",
        )
        for note in records.ledger.notes.standing(plant.id)
        if note.about in abouts and note.end_ms >= start_ms
    ]
    inside = [item for item in found if start_ms <= item.time_ms < end_ms]
    return sorted(inside, key=lambda item: item.time_ms)[-MOST:]
