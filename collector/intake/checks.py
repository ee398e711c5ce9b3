"""Whether a pack may be stored: who sent it is told by its topic, what it holds must fit that."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from collector.custody.keys import Keys
from collector.custody.record import MOST_PAYLOAD_BYTES
from collector.deriving.sources import sources_of
from collector.ledger import Sender
from collector.ledger.ranges import Range
from collector.store import COUNTER, GAUGE, Series
from plant.chain import BEGINNING, Head, is_hash
from plant.description import Plant
from plant.errors import WireError
from plant.reading import GATEWAY, LARGEST, Event, Reading
from plant.senml import SENML_UNITS, decode_pack, is_identifier
from plant.thinned import THINNED, replaced_in
from plant.wire import CONFIG, OUTBOX, PREV, SEQ, SIG, Topic

FUTURE_MS = 300_000  # a reading may be this far ahead of the collector's clock
EARLIEST_MS = 946_684_800_000  # 2000: before it, a gateway's clock had not been set
LARGEST_SEQ = 2**53
MOST_REPLACED = 20_000  # ranges of numbers that one pack stands in for; agents thin 4 MiB at a time
LONGEST_KIND, LONGEST_TEXT = 64, 2000  # of an event; agents stay below
# Kinds of refusal that another plant file may mend: a point or a key that it does not know yet.
UNKNOWN, SIGNATURE = "unknown", "signature"
KEY_LENGTH = 64
MOST_STATUS_BYTES = 2**20  # a meter takes about 100 of them


class Message(NamedTuple):
    """What came from the broker, and when."""

    topic: str
    payload: bytes
    properties: Mapping[str, str]
    received_ms: int


class Refused(WireError):  # noqa: N818 - a verdict on a pack rather than a fault of ours
    """Why a pack is set aside; ``kind`` is what it is counted under."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class Identity(NamedTuple):
    """Which outbox a pack comes from, and its number in it."""

    sender: Sender
    seq: int


@dataclass(frozen=True, slots=True)
class Roster:
    """What a plant file lets each gateway speak of."""

    plant: Plant
    points: Mapping[str, Mapping[tuple[str, str], Series]]  # gateway -> (meter, point) -> series
    slotted: frozenset[Series] = field(default_factory=frozenset)  # consumption comes from these
    units: Mapping[tuple[str, str], str] = field(default_factory=dict)  # of each (meter, point)
    keys: Keys = field(default_factory=lambda: Keys("", {}))

    @staticmethod
    def of(plant: Plant) -> Roster:
        """The roster of a plant."""
        points: dict[str, dict[tuple[str, str], Series]] = {name: {} for name in plant.gateways}
        for name, meter in plant.meters.items():
            for point, description in meter.read_points().items():
                measurement = COUNTER if description.kind == "counter" else GAUGE
                series = Series(measurement, plant.id, (name, point))
                points[meter.gateway][name, point] = series
        slotted = frozenset(source.series for source in sources_of(plant).values())
        return Roster(plant, points, slotted, plant.units(), Keys.of(plant))


def check_sender(message: Message, topic: Topic, roster: Roster) -> None:
    """WireError for what is not even set aside: whoever sends it could fill the ledger with it."""
    if len(topic.gateway) > KEY_LENGTH or not is_identifier(topic.gateway):
        raise WireError(f"{topic.gateway[:KEY_LENGTH]!r} can be no gateway's name")
    if topic.leaf == "status":
        if topic.gateway not in roster.points:
            raise WireError(f"status of gateway {topic.gateway!r}, which is not in the plant file")
        if len(message.payload) > MOST_STATUS_BYTES:
            raise WireError(f"a status of {len(message.payload)} bytes")


def identify(message: Message, topic: Topic) -> Identity:
    """Which pack this is; Refused when its user properties do not say."""
    outbox, seq = message.properties.get(OUTBOX), message.properties.get(SEQ)
    if outbox is None or seq is None:
        raise Refused("unidentified", f"user property {OUTBOX if outbox is None else SEQ} missing")
    if len(outbox) > KEY_LENGTH or not is_identifier(outbox):
        raise Refused("unidentified", f"outbox {outbox[:KEY_LENGTH]!r} is not an identifier")
    if not (seq.isascii() and seq.isdecimal()) or not 0 < int(seq[:20]) < LARGEST_SEQ:
        raise Refused("unidentified", f"seq {seq[:20]!r} is not a number from 1")
    return Identity(Sender(topic.plant, topic.gateway, outbox), int(seq))


@dataclass(frozen=True, slots=True)
class Link:
    """Where a pack stands in the chain of its outbox."""

    head: Head
    hash: str
    signature: str | None  # one that fits; None: unsigned


def link(message: Message, topic: Topic, keys: Keys) -> Link:
    """The link of an identified pack; Refused when its signature is wrong or lacks."""
    said = message.properties
    prev = said.get(PREV, BEGINNING)
    if prev != BEGINNING and not is_hash(prev):
        raise Refused("malformed", f"user property {PREV} is no hash: {prev[:KEY_LENGTH]!r}")
    config = said.get(CONFIG, "")
    if config and not (is_identifier(config) and len(config) <= KEY_LENGTH):
        what = f"user property {CONFIG} is no identifier: {config[:KEY_LENGTH]!r}"
        raise Refused("malformed", what)
    head = Head(said[OUTBOX], int(said[SEQ]), config, prev)
    pack_hash = head.hash_of(message.payload)
    if not keys.knows(topic.gateway):
        return Link(head, pack_hash, None)
    signature = said.get(SIG)
    if signature is None:
        raise Refused(SIGNATURE, f"unsigned, and the plant file has a key of {topic.gateway!r}")
    if not keys.fits(topic.gateway, pack_hash, signature=signature):
        what = f"its signature is not by {topic.gateway!r} over these bytes"
        raise Refused(SIGNATURE, f"{what}: altered, or from somebody else")
    return Link(head, pack_hash, signature)


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a sound pack adds to the store, the archive and the journal."""

    readings: Mapping[Series, Sequence[Reading]]
    events: list[Event]
    config: str | None
    link: Link
    replaced: list[Range] = field(default_factory=list)  # numbers of packs that it stands in for


def check(message: Message, topic: Topic, *, roster: Roster, future_ms: int) -> Accepted:
    """The content of a pack; Refused with the reason when it must not be stored."""
    points = roster.points.get(topic.gateway)
    if points is None:
        raise Refused(UNKNOWN, f"gateway {topic.gateway!r} is not in the plant file")
    if len(message.payload) > MOST_PAYLOAD_BYTES:
        raise Refused("malformed", f"{len(message.payload)} bytes: no agent makes such packs")
    linked = link(message, topic, roster.keys)
    try:
        pack = decode_pack(message.payload)
    except WireError as error:
        raise Refused("malformed", str(error)) from error
    if pack.plant != topic.plant:
        raise Refused("foreign", f"it names plant {pack.plant!r}, its topic {topic.plant!r}")
    _check_times(pack.readings, message.received_ms, future_ms=future_ms)
    _check_times(pack.events, message.received_ms, future_ms=future_ms)
    try:
        readings = {points[name]: found for name, found in _by_point(pack.readings).items()}
    except KeyError as error:
        meter, point = error.args[0]
        what = f"{meter}/{point} is no point of gateway {topic.gateway!r} in the plant file"
        raise Refused(UNKNOWN, what) from error
    _check_units(pack.units, roster.units)
    meters = {meter for meter, _ in points} | {GATEWAY}
    for event in pack.events:
        if event.meter not in meters:
            what = f"{event.meter} is no meter of gateway {topic.gateway!r} in the plant file"
            raise Refused(UNKNOWN, what)
    replaced = _replaced(pack.events, before=int(message.properties[SEQ]))
    cut = [event if event.kind == THINNED else _cut(event) for event in pack.events]
    if rejected := [reading for reading in pack.readings if abs(reading.value) > LARGEST]:
        cut.extend(map(_told_rejected, rejected))
        readings = _kept(readings)
    return Accepted(readings, cut, message.properties.get(CONFIG), linked, replaced)


def _by_point(readings: Iterable[Reading]) -> Mapping[tuple[str, str], Sequence[Reading]]:
    grouped: defaultdict[tuple[str, str], list[Reading]] = defaultdict(list)
    for reading in readings:
        grouped[reading[:2]].append(reading)
    return grouped


def _kept(readings: Mapping[Series, Sequence[Reading]]) -> dict[Series, Sequence[Reading]]:
    """Those that a plant can have."""
    kept = {
        series: [reading for reading in found if abs(reading.value) <= LARGEST]
        for series, found in readings.items()
    }
    return {series: found for series, found in kept.items() if found}


def _cut(event: Event) -> Event:
    """An event of bounded length; the archive has all of it."""
    if len(event.kind) <= LONGEST_KIND and len(event.text) <= LONGEST_TEXT:
        return event
    return event._replace(kind=event.kind[:LONGEST_KIND], text=f"{event.text[:LONGEST_TEXT]}...")


def _told_rejected(reading: Reading) -> Event:
    """What is told in place of a value that no point of a plant can have."""
    text = f"{reading.value:g} is more than any plant has"
    return Event(reading.meter, reading.point, reading.time_ms, "rejected", text)


def _check_units(told: Mapping[tuple[str, str], str], known: Mapping[tuple[str, str], str]) -> None:
    """A unit that a pack names must be the plant file's: two copies of it may have drifted."""
    for (meter, point), unit in told.items():
        wanted = known[meter, point]
        if unit != SENML_UNITS.get(wanted):
            what = f"{meter}/{point} comes in {unit!s:.20}, the plant file's model has {wanted}"
            raise Refused(UNKNOWN, what)


def _replaced(events: Iterable[Event], *, before: int) -> list[Range]:
    """The packs that a thinned one stands in for: they came before it."""
    try:
        numbers = [span for thinned in replaced_in(events) for span in thinned.numbers]
    except WireError as error:
        raise Refused("malformed", str(error)) from error
    if len(numbers) > MOST_REPLACED:
        raise Refused("malformed", f"it replaces {len(numbers)} ranges of packs")
    if any(last >= before for _, last in numbers):
        raise Refused("malformed", "it replaces packs that came after it")
    return numbers


def _check_times(stamped: Iterable[Reading | Event], now_ms: int, *, future_ms: int) -> None:
    times = [one.time_ms for one in stamped]
    if not times:
        return
    if (ahead := max(times) - now_ms) > future_ms:
        raise Refused("future", f"stamped {ahead / 1000:.0f} s ahead of the collector's clock")
    if min(times) < EARLIEST_MS:
        raise Refused("past", "stamped before the year 2000: the gateway's clock was not set")
