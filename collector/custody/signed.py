"""Which gateways sign their packs, in a sentence for each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from collector.ledger import Ledger

Language = Literal["en", "vi"]
WORDS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "all": "packs of gateway {gateway}: {packs}, signed",
        "none": "packs of gateway {gateway}: {packs}, unsigned",
        "some": "packs of gateway {gateway}: {packs}, {signed} of them signed",
    },
    "vi": {
        "all": "gói số liệu của gateway {gateway}: {packs}, có chữ ký",
        "none": "gói số liệu của gateway {gateway}: {packs}, không có chữ ký",
        "some": "gói số liệu của gateway {gateway}: {packs}, trong đó {signed} gói có chữ ký",
    },
}


class Signed(NamedTuple):
    """How many packs of a gateway bear a signature that was found to be its own."""

    gateway: str
    packs: int
    signed: int

    def text(self, language: Language) -> str:
        """The same as a sentence."""
        key = "none" if not self.signed else "all" if self.signed == self.packs else "some"
        return WORDS[language][key].format(**self._asdict())


def signed_packs(plant: str, ledger: Ledger) -> list[Signed]:
    """Every gateway of which packs were accepted."""
    counts: dict[str, tuple[int, int]] = {}
    for one in ledger.links.custody(plant):
        packs, signed = counts.get(one.gateway, (0, 0))
        counts[one.gateway] = packs + one.packs, signed + one.signed
    return [Signed(gateway, *count) for gateway, count in sorted(counts.items())]
