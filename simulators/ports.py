"""Ports of loopback that this process alone uses, however many test workers run beside it."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from plant.errors import CleanlineError

# Below what systems hand out for outgoing connections (Linux: from 32768).
_PORTS = range(20000, 32000)
_HOST = "127.0.0.1"


@contextmanager
def reserved_ports(count: int) -> Iterator[list[int]]:
    """So many ports that nobody listens on; ours until the block ends.

    Each is kept by a lock on a file, so that it can be left and taken again in between.
    """
    folder = Path(tempfile.gettempdir()) / f"cleanline-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    first = random.sample(range(len(_PORTS)), 1)[0]
    with ExitStack() as locks:
        found: list[int] = []
        for port in (*_PORTS[first:], *_PORTS[:first]):
            if len(found) == count:
                break
            lock = locks.enter_context((folder / str(port)).open("wb"))
            if _is_locked_by_us(lock) and _is_free(port):
                found.append(port)
            else:
                lock.close()
        else:
            raise CleanlineError(f"no {count} free ports on {_HOST}; end other programs")
        yield found


def _is_locked_by_us(lock: BinaryIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
    return True
