"""The thread that commits: what has arrived together is stored together."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence

from collector.checks import Message
from collector.ingest import Answer, Change, Ingest, commit_each
from collector.stats import Stats
from plant.errors import StoreError

_log = logging.getLogger(__name__)
LINGER_S = 0.05  # how long a commit waits for company
QUIET_S = 0.005  # it waits no longer once nothing has come for so long
BATCH_PACKS = 500
BATCH_BYTES = 2**19  # about 10,000 readings: what is live does not wait long for a backlog
QUEUE_PACKS = 1000
SHED_AFTER_S = 5.0  # a store that is behind for longer lets packs go; agents send them again
STOP_S = 5.0
RETRY_FIRST_S, RETRY_MOST_S = 1.0, 30.0


class Worker:
    """Takes messages from any thread, commits them in its own, then tells what happened."""

    def __init__(
        self,
        ingest: Ingest,
        stats: Stats,
        *,
        tell: Callable[[Sequence[Answer], Sequence[Change]], None],
        linger_s: float = LINGER_S,
    ) -> None:
        self._ingest = ingest
        self._stats = stats
        self._tell = tell
        self._linger_s = linger_s
        self._queue: queue.Queue[Message | None] = queue.Queue(QUEUE_PACKS)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def take(self, message: Message) -> None:
        """Queue a message; a full queue makes the broker wait, and at last lets the pack go."""
        if self._stopping.is_set():
            return
        try:
            self._queue.put(message, timeout=SHED_AFTER_S)
        except queue.Full:
            self._stats.shed += 1

    def stop(self, within_s: float = STOP_S) -> bool:
        """Commit what has been taken, then end; whether it did in time."""
        until_s = time.monotonic() + within_s
        self._stopping.set()
        with contextlib.suppress(queue.Full):
            self._queue.put(None, timeout=within_s)
        self._thread.join(max(0.0, until_s - time.monotonic()))
        with contextlib.suppress(queue.Empty):  # whoever waits for room in `take` shall go
            while True:
                self._queue.get_nowait()
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            first = self._queue.get()
            if first is None:
                return
            messages, last = self._gather(first)
            if not self._commit(messages) or last:
                return

    def _gather(self, first: Message) -> tuple[list[Message], bool]:
        """What arrives without a pause, up to linger and batch; and whether it is the end."""
        messages, size = [first], len(first.payload)
        deadline = time.monotonic() + self._linger_s
        while len(messages) < BATCH_PACKS and size < BATCH_BYTES:
            try:
                message = self._queue.get(
                    timeout=max(0.0, min(QUIET_S, deadline - time.monotonic()))
                )
            except queue.Empty:
                break
            if message is None:
                return messages, True
            messages.append(message)
            size += len(message.payload)
        return messages, False

    def _commit(self, messages: Sequence[Message]) -> bool:
        """Commit, again and again while the store refuses; nothing is said before.

        False when it was told to stop before the store took them: the gateways send them again.
        """
        delay_s = RETRY_FIRST_S
        while True:
            try:
                answers, changes = self._attempt(messages)
            except StoreError as error:
                self._stats.retries += 1
                self._stats.is_refused = True
                _log.error("commit=refused packs=%d reason=%r", len(messages), str(error))
                if self._stopping.wait(delay_s):
                    return False
                delay_s = min(2 * delay_s, RETRY_MOST_S)
            else:
                self._stats.is_refused = False
                self._tell(answers, changes)
                return True

    def _attempt(self, messages: Sequence[Message]) -> tuple[list[Answer], list[Change]]:
        try:
            return self._ingest.commit(messages)
        except StoreError:
            raise
        except Exception:
            _log.exception("commit=failed packs=%d one_by_one=true", len(messages))
            return commit_each(self._ingest, messages)
