"""When a fault is at work: a pure function of the time, so that any instant can be asked first."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulators.draws import Array

Mask = NDArray[np.bool_]
_SPLIT = np.uint64(0x9E3779B97F4A7C15)  # splitmix64, Steele, Lea and Flood 2014


@dataclass(frozen=True)
class When:
    """Spans of time: one, or one in every period; each may be left to chance."""

    begin_s: float
    end_s: float = np.inf  # no span begins at or after it, and one span alone ends here
    length_s: float = np.inf
    every_s: float | None = None
    chance: float = 1.0  # of each span of a period; of each second where there is no period
    key: int = 0  # of the draws

    def active(self, at_s: Array) -> Mask:
        """Whether the fault is at work at these instants [s, UTC]."""
        since_s = at_s - self.begin_s
        if self.every_s is None:
            within = (since_s >= 0) & (since_s < self.length_s) & (at_s < self.end_s)
            drawn = np.floor(since_s)
        else:
            drawn = np.floor(since_s / self.every_s)
            begun_s = drawn * self.every_s
            within = (since_s >= 0) & (since_s - begun_s < self.length_s)
            within &= self.begin_s + begun_s < self.end_s
        return within & self._happens(drawn) if self.chance < 1 else within

    def is_active(self, at_s: float) -> bool:
        """Whether the fault is at work now."""
        return bool(self.active(np.array([at_s]))[0])

    def begun(self, at_s: Array) -> Array:
        """When the newest span at or before each instant began [s, UTC]; inf before the first."""
        starts = self.starts(float(at_s.max())) if len(at_s) else np.empty(0)
        which = np.searchsorted(starts, at_s, side="right") - 1
        return np.where(which >= 0, np.append(starts, np.inf)[which], np.inf)

    def starts(self, until_s: float) -> Array:
        """The beginnings of all spans up to and including an instant [s, UTC]."""
        if until_s < self.begin_s:
            return np.empty(0)
        if self.every_s is None:
            return np.array([self.begin_s])
        last = min((until_s - self.begin_s) // self.every_s, self._last())
        numbers = np.arange(last + 1)
        happened = self._happens(numbers) if self.chance < 1 else np.ones(len(numbers), dtype=bool)
        return np.asarray(self.begin_s + self.every_s * numbers[happened])

    def _last(self) -> float:
        """The number of the last span."""
        assert self.every_s is not None  # noqa: S101 - the caller looked
        return float(np.ceil((self.end_s - self.begin_s) / self.every_s)) - 1

    def _happens(self, numbers: Array) -> Mask:
        return np.asarray(uniforms(self.key, numbers) < self.chance)


def key_of(*what: Any) -> int:
    """A key for draws, decided by what it is for."""
    digest = hashlib.blake2b("/".join(map(str, what)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def uniforms(key: int, numbers: Array) -> Array:
    """Even draws in [0, 1), one for each whole number, the same whenever they are asked for."""
    with np.errstate(over="ignore"):
        mixed = np.asarray(numbers).astype(np.int64).astype(np.uint64) * _SPLIT + np.uint64(key)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed ^= mixed >> np.uint64(31)
    return np.asarray((mixed >> np.uint64(11)) * 2.0**-53)


def normals(key: int, numbers: Array) -> Array:
    """Standard-normal draws, one for each whole number (Box and Muller 1958)."""
    radius = np.sqrt(-2.0 * np.log1p(-uniforms(key, numbers)))
    return np.asarray(radius * np.cos(2 * np.pi * uniforms(key + 1 & 2**64 - 1, numbers)))
