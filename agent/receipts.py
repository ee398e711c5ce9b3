"""Which of our packs an answer of the collector is about.

Numbers alone do not tell: an outbox that was copied to another gateway, or somebody who may write
under our name, gives the same numbers to other packs. Only what went out from here, and is the
pack that was stored, may leave the disk; anything else is sent again.
"""

from __future__ import annotations

from agent import log
from plant.chain import brief
from plant.wire import Stored

MOST = 10_000  # what went out long ago and was never answered is sent again anyway


class Receipts:
    """The packs of one outbox that went out since the start."""

    def __init__(self) -> None:
        self._sent: dict[int, str] = {}
        self._is_told = False

    def note(self, number: int, pack_hash: str) -> None:
        """A pack goes out."""
        self._sent.pop(number, None)
        self._sent[number] = brief(pack_hash)
        if len(self._sent) > MOST:
            del self._sent[next(iter(self._sent))]

    def settled(self, answer: Stored) -> set[int]:
        """The numbers of packs that the collector has, or set aside; told once where it differs."""
        if not answer.packs:  # of a collector from before
            return answer.numbers()
        ours = {number for number, digits in answer.packs if self._sent.get(number) == digits}
        others = {number for number, _ in answer.packs if number in self._sent} - ours
        if others and not self._is_told:
            self._is_told = True
            text = "the collector has another pack of this number: stop the agent that uses a copy"
            log.warn("another-pack", seq=min(others), why=f"{text} of this outbox")
        for number in ours:
            self._sent.pop(number)
        return ours
