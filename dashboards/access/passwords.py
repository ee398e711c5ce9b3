"""Passwords as argon2id hashes, with the parameters of RFC 9106 for little memory (64 MiB)."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from plant.errors import UsageError

SHORTEST, LONGEST = 12, 1024
_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
_nobody = _hasher.hash(secrets.token_hex())


def hash_password(password: str) -> str:
    """The hash of a password; UsageError when it is too short."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise UsageError(f"a password of {len(password)} characters; take {SHORTEST} or more")
    return _hasher.hash(password)


def is_right(password: str, known: str | None) -> bool:
    """Whether a password is the one that was hashed; as slow where there is no account."""
    try:
        return _hasher.verify(known or _nobody, password[:LONGEST]) and known is not None
    except (VerificationError, InvalidHashError):
        return False
