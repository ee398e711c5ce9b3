"""A command that can be started, stopped and killed again and again; waiting for its doings."""

from __future__ import annotations

import json
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from simulators.supervisor import Part, PartError, Supervisor

T = TypeVar("T")
WITHIN_S = 60.0  # a loaded machine starts a part in so many seconds
_LOOK_S = 0.05


@dataclass
class Running:
    """One command, running or not."""

    supervisor: Supervisor
    name: str
    arguments: tuple[str, ...]
    is_ready: Callable[[Part], bool]
    counts: Counter[str] = field(default_factory=Counter)  # what it printed at its ends, summed
    _part: Part | None = None

    def start(self) -> None:
        """Start it and wait until it works; PartError with its last words when it does not."""
        if self._part is None:
            self._part = part = self.supervisor.start(self.name, *self.arguments)
            self.supervisor.wait_for(part, lambda: self.is_ready(part), within_s=WITHIN_S)

    def stop(self) -> None:
        """End it as its operator would, and keep the counts that it prints."""
        if self._part is not None:
            part, self._part = self._part, None
            output = self.supervisor.stop(part)
            told: dict[str, Any] = json.loads(output) if output.startswith("{") else {}
            self.counts.update({k: v for k, v in told.items() if isinstance(v, int)})

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._part is not None:
            part, self._part = self._part, None
            self.supervisor.kill(part)

    @contextmanager
    def full_disk(self) -> Iterator[None]:
        """While the block runs no file of the process grows (Linux)."""
        if self._part is None:
            raise PartError(f"the {self.name} does not run; start it before its disk is full")
        pid = self._part.process.pid
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, most))
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))

    @property
    def is_running(self) -> bool:
        """Whether its process is there."""
        return self._part is not None and self._part.process.poll() is None

    @property
    def log(self) -> str:
        """All that it logged."""
        path = self.supervisor.folder / f"{self.name}.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""


def wait_for(look: Callable[[], T | None], what: str, *, within_s: float = WITHIN_S) -> T:
    """What `look` gives as soon as it gives something; PartError names what did not come."""
    end = time.monotonic() + within_s
    while (found := look()) is None:
        if time.monotonic() > end:
            raise PartError(f"{what} did not come within {within_s:g} s")
        time.sleep(_LOOK_S)
    return found
