"""Random draws that depend on (seed, name, day) alone: any day can be asked first, or twice."""

import hashlib
from functools import cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_BLOCK_DAYS = 1024  # innovations are drawn by the block: one generator for almost three years


class Draws:
    """Standard-normal draws for named processes; the same seed gives the same draws."""

    def __init__(self, seed: int) -> None:
        """Keep `seed`; nothing is drawn yet."""
        self._seed = seed
        self._key = cache(self._key_of)
        self._block = cache(self._block_of)

    def generator(self, name: str, day: int) -> np.random.Generator:
        """A generator of its own for `name` on `day` (a proleptic ordinal)."""
        return self._generator(name, [0, 0, 1, day])

    def normals(self, name: str, day: int, *, n: int) -> Array:
        """`n` independent standard normals, shape (n,)."""
        return self.generator(name, day).standard_normal(n)

    def persistent(self, name: str, day: int, *, persistence: float) -> float:
        """The value on `day` of an AR(1) process of unit variance with this lag-1 correlation.

        Written as its moving average, cut where a weight falls below 1e-9, so that no state is
        carried from day to day.
        """
        weights = _weights(persistence)
        return float(weights @ self._innovations(name, day, weights.size))

    def _innovations(self, name: str, day: int, n: int) -> Array:
        """The `n` innovations up to and including `day`, newest first."""
        first, last = (day - n + 1) // _BLOCK_DAYS, day // _BLOCK_DAYS
        run = np.concatenate([self._block(name, block) for block in range(first, last + 1)])
        end = day - first * _BLOCK_DAYS + 1
        return run[end - n : end][::-1]

    def _block_of(self, name: str, block: int) -> Array:
        return self._generator(name, [0, 0, 2, block]).standard_normal(_BLOCK_DAYS)

    def _generator(self, name: str, counter: list[int]) -> np.random.Generator:
        # The day stands in the counter's highest word: streams of two days never meet.
        return np.random.Generator(np.random.Philox(key=self._key(name), counter=counter))

    def _key_of(self, name: str) -> NDArray[np.uint64]:
        digest = hashlib.blake2b(f"{self._seed}/{name}".encode(), digest_size=16).digest()
        return np.frombuffer(digest, dtype="<u8").astype(np.uint64)


@cache
def _weights(persistence: float) -> Array:
    """Moving-average weights of a unit-variance AR(1), newest first."""
    if persistence <= 0.0:
        return np.ones(1)
    n = int(np.ceil(np.log(1e-9) / np.log(persistence)))
    return np.asarray(np.sqrt(1.0 - persistence**2) * persistence ** np.arange(n))
