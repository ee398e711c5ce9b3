"""What an evidence file holds, as texts that anybody opens: CSV for rows, JSON for locks.

A text is read only if writing it anew gives the same bytes: one way to say a thing, no other.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

import numpy as np

from collector.evidence.manifest import decode_json, digest, encode_json
from collector.ledger import Adjustment, Amount, Entry, Lock, PlantEvent
from collector.store import Samples
from collector.store.protocol import samples
from plant.calendar import iso, to_ms
from plant.errors import EvidenceError

T = TypeVar("T")
READINGS_HEAD = "time,value"
AMOUNTS_HEAD = (
    "id", "quantity", "first_day", "end_day", "value", "unit", "shift", "source", "author",
    "reason", "entered", "replaces", "withdraws",
)  # fmt: skip
ADJUSTMENTS_HEAD = (
    "resource", "first_day", "last_day", "amount", "unit", "author", "reason", "entered",
)  # fmt: skip
EVENTS_HEAD = ("time", "gateway", "meter", "point", "kind", "text")
_TIME = len("2025-01-31T00:00:00.000")
EARLIEST_MS, LATEST_MS = 946_684_800_000, 4_102_444_800_000  # 2000 and 2100


def encode_readings(rows: Samples) -> bytes:
    """Readings as lines of UTC time and value; the value is the shortest that reads back alike."""
    times = np.datetime_as_string(rows.times_ms.astype("datetime64[ms]"), unit="ms").tolist()
    lines = [f"{time}Z,{value!r}" for time, value in zip(times, rows.values.tolist(), strict=True)]
    return "\n".join([READINGS_HEAD, *lines, ""]).encode()


def decode_readings(content: bytes, name: str) -> Samples:
    """The readings of a text, ascending in time."""
    return _decoded(content, name, read=_read_readings, write=encode_readings)


def _read_readings(text: str) -> Samples:
    lines = text.split("\n")[1:-1]
    times = np.array([line[:_TIME] for line in lines], dtype="datetime64[ms]").astype(np.int64)
    values = np.array([float(line[_TIME + 2 :]) for line in lines], dtype=np.float64)
    if times.size and not EARLIEST_MS <= times.min() <= times.max() < LATEST_MS:
        raise ValueError("a reading from before 2000 or after 2099")
    if not (np.diff(times) > 0).all() or not np.isfinite(values).all():
        raise ValueError("times that do not ascend, or a value that is no number")
    return samples(times, values)


def encode_amounts(entries: Sequence[Entry]) -> bytes:
    """Imported amounts in the order of their entry, corrected ones too."""
    rows = [
        (
            *(one.id, one.amount.quantity, one.amount.first_day, one.amount.end_day),
            *(repr(one.amount.value), one.amount.unit, one.amount.shift),
            *(one.source, one.author, one.reason),
            *(iso(one.entered_ms), "" if one.replaces is None else one.replaces),
            "yes" if one.withdraws else "",
        )
        for one in sorted(entries, key=lambda entry: entry.id)
    ]
    return _table(AMOUNTS_HEAD, rows)


def decode_amounts(content: bytes, name: str) -> list[Entry]:
    """The imported amounts of a text."""
    return _decoded(content, name, read=_read_amounts, write=encode_amounts)


def _read_amounts(text: str) -> list[Entry]:
    entries = []
    for number, quantity, first, end, value, unit, shift, *about in _rows(text):
        source, author, reason, entered, replaces, withdraws = about
        days = date.fromisoformat(first), date.fromisoformat(end)
        amount = Amount(quantity, *days, float(value), unit, shift)
        if not np.isfinite(amount.value) or not days[0] < days[1]:
            raise ValueError(f"amount {number} has no value or no day")
        corrected = int(replaces) if replaces else None
        entries.append(
            Entry(
                *(int(number), amount, source, author, reason, _instant(entered), corrected),
                withdraws == "yes",
            )
        )
    return entries


def encode_adjustments(adjustments: Sequence[Adjustment]) -> bytes:
    """Non-routine adjustments in the order of their entry."""
    rows = [
        (
            *(one.resource, one.first_day, one.last_day, repr(one.amount), one.unit),
            *(one.author, one.reason, iso(one.entered_ms)),
        )
        for one in adjustments
    ]
    return _table(ADJUSTMENTS_HEAD, rows)


def decode_adjustments(content: bytes, name: str) -> list[Adjustment]:
    """The adjustments of a text."""
    return _decoded(content, name, read=_read_adjustments, write=encode_adjustments)


def _read_adjustments(text: str) -> list[Adjustment]:
    found = []
    for resource, first, last, amount, unit, author, reason, entered in _rows(text):
        days, value = (date.fromisoformat(first), date.fromisoformat(last)), float(amount)
        if not np.isfinite(value) or days[1] < days[0]:
            raise ValueError(f"an adjustment of {resource} has no amount or no day")
        one = Adjustment(0, resource, *days, value, unit, author, reason, _instant(entered))
        found.append(one)
    return found


def encode_events(events: Sequence[PlantEvent]) -> bytes:
    """What happened to the meters, in order of time."""
    rows = [
        (iso(event.time_ms), gateway, event.meter, event.point, event.kind, event.text)
        for _, gateway, event in sorted(events, key=lambda one: (one.event.time_ms, one))
    ]
    return _table(EVENTS_HEAD, rows)


def encode_locks(locks: Sequence[Lock]) -> bytes:
    """Every lock and amendment with what it fixed, in the order of their making."""
    told = [lock._asdict() for lock in sorted(locks)]
    return encode_json(told)


def decode_locks(content: bytes, name: str) -> list[Lock]:
    """The locks of a text, each of which has the hash of its content."""
    found = decode_json(content, name)
    try:
        locks = [Lock(**told) for told in found]
        for lock in locks:
            if digest(lock.content.encode()) != lock.hash:
                raise EvidenceError(f"{name}: lock {lock.id} is not that of its content")
    except (AttributeError, TypeError) as error:
        raise EvidenceError(f"{name}: not a list of locks ({error})") from error
    return locks


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return buffer.getvalue().encode()


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))[1:]


def _instant(text: str) -> int:
    return to_ms(datetime.fromisoformat(text.replace("Z", "+00:00")))


def _decoded(
    content: bytes, name: str, *, read: Callable[[str], T], write: Callable[[T], bytes]
) -> T:
    try:
        found = read(content.decode("utf-8"))
        if write(found) == content:
            return found
    except (ValueError, csv.Error, OverflowError) as error:
        raise EvidenceError(f"{name}: cannot be read ({error})") from error
    raise EvidenceError(f"{name}: not as Cleanline writes it")
