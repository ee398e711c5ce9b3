"""Notes are only added: one that is taken back stays, with who took it back and why."""

from __future__ import annotations

from pathlib import Path

from collector.ledger import Ledger, Note


def test_a_note_that_is_withdrawn_stands_no_more_but_stays(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    late = Note(0, 2000, 3000, "resource/water", "Mai", "leak mended", 9000)
    early = Note(0, 1000, 1000, "", "An", "power cut", 9001)
    first, second = (ledger.notes.add("mill", note) for note in (late, early))
    assert ledger.notes.standing("mill") == [second, first]
    entry = ledger.notes.withdraw("mill", first.id, author="An", reason="wrong day", entered_ms=9)
    assert entry is not None
    assert (entry.withdraws, entry.text, entry.start_ms) == (first.id, "wrong day", 2000)
    assert ledger.notes.standing("mill") == [second]
    assert ledger.notes.history("mill") == [first, second, entry]
    assert ledger.notes.standing("elsewhere") == []
    ledger.close()


def test_a_note_is_withdrawn_once_and_only_at_its_own_plant(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    note = ledger.notes.add("mill", Note(0, 0, 0, "", "An", "x", 1))
    taken = {"author": "An", "reason": "y"}
    assert ledger.notes.withdraw("other", note.id, **taken, entered_ms=2) is None  # type: ignore[arg-type]
    assert ledger.notes.withdraw("mill", note.id, **taken, entered_ms=2) is not None  # type: ignore[arg-type]
    assert ledger.notes.withdraw("mill", note.id, **taken, entered_ms=3) is None  # type: ignore[arg-type]
    ledger.close()
