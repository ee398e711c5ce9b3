"""Amounts for each unit of product, over periods of which both are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from collector.analysis.observations import Floats


def per_unit(used: Floats, made: Floats) -> Floats:
    """(n,) of each period; NaN where either is missing or nothing was made."""
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Floats = np.where(made > 0, used / made, np.nan)
    return ratio


def pooled(used: Floats, made: Floats) -> tuple[float | None, int]:
    """Sum over sum of the periods of which both are known, and how many those are.

    A period in which nothing was made counts: what stands still consumes too.
    """
    known = np.isfinite(used) & np.isfinite(made)
    output = float(made[known].sum())
    return (float(used[known].sum()) / output if output > 0 else None), int(known.sum())


@dataclass(frozen=True, slots=True)
class Remainder:
    """A whole against its parts [one unit] over the periods of which all are known.

    unexplained: whole less parts; negative where the parts come to more.
    """

    whole: float
    parts: tuple[float, ...]
    periods: int
    missing: int

    @property
    def unexplained(self) -> float:
        return self.whole - sum(self.parts)

    @property
    def unexplained_percent(self) -> float | None:
        """Of the whole; None where that is nothing."""
        return 100 * self.unexplained / self.whole if self.whole else None


def remainder(whole: Floats, parts: Floats) -> Remainder:
    """What of a whole (n,) its parts (n, k) leave unexplained."""
    known = np.isfinite(whole) & np.isfinite(parts).all(axis=1)
    return Remainder(
        whole=float(whole[known].sum()),
        parts=tuple(parts[known].sum(axis=0).tolist()),
        periods=int(known.sum()),
        missing=int((~known).sum()),
    )


def change_percent(before: float | None, after: float | None) -> float | None:
    """From before to after [%]; None where either is not known or before is nothing."""
    if before is None or after is None or not before:
        return None
    return 100 * (after / before - 1)
