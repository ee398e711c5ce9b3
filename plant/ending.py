"""The end of a process that was told to stop: within seconds, though a part of it may hang."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable

GONE_S = 4.0  # after it was told, at the latest
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def be_gone_soon(code: int = 0) -> None:
    """End the process in a few seconds if it has not ended by itself; it may be called twice.

    Whatever hangs then was never said to be stored: the gateways send it again. No lock is taken
    and nothing is written, since that may be what hangs.
    """
    late = threading.Timer(GONE_S, os._exit, [code])
    late.daemon = True
    late.start()


def hear_end(tell: Callable[[int], None]) -> Callable[[], None]:
    """Have SIGTERM and SIGINT told, by their numbers, in a thread of their own; how to end that.

    A handler would run only when the main thread wakes, and a signal that the system gives to
    another thread, as it may to a paused process, wakes no other. So a thread waits for its byte,
    whatever the main one does meanwhile.
    """
    hear, said = socket.socketpair()
    said.setblocking(False)
    handlers = {number: signal.signal(number, lambda *_: None) for number in SIGNALS}
    descriptor = signal.set_wakeup_fd(said.fileno())

    def wait() -> None:
        with hear, said:  # what nobody holds is closed
            while heard := hear.recv(1):
                if heard[0] in SIGNALS:
                    tell(heard[0])

    def end() -> None:
        signal.set_wakeup_fd(descriptor)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        said.close()

    threading.Thread(target=wait, name="signals", daemon=True).start()
    return end
