"""Notes: what people know of a time that no meter tells; taken back by a new entry alone."""

from __future__ import annotations

from typing import NamedTuple

from collector.database import Database

_COLUMNS = "id, start_ms, end_ms, about, author, text, entered_ms, withdraws"


class Note(NamedTuple):
    """One entry. end_ms: not included; the start where it is of an instant.

    about: `resource/NAME`, `meter/NAME`, `page/NAME`, or empty for the whole plant.
    withdraws: the note that this entry takes back; its text says why.
    """

    id: int
    start_ms: int
    end_ms: int
    about: str
    author: str
    text: str
    entered_ms: int
    withdraws: int | None = None


class Notes:
    """The ledger's table of notes; rows are only added."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, plant: str, note: Note) -> Note:
        """Enter a note; returns it with its number."""
        query = (
            "INSERT INTO notes (plant, start_ms, end_ms, about, author, text, entered_ms, "
            "withdraws) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        )
        with self._database.transaction() as connection:
            cursor = connection.execute(query, (plant, *note[1:]))
        return note._replace(id=cursor.lastrowid or 0)

    def withdraw(
        self, plant: str, number: int, *, author: str, reason: str, entered_ms: int
    ) -> Note | None:
        """Take a note back; None when no such note stands."""
        found = next((note for note in self.standing(plant) if note.id == number), None)
        if found is None:
            return None
        entry = found._replace(
            author=author, text=reason, entered_ms=entered_ms, withdraws=found.id
        )
        return self.add(plant, entry)

    def standing(self, plant: str) -> list[Note]:
        """Notes that were not taken back, in order of their time."""
        entries = self.history(plant)
        withdrawn = {entry.withdraws for entry in entries}
        standing = [e for e in entries if e.withdraws is None and e.id not in withdrawn]
        return sorted(standing, key=lambda note: note.start_ms)

    def history(self, plant: str) -> list[Note]:
        """Every entry ever made, in the order of entry."""
        query = f"SELECT {_COLUMNS} FROM notes WHERE plant = ? ORDER BY id"  # noqa: S608 - a constant
        with self._database.reading() as connection:
            return [Note(*row) for row in connection.execute(query, (plant,))]

    def newest(self, plant: str) -> int:
        """The number of the last entry; 0 before the first."""
        query = "SELECT coalesce(max(id), 0) FROM notes WHERE plant = ?"
        with self._database.reading() as connection:
            return int(connection.execute(query, (plant,)).fetchone()[0])
