"""Whether the packs of an evidence are those that were accepted, and say what it says."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from collector.custody.archive import read_day
from collector.custody.chain import Box, ChainCheck, Told
from collector.custody.keys import Keys
from collector.custody.record import Record
from collector.deriving.sources import sources_of
from collector.evidence.manifest import decode_json
from collector.evidence.packs import PACKS, PACKS_FILE
from collector.evidence.texts import decode_readings
from collector.ledger.ranges import Range
from plant.calendar import iso
from plant.description import Plant
from plant.errors import EvidenceError, WireError
from plant.senml import decode_pack

READINGS = "readings/"
MOST_NUMBERS = 20_000_000  # of packs, in all that an evidence names
Values = dict[tuple[str, str], dict[int, set[float]]]  # (meter, point) -> time [ms] -> values


class Outbox(NamedTuple):
    """What the collector told of an outbox."""

    box: Box
    told: Told
    head: tuple[int, str] | None
    never_seen: int
    set_aside: int


class Day(NamedTuple):
    """What the collector told of a day's file."""

    name: str
    size: int
    sha256: str
    numbers: dict[Box, list[Range]]


class Packs(NamedTuple):
    """What the collector told of all packs that it accepted."""

    outboxes: list[Outbox]
    days: list[Day]
    let_go: list[str]  # days


class PacksChecked(NamedTuple):
    """What was found of packs that are as they were."""

    signed: dict[str, tuple[int, int]]  # gateway -> its signed packs, and all that it sent
    looked_at: int  # packs
    days_left: int  # files that are named, and were not there to be looked at
    never_seen: int  # packs that never came
    set_aside: int
    breaks: list[str]  # told when the packs came
    let_go: list[str]  # days
    readings: int  # of the evidence, found in packs

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return self._asdict()


def check_packs(
    files: Mapping[str, bytes], plant: Plant, folder: Path | None
) -> PacksChecked | None:
    """Look at every pack that is there; EvidenceError names the first that is not as it was.

    folder: where the archive's files of this plant lie, for an evidence that only names them. None
    when the evidence names no packs at all.
    """
    if PACKS_FILE not in files:
        return None
    told = _told(files)
    check = ChainCheck(Keys.of(plant), {one.box: one.told for one in told.outboxes})
    values: Values = defaultdict(lambda: defaultdict(set))
    wanted = {source.series.tags for source in sources_of(plant).values()}
    rewritten, left = None, 0
    for day in told.days:
        content = _content(files, day, folder)
        if content is None:
            left += 1
            continue
        for record in _whole(check.take(read_day(content, f"{PACKS}{day.name}"), day.numbers)):
            _collect(record, values, wanted=wanted)
        if (len(content), hashlib.sha256(content).hexdigest()) != (day.size, day.sha256):
            rewritten = rewritten or day.name
    if finding := check.first() or (not left and _changed_head(check, told.outboxes)):
        raise EvidenceError(str(finding))
    if rewritten:
        raise EvidenceError(f"{PACKS}{rewritten} was rewritten: its bytes are not those of before")
    return PacksChecked(
        signed=check.signed if check.packs else _signed(told.outboxes),
        looked_at=check.packs,
        days_left=left,
        never_seen=sum(one.never_seen for one in told.outboxes),
        set_aside=sum(one.set_aside for one in told.outboxes),
        breaks=sorted(text for one in told.outboxes for text in one.told.breaks),
        let_go=told.let_go,
        readings=_compared(files, plant, values=values),
    )


def _told(files: Mapping[str, bytes]) -> Packs:
    """What the evidence says of its packs; EvidenceError where days are missing."""
    body = decode_json(files[PACKS_FILE], PACKS_FILE)
    try:
        found = Packs(
            [_outbox(one) for one in body["outboxes"]],
            [_day(one) for one in body["files"]],
            list(map(str, body["let_go"])),
        )
        missing = list(map(str, body["missing"]))
    except (ValueError, TypeError, KeyError) as error:
        raise EvidenceError(f"{PACKS_FILE}: not as Cleanline writes it ({error!r})") from error
    if missing:
        raise EvidenceError(f"{PACKS}{missing[0]}: dropped: the collector had packs of that day")
    return found


def _content(files: Mapping[str, bytes], day: Day, folder: Path | None) -> bytes | None:
    if (carried := files.get(f"{PACKS}{day.name}")) is not None:
        return carried
    if folder is None:
        return None
    try:
        content = (folder / day.name).read_bytes()
    except OSError as error:
        what = f"{folder / day.name}: {error.strerror}; the evidence names its packs"
        raise EvidenceError(what) from error
    before = content[: day.size]  # packs may have come since
    return before if hashlib.sha256(before).hexdigest() == day.sha256 else content


def _whole(records: Iterable[Record]) -> Iterator[Record]:
    """Packs, and where they break off."""
    last = None
    try:
        for record in records:
            last = record
            yield record
    except EvidenceError as error:
        after = f"after pack {last.seq} of gateway {last.gateway}" if last else "from its start"
        raise EvidenceError(f"{error}: altered or cut {after}") from error


def _collect(record: Record, values: Values, *, wanted: set[tuple[str, ...]]) -> None:
    try:
        pack = decode_pack(record.payload)
    except WireError as error:
        what = f"pack {record.seq} of gateway {record.gateway} was altered: it cannot be read"
        raise EvidenceError(f"{what} ({error})") from error
    for meter, point, time_ms, value in pack.readings:
        if (meter, point) in wanted:
            values[meter, point][time_ms].add(value)


def _compared(files: Mapping[str, bytes], plant: Plant, *, values: Values) -> int:
    """How many readings of the evidence stand in its packs; EvidenceError when one says other."""
    found = 0
    for meter, source in sources_of(plant).items():
        name = f"{READINGS}{meter}.csv"
        held = values.get((source.series.tags[0], source.series.tags[1]))
        if name not in files or held is None:
            continue
        rows = decode_readings(files[name], name)
        for time_ms, value in zip(rows.times_ms.tolist(), rows.values.tolist(), strict=True):
            told = held.get(time_ms)
            if told is None:
                continue
            if value not in told:
                raise EvidenceError(
                    f"{name}: {value!r} at {iso(time_ms)}, the pack says {min(told)!r}"
                )
            found += 1
    return found


def _changed_head(check: ChainCheck, boxes: Iterable[Outbox]) -> str | None:
    """The last pack of a chain that nobody has named yet, if it is not what it was."""
    for one in boxes:
        if one.head is not None and check.hash_of(one.box, one.head[0]) not in (None, one.head[1]):
            return f"pack {one.head[0]} of gateway {one.box.gateway} was altered: another hash"
    return None


def _signed(boxes: Iterable[Outbox]) -> dict[str, tuple[int, int]]:
    counts: dict[str, tuple[int, int]] = {}
    for one in boxes:
        signed, packs = counts.get(one.box.gateway, (0, 0))
        counts[one.box.gateway] = signed + one.told.signed, packs + one.told.packs
    return counts


def _outbox(found: Any) -> Outbox:
    breaks = frozenset(map(str, found["breaks"]))
    told = Told(int(found["signed"]), int(found["packs"]), breaks)
    head = found["head"]
    return Outbox(
        Box(str(found["gateway"]), str(found["outbox"])),
        told,
        None if head is None else (int(head[0]), str(head[1])),
        _count(found["never_seen"]),
        _count(found["set_aside"]),
    )


def _day(found: Any) -> Day:
    numbers = {
        Box(str(gateway), str(outbox)): [(int(first), int(last)) for first, last in spans]
        for gateway, outbox, spans in found["numbers"]
    }
    if sum(_count(spans) for spans in numbers.values()) > MOST_NUMBERS:
        raise ValueError("more packs than there can be")
    name = str(found["name"])
    if "/" in name:
        raise ValueError(f"no file of an archive: {name[:80]!r}")
    return Day(name, int(found["bytes"]), str(found["sha256"]), numbers)


def _count(spans: Iterable[Any]) -> int:
    return sum(int(last) - int(first) + 1 for first, last in spans)
