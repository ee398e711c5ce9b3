"""A process that was told to stop is gone, whatever hangs in it."""

from __future__ import annotations

import signal
import subprocess
import sys

HANGS = """
import threading
import plant.ending as ending
ending.GONE_S = 0.05
threading.Thread(target=threading.Event().wait).start()  # Python's own end would wait for it
lock = threading.Lock()
lock.acquire()
ending.be_gone_soon()
lock.acquire()
"""

TOLD = """
import os, signal, threading
import plant.ending as ending
told = threading.Event()
end = ending.hear_end(lambda number: told.set() if number == signal.SIGTERM else None)
os.kill(os.getpid(), signal.SIGTERM)
assert told.wait(60)
end()
os.kill(os.getpid(), signal.SIGTERM)  # nobody hears it any more
threading.Event().wait()
"""

FOR_EVER = """
import os, signal, threading
import plant.ending as ending
told = threading.Event()
ending.hear_end(lambda number: told.set())  # who never gives them back does not keep the way to
os.kill(os.getpid(), signal.SIGTERM)
assert told.wait(60)
"""


def test_a_thread_that_never_ends_and_a_lock_that_never_opens_hold_nothing_up() -> None:
    ended = subprocess.run([sys.executable, "-c", HANGS], timeout=60, check=False)
    assert ended.returncode == 0


def test_signals_are_told_in_a_thread_until_they_are_given_back() -> None:
    ended = subprocess.run([sys.executable, "-c", TOLD], timeout=60, check=False)
    assert ended.returncode == -signal.SIGTERM


def test_signals_are_told_to_who_never_gives_them_back() -> None:
    """A collector heard nothing: the end of the line that its signals come by was closed."""
    subprocess.run([sys.executable, "-c", FOR_EVER], timeout=60, check=True)
