"""Locks on files of a data folder; the kernel frees them when their holder dies, however it dies.

``collector.lock`` is held by the collector of a folder alone, or by several that were all told to
share it; ``derive.lock`` by that one of them which derives. On one computer: a lock of a file does
not reach over a network for certain.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from plant.errors import StoreError, UsageError

COLLECTOR_LOCK, DERIVE_LOCK = "collector.lock", "derive.lock"


class Lease:
    """A lock on one file, which lasts until it is released or its process is gone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def take(self, *, shared: bool = False) -> bool:
        """Hold the lock, if nobody stands against it; never waits. StoreError from the disk."""
        if self._file is not None:
            return True
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            text = f"{self.path}: {error.strerror}; see that the folder is writable and has room"
            raise StoreError(text) from error
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return False
        self._file = file
        with contextlib.suppress(OSError):  # who holds it is said for people alone
            os.truncate(file, 0)
            os.pwrite(file, b"" if shared else b"%d\n" % os.getpid(), 0)
        return True

    def holder(self) -> str:
        """Who holds it, as far as it says: `process 123`, or `others`."""
        with contextlib.suppress(OSError):
            if number := self.path.read_text(encoding="ascii", errors="replace").strip():
                return f"process {number}"
        return "others"

    def release(self) -> None:
        """Let go of it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


def claim(data: Path, *, shared: bool = False) -> Lease:
    """The right to be a collector of a data folder; UsageError while another one stands against it.

    Two collectors that do not know of each other would each derive, and count what comes, twice.
    """
    lease = Lease(data / COLLECTOR_LOCK)
    if lease.take(shared=shared):
        return lease
    what = f"collector: {data} is in use by another collector ({lease.holder()})"
    if shared:
        raise UsageError(f"{what} that does not share it; start that one with --share too")
    raise UsageError(
        f"{what}; stop that one, name another --data, or start both with --share and an InfluxDB"
    )
