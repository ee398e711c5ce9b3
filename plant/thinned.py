"""How a gateway says that one pack stands in for others, which it made smaller to keep more.

The record rides in the pack itself, as the event ``gateway/outbox`` of kind ``thinned``:

    12-191,193 sha256 9f86d081...; 3240 readings left out

The hash is that of the SHA-256 digests of the replaced payloads, one after the other in the order
of their numbers.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from plant.errors import WireError
from plant.reading import GATEWAY, Event
from plant.wire import ranges

OUTBOX_POINT = "outbox"  # the point under which a gateway tells of its outbox
THINNED = "thinned"
_TEXT = re.compile(
    r"(?P<numbers>\d{1,16}(-\d{1,16})?(,\d{1,16}(-\d{1,16})?)*) "
    r"sha256 (?P<digest>[0-9a-f]{64}); (?P<left_out>\d+) readings left out"
)


@dataclass(frozen=True, slots=True)
class Thinned:
    """Which packs another one replaces."""

    numbers: list[tuple[int, int]]  # ranges of seq, both ends included, ascending
    digest: str
    left_out: int  # readings that were in them, and are not in it

    @property
    def text(self) -> str:
        """The text of its event."""
        spans = ",".join(str(a) if a == b else f"{a}-{b}" for a, b in self.numbers)
        return f"{spans} sha256 {self.digest}; {self.left_out} readings left out"

    def event(self, time_ms: int) -> Event:
        """The event that says so."""
        return Event(GATEWAY, OUTBOX_POINT, time_ms, THINNED, self.text)

    @staticmethod
    def parse(text: str) -> Thinned:
        """What a text says; WireError when it does not."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise WireError(f"not a list of replaced packs: {text[:80]!r}")
        numbers: list[tuple[int, int]] = []
        for span in found["numbers"].split(","):
            first, _, last = span.partition("-")
            numbers.append((int(first), int(last or first)))
        ends = [end for pair in numbers for end in pair]
        if ends != sorted(ends) or ends[0] < 1:
            raise WireError(f"replaced packs out of order: {text[:80]!r}")
        return Thinned(numbers, found["digest"], int(found["left_out"]))


def replaced_in(events: Iterable[Event]) -> list[Thinned]:
    """What the events of a pack say of replaced packs; WireError when one is not understood."""
    return [
        Thinned.parse(event.text)
        for event in events
        if (event.meter, event.kind) == (GATEWAY, THINNED)
    ]


def replace_packs(packs: Iterable[tuple[int, bytes]], left_out: int) -> Thinned:
    """The record for packs that are replaced: their numbers and payloads, ascending."""
    numbers, whole = [], hashlib.sha256()
    for number, payload in packs:
        numbers.append(number)
        whole.update(hashlib.sha256(payload).digest())
    return Thinned(ranges(numbers), whole.hexdigest(), left_out)
