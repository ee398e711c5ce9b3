"""Who may look at the pages: users with a role at each plant, and read-only tokens of screens."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from collector.database import Database


class User(NamedTuple):
    """A person, with the hash of the password and a role at each plant."""

    name: str
    password: str
    roles: Mapping[str, str]  # by plant


class Token(NamedTuple):
    """What lets a screen read the pages of some plants; the secret itself is kept nowhere."""

    name: str
    plants: tuple[str, ...]
    created_ms: int


class Accounts:
    """The ledger's tables of users, roles and tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def exist(self) -> bool:
        """Whether anybody has an account."""
        with self._database.reading() as connection:
            return connection.execute("SELECT 1 FROM users LIMIT 1").fetchone() is not None

    def add(self, user: User, created_ms: int) -> bool:
        """Enter a user; False when there is one of that name."""
        with self._database.transaction() as connection:
            found = connection.execute(
                "INSERT OR IGNORE INTO users VALUES (?, ?, ?)",
                (user.name, user.password, created_ms),
            )
            if not found.rowcount:
                return False
            _grant(connection, user.name, user.roles)
        return True

    def user(self, name: str) -> User | None:
        """The user of that name."""
        return next((user for user in self.users() if user.name == name), None)

    def users(self) -> list[User]:
        """Every user, by name."""
        with self._database.reading() as connection:
            found = connection.execute("SELECT name, password FROM users ORDER BY name").fetchall()
            rows = connection.execute("SELECT name, plant, role FROM roles").fetchall()
        roles: dict[str, dict[str, str]] = {}
        for name, plant, role in rows:
            roles.setdefault(name, {})[plant] = role
        return [User(name, password, roles.get(name, {})) for name, password in found]

    def set_roles(self, name: str, roles: Mapping[str, str | None]) -> None:
        """Give a user roles by plant; None takes the role away."""
        with self._database.transaction() as connection:
            for plant in roles:
                connection.execute("DELETE FROM roles WHERE name = ? AND plant = ?", (name, plant))
            _grant(connection, name, {p: role for p, role in roles.items() if role is not None})

    def set_password(self, name: str, password: str) -> None:
        """Keep another hash, and end all sessions of the user."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE users SET password = ? WHERE name = ?", (password, name))
            connection.execute("DELETE FROM sessions WHERE user = ?", (name,))

    def remove(self, name: str) -> bool:
        """Forget a user, with roles and sessions; False when there is none."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM sessions WHERE user = ?", (name,))
            connection.execute("DELETE FROM roles WHERE name = ?", (name,))
            found = connection.execute("DELETE FROM users WHERE name = ?", (name,))
        return bool(found.rowcount)

    def add_token(self, token: Token, secret_hash: bytes) -> bool:
        """Enter a token by the hash of its secret; False when there is one of that name."""
        row = (token.name, secret_hash, json.dumps(token.plants), token.created_ms)
        with self._database.transaction() as connection:
            found = connection.execute("INSERT OR IGNORE INTO tokens VALUES (?, ?, ?, ?)", row)
        return bool(found.rowcount)

    def token(self, secret_hash: bytes) -> Token | None:
        """The token of that secret."""
        query = "SELECT name, plants, created_ms FROM tokens WHERE hash = ?"
        with self._database.reading() as connection:
            row = connection.execute(query, (secret_hash,)).fetchone()
        return _token(row) if row else None

    def tokens(self) -> list[Token]:
        """Every token, by name."""
        query = "SELECT name, plants, created_ms FROM tokens ORDER BY name"
        with self._database.reading() as connection:
            return [_token(row) for row in connection.execute(query)]

    def revoke(self, name: str) -> bool:
        """Forget a token, with the sessions that it opened; False when there is none."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM sessions WHERE token = ?", (name,))
            found = connection.execute("DELETE FROM tokens WHERE name = ?", (name,))
        return bool(found.rowcount)


def _grant(connection: sqlite3.Connection, name: str, roles: Mapping[str, str]) -> None:
    rows: Iterable[tuple[str, str, str]] = [(name, plant, role) for plant, role in roles.items()]
    connection.executemany("INSERT INTO roles VALUES (?, ?, ?)", rows)


def _token(row: tuple[str, str, int]) -> Token:
    name, plants, created_ms = row
    return Token(name, tuple(json.loads(plants)), created_ms)
