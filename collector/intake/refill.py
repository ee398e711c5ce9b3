"""What the archive has and the store or the ledger lacks, is put back when the collector starts.

A disk that failed, or a restore by hand, may leave store, ledger and archive of different ages:
InfluxDB has its own backups. The gateways have freed what was said to be stored, so that only the
archive still has it. Each commit is added to the end of a day's file, so the end tells.
"""

from __future__ import annotations

import logging
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import BinaryIO

from collector.custody.archive import Archive, days
from collector.custody.member import members, places
from collector.custody.record import Record, decode_records
from collector.intake.checks import Message, Roster
from collector.intake.ingest import Ingest
from collector.ledger import Ledger, Sender
from collector.store import Store
from plant.errors import EvidenceError, StoreError, WireError
from plant.reading import LARGEST
from plant.senml import decode_pack
from plant.wire import CONFIG, OUTBOX, PREV, SEQ, SIG, Topic

AT_ONCE = 200  # packs
Place = tuple[int, int]  # of a member in a file: where it begins, and its length
_log = logging.getLogger(__name__)


class Refill:
    """Compares the archive with store and ledger."""

    def __init__(
        self,
        rosters: Mapping[str, Roster],
        store: Store,
        *,
        ledger: Ledger,
        archive: Archive,
        ingest: Ingest,
    ) -> None:
        self._rosters = rosters
        self._store = store
        self._outboxes = ledger.outboxes
        self._folder = archive.folder
        self._ingest = ingest

    def run(self) -> int:
        """Commit what was lost; how many packs. Where nothing was, it is one look a plant."""
        count = 0
        try:
            for plant, roster in self._rosters.items():
                for piece in self._lost(roster):
                    messages = [_message(plant, one) for one in piece]
                    self._ingest.commit_archived(messages, [one.hash for one in piece])
                    count += len(piece)
        except (EvidenceError, StoreError) as error:
            _log.error("refill=ended packs=%d reason=%r", count, str(error))
        if count:
            _log.warning("refill=done packs=%d", count)
        return count

    def _lost(self, roster: Roster) -> Iterator[list[Record]]:
        """Packs of a plant, the newest day first, until a day that is there from its beginning.

        What is older has the beginning of what is newer, so that a few looks find where it ends.
        """
        plant = roster.plant.id
        for day, path in sorted(days(self._folder / plant).items(), reverse=True):
            with path.open("rb") as file:
                held = places(file, path.stat().st_size)
                if not held:
                    continue

                def lacks(place: Place) -> bool:
                    return any(self._lacks(one, roster) for one in _records(file, place))

                if not lacks(held[-1]):
                    return
                first = bisect_left(held, True, key=lacks)
                _log.warning("refill=begun plant=%s day=%s", plant, day)
                lost = chain.from_iterable(_records(file, place) for place in held[first:])
                while piece := list(islice(lost, AT_ONCE)):
                    yield piece
            if first > 0:
                return

    def _lacks(self, record: Record, roster: Roster) -> bool:
        """Whether the ledger does not know a pack, or the store has not its last reading."""
        sender = Sender(roster.plant.id, record.gateway, record.outbox)
        if not self._outboxes.has_seen(sender, record.seq):
            return True
        try:
            readings = decode_pack(record.payload).readings
        except WireError:  # an older collector accepted it: there is nothing to compare
            return False
        points = roster.points.get(record.gateway, {})
        for meter, point, time_ms, value in reversed(readings):
            series = points.get((meter, point))
            if series is not None and abs(value) <= LARGEST:
                return not len(self._store.read(series, time_ms, end_ms=time_ms + 1))
        return False


def _message(plant: str, record: Record) -> Message:
    """A pack as it came."""
    said = {OUTBOX: record.outbox, SEQ: str(record.seq), PREV: record.prev}
    said |= {CONFIG: record.config} if record.config else {}
    said |= {SIG: record.signature} if record.signature else {}
    topic = Topic(plant, record.gateway, "readings")
    return Message(str(topic), record.payload, said, record.received_ms)


def _records(file: BinaryIO, place: Place) -> Iterator[Record]:
    """What one member of a day's file holds."""
    file.seek(place[0])
    for content in members(file.read(place[1])):
        yield from decode_records(content)
