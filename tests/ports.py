"""Ports of loopback for what tests start: of this worker alone until it ends.

A port that the system names and that is let go again is soon somebody else's: another worker's
server, or the near end of any connection.
"""

from __future__ import annotations

from contextlib import ExitStack

from simulators.ports import reserved_ports

_ours = ExitStack()


def free_ports(count: int) -> list[int]:
    """So many different ports that nobody listens on."""
    return _ours.enter_context(reserved_ports(count))


def free_port() -> int:
    """A port that nobody listens on."""
    return free_ports(1)[0]
