"""The packs of an evidence file: which there were, and the archive's files or their hashes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from collector.custody.archive import FOLDER, days, read_day
from collector.custody.keeper import FIRST_DAY
from collector.evidence.manifest import encode_json
from collector.ledger import Ledger
from collector.ledger.journal import BROKEN
from collector.ledger.ranges import Range
from plant.calendar import from_ms
from plant.description import Plant
from plant.wire import ranges

PACKS, PACKS_FILE = "packs/", "packs.json"
CARRIED_BYTES = 32 * 2**20  # above it the files are named by their hashes alone


def pack_files(plant: Plant, ledger: Ledger, since_ms: int) -> dict[str, bytes]:
    """What is known of packs received from an instant on; nothing where none ever came."""
    boxes = _outboxes(plant, ledger)
    if not boxes:
        return {}
    kept = _kept(plant, ledger)  # before the files, so that these hold all of it
    first = from_ms(since_ms).date()  # files are of days of UTC
    folder = ledger.folder / FOLDER / plant.id
    found = {day: path for day, path in days(folder).items() if day >= first}
    carried = sum(path.stat().st_size for path in found.values()) <= CARRIED_BYTES
    files: dict[str, bytes] = {}
    told = []
    for day, path in found.items():
        content = path.read_bytes()
        numbers = kept.get(day, {})
        if day == max(found):
            numbers = _joined(numbers, content)
        told.append(
            {
                "name": path.name,
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
                "numbers": [[*box, spans] for box, spans in sorted(numbers.items())],
            }
        )
        if carried:
            files[f"{PACKS}{path.name}"] = content
    missing = sorted(day.isoformat() for day in kept if day >= first and day not in found)
    let_go = sorted({_date(one.day) for one in ledger.links.kept(plant.id, let_go=True)})
    body = {
        "files": told,
        "missing": missing,
        "let_go": [day.isoformat() for day in let_go if day >= first],
        "outboxes": boxes,
    }
    return files | {PACKS_FILE: encode_json(body)}


def _outboxes(plant: Plant, ledger: Ledger) -> list[dict[str, Any]]:
    """Each outbox: how many of its packs were signed, and which never came or were set aside."""
    counts: dict[tuple[str, str], list[int]] = {}
    for one in ledger.links.custody(plant.id):
        count = counts.setdefault((one.gateway, one.outbox), [0, 0])
        count[0] += one.packs
        count[1] += one.signed
    unseen = {
        (box.gateway, box.outbox): box.never_seen for box in ledger.journal.completeness(plant.id)
    }
    aside = ledger.links.set_aside(plant.id)
    breaks = _breaks(plant, ledger)
    return [
        {
            "gateway": gateway,
            "outbox": outbox,
            "packs": packs,
            "signed": signed,
            "breaks": sorted(breaks.get((gateway, outbox), ())),
            "never_seen": unseen.get((gateway, outbox), []),
            "set_aside": aside.get((gateway, outbox), []),
            "head": ledger.links.head(plant.id, gateway, outbox=outbox),
        }
        for (gateway, outbox), (packs, signed) in sorted(counts.items())
    ]


def _breaks(plant: Plant, ledger: Ledger) -> dict[tuple[str, str], set[str]]:
    found: dict[tuple[str, str], set[str]] = {}
    for told in ledger.journal.events_of_kind(plant.id, BROKEN):
        text, _, outbox = told.event.text.removesuffix(")").rpartition(" (outbox ")
        found.setdefault((told.gateway, outbox), set()).add(text)
    return found


def _kept(plant: Plant, ledger: Ledger) -> dict[date, dict[tuple[str, str], list[Range]]]:
    found: dict[date, dict[tuple[str, str], list[Range]]] = {}
    for one in ledger.links.kept(plant.id):
        found.setdefault(_date(one.day), {})[one.gateway, one.outbox] = one.numbers
    return found


def _joined(
    numbers: dict[tuple[str, str], list[Range]], content: bytes
) -> dict[tuple[str, str], list[Range]]:
    """What the newest file holds: perhaps more than the ledger knew a moment ago."""
    held = {box: set(_each(spans)) for box, spans in numbers.items()}
    for record in read_day(content, "the newest file"):
        held.setdefault((record.gateway, record.outbox), set()).add(record.seq)
    return {box: ranges(seqs) for box, seqs in held.items()}


def _each(spans: Iterable[Range]) -> Iterator[int]:
    return (number for first, last in spans for number in range(first, last + 1))


def _date(day: int) -> date:
    return date.fromordinal(FIRST_DAY.toordinal() + day)
