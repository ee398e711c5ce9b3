"""Random draws that depend on (seed, name, day) alone: any day can be asked first, or twice."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# A generator costs as much as the draws of a day, so draws are made by the block of days.
_INNOVATION_DAYS = 1024
_RIPPLE_DAYS = 64
_RIPPLE_DRAWS = 300  # a day of 25 hours by the step of five minutes
_RIPPLE_BLOCKS = 64  # kept: 150 kB each


class Draws:
    """Standard-normal draws for named processes; the same seed gives the same draws."""

    def __init__(self, seed: int) -> None:
        """Keep `seed`; nothing is drawn yet."""
        self.seed = seed
        self._bits = np.random.Philox(0)
        self._begin = self._bits.state  # with nothing drawn yet
        self._drawing = np.random.Generator(self._bits)
        self._lock = Lock()
        self._key = cache(self._key_of)
        self._innovation_block = cache(self._draw_innovations)
        self._levels = cache(self._level_block)
        self._ripple_block = lru_cache(_RIPPLE_BLOCKS)(self._draw_ripple)

    @contextmanager
    def generator(self, name: str, day: int) -> Iterator[np.random.Generator]:
        """While the block runs, the generator of `name` on `day` (a proleptic ordinal)."""
        with self._generator(name, [0, 0, 1, day]) as drawing:
            yield drawing

    def normals(self, name: str, days: Sequence[int], *, counts: Sequence[int]) -> Array:
        """Independent standard normals for the steps of days, one day after the other.

        `counts` tells how many steps each day has; at most 300.
        """
        most = max(counts)
        rows = np.concatenate(
            [
                self._ripple_block(name, n)[places, :most]
                for n, places in _by_block(tuple(days), _RIPPLE_DAYS)
            ]
        )
        if min(counts) == most:
            return rows.ravel()
        return np.concatenate([row[:n] for row, n in zip(rows, counts, strict=True)])

    def persistent(self, name: str, days: Sequence[int], *, persistence: float) -> Array:
        """The values on rising `days` of a unit-variance AR(1) process with this lag-1 correlation.

        Written as its moving average, cut where a weight falls below 1e-9, so that no state is
        carried from day to day.
        """
        parts = [
            self._levels(name, persistence, n)[places]
            for n, places in _by_block(tuple(days), _INNOVATION_DAYS)
        ]
        return np.concatenate(parts)

    def _level_block(self, name: str, persistence: float, block: int) -> Array:
        """The values on the days of a block, each from the innovations up to its own."""
        weights = _weights(persistence)[::-1]
        back = -(-(weights.size - 1) // _INNOVATION_DAYS)
        blocks = [self._innovation_block(name, block - i) for i in range(back, -1, -1)]
        drawn = np.concatenate(blocks)[1 - weights.size - _INNOVATION_DAYS :]
        return np.asarray(np.correlate(drawn, weights, "valid"))

    def _draw_innovations(self, name: str, block: int) -> Array:
        with self._generator(name, [0, 0, 2, block]) as drawing:
            return drawing.standard_normal(_INNOVATION_DAYS)

    def _draw_ripple(self, name: str, block: int) -> Array:
        with self._generator(name, [0, 0, 3, block]) as drawing:
            return drawing.standard_normal((_RIPPLE_DAYS, _RIPPLE_DRAWS))

    @contextmanager
    def _generator(self, name: str, counter: list[int]) -> Iterator[np.random.Generator]:
        """One generator, set to where a stream begins: to make another takes five times as long.

        Day or block stands in the counter's highest word: two streams never meet.
        """
        at = {"counter": np.array(counter, dtype=np.uint64), "key": self._key(name)}
        with self._lock:
            self._bits.state = {**self._begin, "state": at}  # type: ignore[typeddict-item]
            yield self._drawing

    def _key_of(self, name: str) -> NDArray[np.uint64]:
        digest = hashlib.blake2b(f"{self.seed}/{name}".encode(), digest_size=16).digest()
        return np.frombuffer(digest, dtype="<u8").astype(np.uint64)


class NoDraws(Draws):
    """Every draw is its mean: for those who ask what a process gives, not how much."""

    def __init__(self) -> None:
        super().__init__(0)

    def normals(self, name: str, days: Sequence[int], *, counts: Sequence[int]) -> Array:
        """Zero for each step."""
        _ = name, days
        return np.zeros(sum(counts))

    def persistent(self, name: str, days: Sequence[int], *, persistence: float) -> Array:
        """Zero for each day."""
        _ = name, persistence
        return np.zeros(len(days))


@lru_cache(8)  # every name is drawn for the same days
def _by_block(days: tuple[int, ...], size: int) -> list[tuple[int, NDArray[np.int64]]]:
    """The blocks of so many days that rising days fall into, each with their places in it."""
    at = np.array(days)
    blocks = range(days[0] // size, days[-1] // size + 1)
    return [(block, at[at // size == block] - block * size) for block in blocks]


@cache
def _weights(persistence: float) -> Array:
    """Moving-average weights of a unit-variance AR(1), newest first."""
    if persistence <= 0.0:
        return np.ones(1)
    n = int(np.ceil(np.log(1e-9) / np.log(persistence)))
    return np.asarray(np.sqrt(1.0 - persistence**2) * persistence ** np.arange(n))
