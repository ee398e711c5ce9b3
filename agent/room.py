"""Room in an outbox that is full: the oldest packs thinned, and given up only when all are."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.stock import Stock
from agent.thinning import LAST_STEP, Numbered, Thinner, Thinning
from plant.errors import WireError

BATCH_BYTES = 4 * 2**20  # thinned at one time
SPARED_BATCHES = 2  # of the newest, which are left as they are
ROOM = 100  # a share of one in this is made free when packs are given up


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept: payloads [bytes], and days of which there are records."""

    max_bytes: int = 512 * 2**20
    max_days: int = 400

    @property
    def batch_bytes(self) -> int:
        """How much is thinned at one time [bytes]."""
        return min(BATCH_BYTES, self.max_bytes // 16)


USUAL = Bounds()


@dataclass(slots=True)
class Made:
    """What was done to make room, and what was found on the way."""

    thinned: list[Thinning] = field(default_factory=list)
    fresh: list[int] = field(default_factory=list)  # numbers of the packs that replace others
    given_up: list[int] = field(default_factory=list)  # numbers
    spoilt: list[int] = field(default_factory=list)  # whose packs are no longer what was written

    def __iadd__(self, other: Made) -> Made:
        self.thinned += other.thinned
        self.fresh += other.fresh
        self.given_up += other.given_up
        self.spoilt += other.spoilt
        return self


def make_room(stock: Stock, bounds: Bounds, thinner: Thinner | None) -> Made:
    """Thin the oldest, gauges before counters; give up what is too old, or still too much.

    Days with records count, so a clock that jumped costs one.
    """
    made = Made()
    if len(stock.days) > bounds.max_days:
        _give_up(stock, stock.beyond(bounds.max_days), made)
    if thinner is not None:
        for step in range(1, LAST_STEP + 1):
            while stock.size_bytes > bounds.max_bytes and _thin(
                stock, bounds, thinner, step=step, made=made
            ):
                pass
    surplus = stock.size_bytes - bounds.max_bytes
    if surplus > 0:
        _give_up(stock, stock.least(surplus + bounds.max_bytes // ROOM), made)
    return made


def _thin(stock: Stock, bounds: Bounds, thinner: Thinner, *, step: int, made: Made) -> bool:
    """Thin the oldest batch that has not had this step; False when none is left."""
    spared = SPARED_BATCHES * bounds.batch_bytes if step == 1 else 0
    if stock.bytes[step - 1] <= spared:
        return False
    batch, spoilt = stock.oldest(step - 1, bounds.batch_bytes)
    stock.delete(spoilt)
    made.spoilt += spoilt
    if not batch:
        return stock.bytes[step - 1] > spared
    try:
        thinning = thinner.thin([Numbered(pack.seq, pack.payload) for pack in batch], step)
    except WireError:  # not one of ours: the collector will say so
        stock.lift([pack.seq for pack in batch], step)
        return True
    numbers = [pack.seq for pack in thinning.replaced]
    if not thinning.payloads:
        stock.lift(numbers, step)
        return True
    stock.delete(numbers)
    made.fresh += [
        stock.insert(payload, batch[0].config, newest_ms=thinning.newest_ms, level=step).seq
        for payload in thinning.payloads
    ]
    made.thinned.append(thinning)
    return True


def _give_up(stock: Stock, numbers: list[int], made: Made) -> None:
    stock.delete(numbers)
    made.given_up += numbers
