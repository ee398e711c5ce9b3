"""Who sends packs."""

from __future__ import annotations

from typing import NamedTuple


class Sender(NamedTuple):
    """One outbox of one gateway; a new outbox is a new sender."""

    plant: str
    gateway: str
    outbox: str
