"""How far late readings reach: from which good reading to which an account must be redone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from collector.analysis.counters import Account, Ints
from collector.analysis.levels import LATELY
from plant.calendar import SLOT_MS


@dataclass(frozen=True, slots=True)
class Reach:
    """The stretch that late readings can change: its ends are good readings that stand.

    None: from the first reading of all, or to the last.
    """

    from_ms: int | None
    until_ms: int | None


def reach(account: Account, late_ms: ArrayLike, *, slot_ms: int = SLOT_MS) -> Reach:
    """The stretch to account anew, when readings at `late_ms` (m,) [ms] join those of `account`.

    An account of all readings from `from_ms` to `until_ms`, late ones included, gives the
    consumption of every slot in between; all slots outside stay as they are. If that account ends
    pending (`Account.pending_since_ms`), account anew to the last reading of all instead.
    """
    late: Ints = np.asarray(late_ms, dtype=np.int64)
    good, stands = account.times_ms, account.times_ms[account.restarts]
    if late.size == 0 or good.size == 0:
        return Reach(None, None)
    place = max(int(np.searchsorted(good, late.min())) - 1, 0)
    stood = int(np.searchsorted(account.totals, account.totals[place]))
    lately = min(int(good[stood]) - slot_ms, int(good[max(stood - LATELY, 0)]))
    # A late reading may stand higher than the next good one by its tolerance, not by more.
    following = int(np.searchsorted(good, late.max(), side="right"))
    soon = int(good[min(following, good.size - 1)]) + 1
    return Reach(
        from_ms=_before(lately, stands, account.lookaheads),
        until_ms=_after(
            max(int(late.max()) + slot_ms, soon), good[account.advances], account.lookaheads
        ),
    )


def _before(time_ms: int, stands: Ints, lookaheads: Ints) -> int | None:
    """The last reading not after `time_ms` that stands and that no decision reaches across."""
    while True:
        place = int(np.searchsorted(stands, time_ms, side="right")) - 1
        if place < 0:
            return None
        found = int(stands[place])
        across = (lookaheads[:, 0] < found) & (found <= lookaheads[:, 1])
        if not across.any():
            return found
        time_ms = int(lookaheads[across, 0].min())


def _after(time_ms: int, stands: Ints, lookaheads: Ints) -> int | None:
    """The first reading not before `time_ms` that stands and that no decision reaches across."""
    while True:
        place = int(np.searchsorted(stands, time_ms))
        if place == stands.size:
            return None
        found = int(stands[place])
        across = (lookaheads[:, 0] < found) & (found <= lookaheads[:, 1])
        if not across.any():
            return found
        time_ms = int(lookaheads[across, 1].max()) + 1
