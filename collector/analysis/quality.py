"""How good a consumption is: the quality that every derived row carries."""

from __future__ import annotations

from enum import IntEnum


class Quality(IntEnum):
    """Quality of one slot, an int8 in arrays; `Quality(code).name` is the word in the store."""

    measured = 0
    estimated = 1  # an edge was interpolated between readings far apart
    integrated = 2  # from a rate, where the meter has no totaliser
    missing = 3  # not known; the value is NaN
    withdrawn = 4  # an earlier row that no longer stands; written by the store alone
