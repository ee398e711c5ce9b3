"""Whether packs are those that were accepted: none altered, dropped or added since.

What the collector told when they came (numbers, breaks of the chain) is believed and can be read;
whatever differs from it is a finding. A pack that its gateway has signed needs no belief.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from collector.custody.keys import Keys
from collector.custody.record import Record
from collector.ledger.links import Link, compare
from collector.ledger.ranges import Range


class Box(NamedTuple):
    """One outbox of one gateway."""

    gateway: str
    outbox: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the collector says of an outbox."""

    signed: int = 0
    packs: int = 0
    breaks: frozenset[str] = frozenset()  # texts


class Finding(NamedTuple):
    """A pack that is not as it was, and how."""

    gateway: str
    outbox: str
    seq: int
    text: str

    def __str__(self) -> str:
        return f"pack {self.seq} of gateway {self.gateway} (outbox {self.outbox}) {self.text}"


@dataclass(slots=True)
class _Chain:
    """The packs of one outbox as far as they were read."""

    links: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    sure: set[int] = field(default_factory=set)  # numbers whose pack bears a signature that fits
    breaks: dict[int, str] = field(default_factory=dict)


class ChainCheck:
    """Takes packs in, file by file, and says which is not as it was."""

    def __init__(self, plant_keys: Keys, told: Mapping[Box, Told]) -> None:
        self._keys = plant_keys
        self._told = told
        self._chains: dict[Box, _Chain] = {}
        self._findings: list[Finding] = []

    @property
    def packs(self) -> int:
        """Packs that were read, each number once."""
        return sum(len(chain.links) for chain in self._chains.values())

    @property
    def signed(self) -> dict[str, tuple[int, int]]:
        """Gateway -> how many of its packs bear its signature, and how many it has."""
        counts: dict[str, tuple[int, int]] = {}
        for box, chain in self._chains.items():
            signed, packs = counts.get(box.gateway, (0, 0))
            counts[box.gateway] = signed + len(chain.sure), packs + len(chain.links)
        return counts

    def take(
        self, records: Iterable[Record], expected: Mapping[Box, list[Range]]
    ) -> Iterator[Record]:
        """Pass on the packs of a file that should hold certain numbers, looking at each."""
        wanted = {box: _numbers(ranges) for box, ranges in expected.items()}
        missing = {box: set(numbers) for box, numbers in wanted.items()}
        for record in records:
            box = Box(record.gateway, record.outbox)
            missing.get(box, set()).discard(record.seq)
            if record.seq not in wanted.get(box, ()):
                self._find(box, record.seq, "was added: the collector took none of that number in")
            self._look_at(box, record)
            yield record
        for box, numbers in missing.items():
            for seq in numbers:
                self._find(box, seq, "was dropped: the collector took it in, and it is not there")

    def hash_of(self, box: Box, seq: int) -> str | None:
        """The hash of a pack that was read."""
        chain = self._chains.get(box)
        link = chain.links.get(seq) if chain else None
        return link[0].hex() if link else None

    def _look_at(self, box: Box, record: Record) -> None:
        chain = self._chains.setdefault(box, _Chain())
        pack_hash, seq = record.hash, record.seq
        if self._keys.knows(box.gateway) and record.signature is not None:
            if self._keys.fits(box.gateway, pack_hash, signature=record.signature):
                chain.sure.add(seq)
            else:
                self._find(box, seq, "was altered: its signature does not fit")
        link = Link(seq, bytes.fromhex(pack_hash), _prev(record), False, record.received_ms)
        for told in compare(link, chain.links):
            chain.breaks.setdefault(told.seq, told.text)
        chain.links.setdefault(seq, (link.hash, link.prev))

    def first(self) -> Finding | None:
        """The first pack that is not as it was, by outbox and number; None when all are."""
        findings = list(self._findings)
        for box, chain in self._chains.items():
            findings += self._breaks(box, chain)
            told = self._told.get(box, Told())
            if told.signed == told.packs and len(chain.sure) < len(chain.links):
                seq = min(chain.links.keys() - chain.sure, default=0)
                if told.signed and self._keys.knows(box.gateway):
                    findings.append(Finding(*box, seq, "was altered: it had a signature"))
        return min(findings, default=None)

    def _breaks(self, box: Box, chain: _Chain) -> Iterator[Finding]:
        """Breaks that nobody told of when the packs came."""
        told = self._told.get(box, Told()).breaks
        for seq, text in chain.breaks.items():
            if text in told:
                continue
            if "again" in text:
                yield Finding(*box, seq, "was altered or added: it is there with two contents")
                continue
            # The later of the two names the hash of the earlier; is it itself named, or signed?
            link, after = chain.links.get(seq), chain.links.get(seq + 1)
            stands = seq in chain.sure or (link and after and after[1] == link[0])
            if seq - 1 in chain.sure:
                yield Finding(*box, seq, "was altered or added: it does not follow the one before")
            elif stands:
                yield Finding(*box, seq - 1, "was altered: the next one names another hash")
            else:
                yield Finding(*box, seq - 1, "was altered, or the next: they do not follow")

    def _find(self, box: Box, seq: int, text: str) -> None:
        self._findings.append(Finding(*box, seq, text))


def _numbers(spans: Iterable[Range]) -> set[int]:
    return {number for first, last in spans for number in range(first, last + 1)}


def _prev(record: Record) -> bytes:
    try:
        return bytes.fromhex(record.prev)
    except ValueError:
        return record.prev.encode()
