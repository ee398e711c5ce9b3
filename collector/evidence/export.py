"""An evidence file, written only when it comes to what it says."""

from __future__ import annotations

from typing import NamedTuple

from collector.evidence.archive import pack
from collector.evidence.check import Checked, check
from collector.evidence.gather import Materials, gather
from collector.ledger import Note
from collector.statement import Statement
from plant.errors import EvidenceError


class Exported(NamedTuple):
    """An archive, what checking it gave, and the notes that stand, which it holds too."""

    archive: bytes
    checked: Checked
    notes: tuple[Note, ...] = ()


def export(held: Materials, statement: Statement) -> Exported:
    """The evidence of a statement; EvidenceError when the store's rows are not its readings'."""
    files = gather(held, statement)
    try:
        checked = check(files)
    except EvidenceError as error:
        raise EvidenceError(
            f"the store does not come to what it says ({error}); let the collector derive what is "
            "new, then export again"
        ) from error
    notes = held.ledger.notes.standing(held.plant.id)
    return Exported(pack(files), checked, tuple(notes))
