"""This gateway's key, by which others tell its packs from those of anybody else.

A gateway without one works; its packs are then called unsigned.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path

from plant.errors import UsageError

KEY_FILE = "CLEANLINE_SIGNING_KEY"  # names the file, as `cleanline enroll` writes it
Sign = Callable[[bytes], str]


def signer() -> Sign | None:
    """What signs with the key that the environment names; None when it names none."""
    name = os.environ.get(KEY_FILE)
    return _signer(Path(name)) if name else None


def _signer(path: Path) -> Sign:
    try:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - an extra
            Ed25519PrivateKey,
        )
        from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 - an extra
            load_pem_private_key,
        )
    except ModuleNotFoundError as error:
        what = f"{KEY_FILE}: {error.name} is not installed"
        raise UsageError(f"{what}; type in the checkout: pip install '.[signing]'") from error
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            f"{KEY_FILE}: {path} cannot be read: {error}; let the agent's user read it, or "
            "make another with `cleanline enroll PLANT GATEWAY --renew`"
        ) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(
            f"{KEY_FILE}: {path} is not an Ed25519 key; take the one that `cleanline enroll` wrote"
        )
    return lambda text: base64.b64encode(key.sign(text)).decode("ascii")
