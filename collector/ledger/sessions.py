"""Sessions of those who have logged in; what the browser holds is kept as a hash alone."""

from __future__ import annotations

from typing import NamedTuple

from collector.database import Database


class Session(NamedTuple):
    """One session: of a user, or opened by a token."""

    user: str | None
    token: str | None
    began_ms: int
    seen_ms: int


class Sessions:
    """The ledger's table of sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, secret_hash: bytes, session: Session, *, instead_of: bytes | None) -> None:
        """Enter a session, and end the one that the same browser had before."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM sessions WHERE hash = ?", (instead_of,))
            connection.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", (secret_hash, *session)
            )

    def find(self, secret_hash: bytes) -> Session | None:
        """The session behind a secret."""
        query = "SELECT user, token, began_ms, seen_ms FROM sessions WHERE hash = ?"
        with self._database.reading() as connection:
            row = connection.execute(query, (secret_hash,)).fetchone()
        return Session(*row) if row else None

    def touch(self, secret_hash: bytes, seen_ms: int) -> None:
        """Note that a session was used."""
        with self._database.transaction() as connection:
            query = "UPDATE sessions SET seen_ms = ? WHERE hash = ?"
            connection.execute(query, (seen_ms, secret_hash))

    def end(self, secret_hash: bytes) -> None:
        """Forget a session."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM sessions WHERE hash = ?", (secret_hash,))

    def sweep(self, *, began_before_ms: int, seen_before_ms: int) -> None:
        """Forget users' sessions that began or were used too long ago."""
        query = "DELETE FROM sessions WHERE user IS NOT NULL AND (began_ms < ? OR seen_ms < ?)"
        with self._database.transaction() as connection:
            connection.execute(query, (began_before_ms, seen_before_ms))
