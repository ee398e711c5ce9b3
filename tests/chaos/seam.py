"""A part of ours with a clock and a disk that a run can spoil while it works.

    python -m tests.chaos.seam CONTROL agent|collector ARGUMENTS...

CONTROL is a file of two numbers: what the part's clock is ahead by [ms], and how long each of its
commits takes [ms]. Nothing of the part itself is changed; only what it is given.
"""

from __future__ import annotations

import functools
import mmap
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cleanline

_FORM = "<qq"


class Control:
    """The two numbers, as one process sets them and another sees them."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(struct.pack(_FORM, 0, 0))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), struct.calcsize(_FORM))

    @property
    def ahead_ms(self) -> int:
        """What the clock is ahead by."""
        return int(struct.unpack(_FORM, self._memory[:])[0])

    @property
    def commit_ms(self) -> int:
        """How long a commit takes."""
        return int(struct.unpack(_FORM, self._memory[:])[1])

    def set(self, *, ahead_ms: int | None = None, commit_ms: int | None = None) -> None:
        """Change one or both."""
        ahead = self.ahead_ms if ahead_ms is None else ahead_ms
        commit = self.commit_ms if commit_ms is None else commit_ms
        self._memory[:] = struct.pack(_FORM, ahead, commit)

    def now_ms(self) -> int:
        """UTC by the spoilt clock."""
        return time.time_ns() // 1_000_000 + self.ahead_ms

    def wait(self) -> None:
        """What a slow disk does to whoever commits."""
        time.sleep(self.commit_ms / 1000)


def _spoil_agent(control: Control) -> None:
    from agent import commands  # noqa: PLC0415 - each part loads only its own
    from agent.clock import Clock  # noqa: PLC0415
    from agent.outbox import Outbox  # noqa: PLC0415

    append = Outbox.append

    def slowly(outbox: Outbox, *arguments: Any, **named: Any) -> list[int]:
        control.wait()
        return append(outbox, *arguments, **named)

    Outbox.append = slowly  # type: ignore[method-assign]
    commands.Clock = functools.partial(Clock, wall_ms=control.now_ms)  # type: ignore[misc,assignment]


def _spoil_collector(control: Control) -> None:
    from collector import commands  # noqa: PLC0415
    from collector.database import Database  # noqa: PLC0415
    from collector.service import Collector  # noqa: PLC0415

    transaction = Database.transaction

    @contextmanager
    def slowly(database: Database) -> Iterator[Any]:
        with transaction(database) as connection:
            yield connection
            control.wait()

    Database.transaction = slowly  # type: ignore[method-assign]
    commands.Collector = functools.partial(Collector, clock=control.now_ms)  # type: ignore[misc,assignment]


def main() -> int:
    """Spoil, then run the part as its command would."""
    control, part = Control(Path(sys.argv[1])), sys.argv[2]
    {"agent": _spoil_agent, "collector": _spoil_collector}[part](control)
    return cleanline.main(sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
