"""The end of a process that was told to stop: within seconds, though a part of it may hang."""

from __future__ import annotations

import os
import threading

GONE_S = 4.0  # after it was told, at the latest


def be_gone_soon() -> None:
    """End the process in a few seconds if it has not ended by itself; it may be called twice.

    Whatever hangs then was never said to be stored: the gateways send it again. No lock is taken
    and nothing is written, since that may be what hangs.
    """
    late = threading.Timer(GONE_S, os._exit, [0])
    late.daemon = True
    late.start()
