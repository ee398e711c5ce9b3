"""The thread that commits: what has arrived together is stored together."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from collector.intake.checks import Message, Refused
from collector.intake.inbox import Inbox
from collector.intake.ingest import Answer, Change, Ingest
from collector.stats import Stats
from collector.store.yielding import Precedence
from plant.errors import StoreError

_log = logging.getLogger(__name__)
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
        precedence: Precedence | None = None,
        begin: Callable[[], object] | None = None,
    ) -> None:
        """precedence: told while a commit is under way. begin: done first, in the same thread."""
        self._ingest = ingest
        self._stats = stats
        self._tell = tell
        self._begin = begin
        self._precedence = precedence or Precedence()
        self._inbox = Inbox()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def take(self, message: Message) -> None:
        """Queue a message; a full queue makes the broker wait, and at last lets the pack go."""
        if not self._inbox.put(message, SHED_AFTER_S) and not self._stopping.is_set():
            self._stats.shed += 1

    def stop(self, within_s: float = STOP_S) -> bool:
        """Commit what has been taken, then end; whether it did in time."""
        self._stopping.set()
        self._inbox.close()
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            if self._begin is not None:
                self._begin()
        except Exception:  # what comes is stored all the same
            _log.exception("ingest=begun_badly")
        while messages := self._inbox.gather():
            if not self._commit(messages):
                return

    def _commit(self, messages: Sequence[Message]) -> bool:
        """Commit, again and again while the store refuses; nothing is said before.

        False when it was told to stop before the store took them: the gateways send them again.
        """
        delay_s = RETRY_FIRST_S
        while True:
            try:
                with self._precedence.first():
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


def commit_each(ingest: Ingest, messages: Sequence[Message]) -> tuple[list[Answer], list[Change]]:
    """Commit message by message, after a batch failed otherwise than by its store.

    The message at fault is set aside, so that it neither stops the others nor comes for ever.
    """
    answers: list[Answer] = []
    changes: list[Change] = []
    for message in messages:
        try:
            told, changed = ingest.commit([message])
        except StoreError:
            raise
        except Exception as error:
            _log.exception("message=broken topic=%r", message.topic[:120])
            told, changed = _put_aside(ingest, message, error)
        answers.extend(told)
        changes.extend(changed)
    return answers, changes


def _put_aside(
    ingest: Ingest, message: Message, error: Exception
) -> tuple[list[Answer], list[Change]]:
    """Put a message aside that broke its commit; one that cannot even be kept is let go."""
    why = Refused("broken", f"it could not be stored: {type(error).__name__}")
    try:
        return ingest.set_aside(message, why)
    except StoreError:
        raise
    except Exception:
        _log.exception("message=dropped bytes=%d", len(message.payload))
        return [], []
