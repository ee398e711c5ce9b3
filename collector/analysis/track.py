"""The readings of one device in order of time, and which steps between them are plausible."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from collector.analysis.counters import CounterKind, Flags, Floats, Ints
from plant.errors import AnalysisError
from plant.reading import LARGEST

FLOAT32_STEP = 2.0**-23  # a step of a float32 is at most this share of its value
FLOAT64_STEP = 2.0**-40  # what a factor and a sum of registers may leave behind in a float64
MOST_COUNTS = 2.0**50  # no counter counts this in one step; keeps sums inside an int64
RATELESS_SHARE = 0.25  # of the modulus: the largest step believed where no rate is known


def tidy(times_ms: ArrayLike, values: ArrayLike) -> tuple[Ints, Floats]:
    """Readings (n,) in order of time, once each; of two at one instant the smaller.

    What no meter can mean (NaN, more than `LARGEST`) is left out.
    """
    times = np.asarray(times_ms, dtype=np.int64)
    numbers = np.asarray(values, dtype=np.float64)
    if times.ndim != 1 or times.shape != numbers.shape:
        raise AnalysisError(
            f"account of readings: {times.shape} times and {numbers.shape} values; give one each"
        )
    good = np.abs(numbers) <= LARGEST
    if not good.all():
        times, numbers = times[good], numbers[good]
    if (np.diff(times) > 0).all():
        return times, numbers
    order = np.lexsort((numbers, times))
    times, numbers = times[order], numbers[order]
    first = np.concatenate(([True], np.diff(times) > 0))
    return times[first], numbers[first]


@dataclass(frozen=True, slots=True)
class Rules:
    """A counter's kind in its own counts and milliseconds."""

    unit: float  # value of one count, 1.0 for a float
    modulus: float  # inf where it does not wrap
    rate: float  # [counts/ms], inf where unknown
    update_ms: float
    blind_ms: float  # a stretch without readings longer than this may hide wraps
    limit_ms: int
    rateless: bool
    least_tolerance: float
    relative_tolerance: float

    @classmethod
    def of(cls, kind: CounterKind) -> Rules:
        """The rules of a kind of counter."""
        counted = bool(kind.resolution)
        unit = float(kind.resolution or 1.0)
        modulus = kind.modulus / unit if kind.modulus else np.inf
        rate = kind.max_rate_per_h / unit / 3.6e6 if kind.max_rate_per_h else np.inf
        float_step = FLOAT32_STEP if kind.is_float32 else FLOAT64_STEP
        return cls(
            unit=unit,
            modulus=float(np.rint(modulus)) if counted else modulus,
            rate=rate,
            update_ms=1000 * kind.update_s,
            blind_ms=modulus / rate if np.isfinite(rate) else np.inf,
            limit_ms=kind.limit_ms,
            rateless=not np.isfinite(rate),
            least_tolerance=1.0 if counted else 0.0,
            relative_tolerance=float_step if kind.is_float32 or not counted else 0.0,
        )

    def tolerance(self, level: float) -> float:
        """A drop from `level` up to this is equality [counts]."""
        return max(self.least_tolerance, abs(level) * self.relative_tolerance)

    def most(self, elapsed_ms: float) -> float:
        """The most that can plausibly be counted in `elapsed_ms` [counts]."""
        if self.rateless:
            return min(self.modulus * RATELESS_SHARE, MOST_COUNTS)
        return min(self.rate * (elapsed_ms + self.update_ms), MOST_COUNTS)


@dataclass(frozen=True, slots=True)
class Step:
    """A plausible step forward [counts], and whether it went through the modulus."""

    counts: float
    wraps: bool


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """Readings of one device: times t (n,) [ms] and levels x (n,) [counts], with their rules.

    big: (m,) indices k whose step from k - 1 is no plain count: a drop, a jump or a blind stretch.
    breaks: the same, and those after a gap. wide: (n,) True where the stretch before is a gap.
    tolerances: (n,) a drop up to this is equality. dips: (n,) True where the step is one.
    """

    rules: Rules
    t: Ints
    x: Floats
    steps: Floats
    big: NDArray[np.intp]
    breaks: NDArray[np.intp]
    wide: Flags
    tolerances: Floats
    dips: Flags

    @classmethod
    def of(cls, times_ms: Ints, values: Floats, rules: Rules) -> Track:
        """The track of tidy readings."""
        x = np.rint(values / rules.unit) if rules.least_tolerance else values
        steps = np.diff(x, prepend=x[:1])
        elapsed = np.diff(times_ms, prepend=times_ms[:1])
        slack = np.maximum(rules.least_tolerance, np.abs(x) * rules.relative_tolerance)
        if rules.rateless:
            most: Floats | float = rules.most(0.0)
        else:
            most = np.minimum(rules.rate * (elapsed + rules.update_ms), MOST_COUNTS)
        plain = (steps >= -slack) & (steps <= most + slack) & (elapsed <= rules.blind_ms)
        wide = elapsed > min(rules.limit_ms, rules.blind_ms)
        return cls(
            rules=rules,
            t=times_ms,
            x=x,
            steps=steps,
            big=np.flatnonzero(~plain),
            breaks=np.flatnonzero(wide | ~plain),
            wide=wide,
            tolerances=slack,
            dips=(steps < 0) & plain,
        )

    def next_big(self, at: int) -> int:
        """The first suspicious reading not before `at`, else n."""
        return _not_below(self.big, at, self.x.size)

    def next_break(self, at: int) -> int:
        """The first suspicious reading, or reading after a gap, not before `at`, else n."""
        return _not_below(self.breaks, at, self.x.size)

    def forward(self, level: float, time_ms: int, k: int) -> Step | None:
        """The step from `level` at `time_ms` to reading k; None where it is not plausible."""
        rules = self.rules
        elapsed_ms = int(self.t[k]) - time_ms
        if elapsed_ms > rules.blind_ms:
            return None
        counts = float(self.x[k]) - level
        slack = rules.tolerance(level)
        most = rules.most(elapsed_ms) + slack
        if -slack <= counts <= most:
            return Step(max(counts, 0.0), wraps=False)
        wrapped = (rules.modulus - level) + float(self.x[k])
        if counts < 0 and 0 <= wrapped <= most:
            return Step(wrapped, wraps=True)
        return None


def _not_below(indices: NDArray[np.intp], at: int, n: int) -> int:
    place = int(np.searchsorted(indices, at))
    return int(indices[place]) if place < indices.size else n
