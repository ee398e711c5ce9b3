"""What has come and is not committed yet: bounded in packs and in bytes, given out in batches."""

from __future__ import annotations

import threading
import time
from collections import deque

from collector.intake.checks import Message

LINGER_S = 0.05  # how long a commit waits for company
QUIET_S = 0.005  # it waits no longer once nothing has come for so long
BATCH_PACKS = 500
BATCH_BYTES = 2**19  # about 10,000 readings: what is live does not wait long for a backlog
MOST_PACKS = 1000
MOST_BYTES = 64 * 2**20  # a pack may have 4 MiB, and a thousand of those are all the memory


class Inbox:
    """Messages on their way from the broker's thread to the one that commits."""

    def __init__(self) -> None:
        self._held: deque[Message] = deque()
        self._bytes = 0
        self._is_closed = False
        self._changed = threading.Condition()

    def put(self, message: Message, within_s: float) -> bool:
        """Take a message in as soon as there is room; whether there was, and it is not closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._has_room() or self._is_closed, within_s)
            if self._is_closed or not self._has_room():
                return False
            self._held.append(message)
            self._bytes += len(message.payload)
            self._changed.notify_all()
            return True

    def gather(self) -> list[Message]:
        """What arrives without a pause, up to linger and batch; nothing at the end."""
        batch: list[Message] = []
        size = 0
        with self._changed:
            self._changed.wait_for(self._has_any)
            until_s = time.monotonic() + LINGER_S
            while True:
                while self._held and len(batch) < BATCH_PACKS and size < BATCH_BYTES:
                    batch.append(self._held.popleft())
                    size += len(batch[-1].payload)
                    self._bytes -= len(batch[-1].payload)
                self._changed.notify_all()
                left_s = min(QUIET_S, until_s - time.monotonic())
                if self._held or self._is_closed or left_s <= 0:
                    return batch
                if not self._changed.wait_for(self._has_any, left_s):
                    return batch

    def close(self) -> None:
        """Take nothing more; what is held is still given out."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def _has_any(self) -> bool:
        return bool(self._held) or self._is_closed

    def _has_room(self) -> bool:
        return len(self._held) < MOST_PACKS and self._bytes < MOST_BYTES
