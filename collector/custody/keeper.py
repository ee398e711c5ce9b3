"""What is done with accepted packs beside storing their readings: they are archived and linked."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from collector.custody.archive import SUFFIX, Archive
from collector.custody.record import Record
from collector.ledger import Ledger, Link, Sender
from plant.calendar import DAY_MS
from plant.chain import brief

_log = logging.getLogger(__name__)
FIRST_DAY = date(1970, 1, 1)


class Keeper:
    """Keeps packs, each once, and tidies once a day; without an archive packs are linked only."""

    def __init__(self, ledger: Ledger, archive: Archive | None) -> None:
        self._links = ledger.links
        self._archive = archive
        self._tidied_day = 0
        # Lie in the archive, but the ledger refused them: they come again until it does not.
        self._unrecorded: set[bytes] = set()

    @property
    def archives(self) -> bool:
        """Whether packs lie in the archive."""
        return self._archive is not None

    def keep(self, packs: Mapping[Sender, Mapping[Link, Record]]) -> dict[Sender, list[Link]]:
        """Put packs into the archive that do not lie there already; returns the links of those.

        StoreError when the disk refuses.
        """
        fresh: dict[Sender, list[Link]] = {}
        records: defaultdict[str, list[Record]] = defaultdict(list)
        for sender, found in packs.items():
            known = self._links.known(sender, {link.seq for link in found})
            new = {link: one for link, one in found.items() if known.get(link.seq) != link.hash}
            if new:
                fresh[sender] = list(new)
                unkept = (one for link, one in new.items() if link.hash not in self._unrecorded)
                records[sender.plant] += unkept
        if self._archive is not None:
            for plant, kept in records.items():
                self._archive.append(plant, kept)
        self._unrecorded.update(link.hash for links in fresh.values() for link in links)
        return fresh

    def assume(self, hashes: Iterable[str]) -> None:
        """Packs lie in the archive already."""
        self._unrecorded.update(map(bytes.fromhex, hashes))

    def settle(self) -> None:
        """The ledger has what was kept."""
        self._unrecorded.clear()

    def told(self, sender: Sender, numbers: Iterable[int]) -> list[tuple[int, str]]:
        """Of packs that came: each number, and which pack it was; as `Stored` tells them."""
        known = self._links.known(sender, numbers)
        return [(seq, brief(digest.hex())) for seq, digest in sorted(known.items())]

    def tidy(self, now_ms: int) -> None:
        """Once a day: let the oldest days of a full archive go, and forget old links."""
        if now_ms // DAY_MS == self._tidied_day:
            return
        for path in self._archive.surplus() if self._archive else ():
            day = date.fromisoformat(path.name.removesuffix(SUFFIX))
            _log.warning("archive=full plant=%s let_go=%s", path.parent.name, day)
            self._links.let_go(path.parent.name, (day - FIRST_DAY).days)
            path.unlink(missing_ok=True)
        if not self._links.prune(now_ms):
            self._tidied_day = now_ms // DAY_MS
