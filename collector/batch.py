"""The packs of one commit, sorted by what becomes of them."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field

from collector.checks import Accepted, Identity, Message, Refused
from collector.custody.record import Record
from collector.ledger import Aside, Link, PlantEvent, Sender
from collector.ledger.ranges import Range
from collector.store import Series
from plant.wire import SIG, Topic


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
    replaced: defaultdict[Sender, list[Range]] = field(default_factory=lambda: defaultdict(list))
    aside: list[Aside] = field(default_factory=list)
    records: defaultdict[Sender, dict[Link, Record]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    sizes: dict[tuple[Sender, int], int] = field(default_factory=dict)  # readings of each pack

    def add(self, identity: Identity, accepted: Accepted, *, message: Message) -> None:
        """A sound pack."""
        link, record = _linked(identity, accepted, message)
        self.records[identity.sender][link] = record
        self.stored[identity.sender].append(identity.seq)
        self.replaced[identity.sender] += accepted.replaced
        plant, gateway, _ = identity.sender
        self.events.extend(PlantEvent(plant, gateway, event) for event in accepted.events)
        self.sizes[identity.sender, identity.seq] = len(accepted.readings)
        for series, (_, _, time_ms, value) in accepted.readings:
            self.times[series].append(time_ms)
            self.values[series].append(value)

    def refuse(
        self, message: Message, topic: Topic, *, identity: Identity | None, why: Refused
    ) -> None:
        """A pack that is set aside."""
        outbox = identity.sender.outbox if identity else None
        seq = identity.seq if identity else None
        whence = (topic.plant, topic.gateway, outbox, seq, message.received_ms)
        self.aside.append(
            Aside(
                *whence, why.kind, str(why), message.payload, json.dumps(dict(message.properties))
            )
        )
        if identity:
            self.refused[identity.sender].append((identity.seq, str(why)))


def _linked(identity: Identity, accepted: Accepted, message: Message) -> tuple[Link, Record]:
    """A sound pack as a link of its chain, and as the archive keeps it."""
    head, pack_hash, signature = accepted.link.head, accepted.link.hash, accepted.link.signature
    sender, seq = identity
    signed, at_ms = signature is not None, message.received_ms
    link = Link(seq, bytes.fromhex(pack_hash), bytes.fromhex(head.prev), signed, at_ms)
    said = (sender.outbox, seq, head.config, head.prev, message.properties.get(SIG))
    return link, Record(at_ms, sender.gateway, *said, message.payload)
