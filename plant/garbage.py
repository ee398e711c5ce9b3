"""The collector of garbage, kept away from what is made to stay."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNGEST, YOUNG, OLD = 700, 10, 1000  # Python's own but for the last, which is 10


@contextmanager
def unswept() -> Iterator[None]:
    """While the block loads what stays, nothing is searched for garbage, nor what it loaded later.

    A start makes a hundred thousand objects and drops few: looking through them again and again
    takes a tenth of its time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def sweep_seldom() -> None:
    """Search all that has lived for a while a hundred times less often, and what stays never.

    Such a search stops every thread for as long as it takes: 0.1 s beside the pages of 800 meters,
    every two seconds of a flood.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNGEST, YOUNG, OLD)
