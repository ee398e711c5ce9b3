"""The packs of one commit, sorted by what becomes of them."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field

from collector.custody.record import MOST_PAYLOAD_BYTES, Record
from collector.intake.checks import Accepted, Identity, Message, Refused
from collector.ledger import Aside, Link, PlantEvent, Sender
from collector.ledger.ranges import Range
from collector.store import Samples, Series
from plant.chain import Head, brief
from plant.reading import Event
from plant.wire import CONFIG, OUTBOX, PREV, SEQ, SIG, Topic

LONGEST_SAID = 256  # a signature has 88 characters
CONFLICT = "conflict"  # kind of the event of a reading in whose place another stands


@dataclass(slots=True)
class Batch:
    """The packs of one commit, sorted by what becomes of them."""

    times: defaultdict[Series, list[int]] = field(default_factory=lambda: defaultdict(list))
    values: defaultdict[Series, list[float]] = field(default_factory=lambda: defaultdict(list))
    events: list[PlantEvent] = field(default_factory=list)
    stored: defaultdict[Sender, list[int]] = field(default_factory=lambda: defaultdict(list))
    refused: defaultdict[Sender, list[tuple[int, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    told: defaultdict[Sender, list[tuple[int, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )  # each number that came, and which pack it was
    replaced: defaultdict[Sender, list[Range]] = field(default_factory=lambda: defaultdict(list))
    aside: list[Aside] = field(default_factory=list)
    records: defaultdict[Sender, dict[Link, Record]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    accepted: list[tuple[Identity, Accepted]] = field(default_factory=list)
    sizes: dict[tuple[Sender, int], int] = field(default_factory=dict)  # readings of each pack

    def add(self, identity: Identity, accepted: Accepted, *, message: Message) -> None:
        """A sound pack."""
        link, record = _linked(identity, accepted, message)
        self.records[identity.sender][link] = record
        self.accepted.append((identity, accepted))
        self.stored[identity.sender].append(identity.seq)
        self.told[identity.sender].append((identity.seq, brief(accepted.link.hash)))
        self.replaced[identity.sender] += accepted.replaced
        plant, gateway, _ = identity.sender
        self.events.extend(PlantEvent(plant, gateway, event) for event in accepted.events)
        self.sizes[identity.sender, identity.seq] = sum(map(len, accepted.readings.values()))
        for series, found in accepted.readings.items():
            self.times[series] += [time_ms for _, _, time_ms, _ in found]
            self.values[series] += [value for _, _, _, value in found]

    def contradict(self, series: Series, standing: Samples) -> None:
        """Tell by an event of each pack that its readings differ from those that stand."""
        values = dict(zip(standing.times_ms.tolist(), standing.values.tolist(), strict=True))
        for (sender, seq), accepted in self.accepted:
            odd = [
                reading
                for reading in accepted.readings.get(series, ())
                if values.get(reading.time_ms, reading.value) != reading.value
            ]
            if odd:
                meter, point, time_ms, value = odd[0]
                text = f"{values[time_ms]!r} stands; pack {seq} of outbox {sender.outbox} says "
                text += f"{value!r}" + (f", and {len(odd) - 1} more" if odd[1:] else "")
                told = Event(meter, point, time_ms, CONFLICT, text)
                self.events.append(PlantEvent(sender.plant, sender.gateway, told))

    def refuse(
        self, message: Message, topic: Topic, *, identity: Identity | None, why: Refused
    ) -> None:
        """A pack that is set aside."""
        outbox = identity.sender.outbox if identity else None
        seq = identity.seq if identity else None
        key = (topic.plant, topic.gateway, outbox, seq, message.received_ms)
        kept = message.payload[:MOST_PAYLOAD_BYTES]
        self.aside.append(Aside(*key, why.kind, str(why), kept, _said(message)))
        if identity:
            self.refused[identity.sender].append((identity.seq, str(why)))
            config, prev = (message.properties.get(name, "") for name in (CONFIG, PREV))
            head = Head(identity.sender.outbox, identity.seq, config, prev)
            self.told[identity.sender].append((identity.seq, brief(head.hash_of(message.payload))))


def _said(message: Message) -> str:
    """What a pack says of itself, as JSON: what agents say, and no more than they do."""
    told = {name: message.properties.get(name) for name in (OUTBOX, SEQ, CONFIG, PREV, SIG)}
    return json.dumps({name: text[:LONGEST_SAID] for name, text in told.items() if text})


def _linked(identity: Identity, accepted: Accepted, message: Message) -> tuple[Link, Record]:
    """A sound pack as a link of its chain, and as the archive keeps it."""
    head, pack_hash, signature = accepted.link.head, accepted.link.hash, accepted.link.signature
    sender, seq = identity
    signed, at_ms = signature is not None, message.received_ms
    link = Link(seq, bytes.fromhex(pack_hash), bytes.fromhex(head.prev), signed, at_ms)
    said = (sender.outbox, seq, head.config, head.prev, message.properties.get(SIG))
    return link, Record(at_ms, sender.gateway, *said, message.payload)
