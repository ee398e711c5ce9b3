"""What a baseline's fit hides: outliers, influential rows, drift, and its error on held-out rows.

Nothing here drops a point or changes a model; it is told beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np
from scipy.special import fdtri, stdtrit

from collector.analysis import autocorrelation
from collector.analysis.change_point import NoChangePointError
from collector.analysis.observations import Floats, Observations, Steps
from collector.analysis.regression import Fit, IllConditionedError, fit

OUTLIER_LEVEL = 0.05  # of one point in any baseline, shared out among its points (Bonferroni)
HELD_OUT = 0.2  # of the baseline, its last rows
CUSUM_LIMIT = 0.948  # 5 % (Brown, Durbin & Evans, J. R. Stat. Soc. B 37, 1975)
SINGULAR = 1e-10  # of the smallest over the largest eigenvalue, where a recursion may begin


@dataclass(frozen=True, slots=True)
class Unusual:
    """One row of the baseline that stands out.

    studentized: residual over its standard error, from a fit without the row.
    cook: Cook's distance.
    """

    t: int
    residual: float
    studentized: float
    cook: float
    is_outlier: bool
    is_influential: bool


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """What is told beside a fit; None where the rows do not allow it.

    cusum: the least multiple of the test's lines that the sum of recursive residuals stays within.
    held_out_nmbe: of the last rows by a fit without them, sum(actual - expected) / sum(actual).
    """

    unusual: tuple[Unusual, ...]
    cusum: float | None
    held_out_nmbe: float | None

    @property
    def is_stable(self) -> bool | None:
        """Whether the test finds no drift of the coefficients within the baseline."""
        return None if self.cusum is None else self.cusum <= CUSUM_LIMIT


def diagnose(fitted: Fit, baseline: Observations) -> Diagnostics:
    """The diagnostics of the model that was chosen for a baseline."""
    if fitted.exact:
        return Diagnostics((), None, held_out_nmbe(fitted, baseline))
    return Diagnostics(
        unusual(fitted, baseline.t),
        stability(fitted, baseline.t),
        held_out_nmbe(fitted, baseline),
    )


def studentized(fitted: Fit) -> Floats:
    """(n,) residuals over their standard errors, each from a fit without its row."""
    free = 1 - fitted.leverage
    with np.errstate(divide="ignore", invalid="ignore"):
        left = (fitted.sse - fitted.residuals**2 / free) / (fitted.dof - 1)
        ratio: Floats = fitted.residuals / np.sqrt(np.maximum(left, 0) * free)
    return np.where(np.isfinite(ratio), ratio, 0.0)


def unusual(fitted: Fit, t: Steps) -> tuple[Unusual, ...]:
    """Outliers, and rows whose Cook's distance is above the median of F(p, n - p)."""
    if fitted.dof < 2:
        return ()
    limit = float(stdtrit(fitted.dof - 1, 1 - OUTLIER_LEVEL / 2 / fitted.n))
    far = float(fdtri(fitted.p, fitted.dof, 0.5))
    scores, cook = studentized(fitted), np.nan_to_num(fitted.cook)
    is_outlier, is_influential = np.abs(scores) > limit, cook > far
    return tuple(
        Unusual(
            t=int(t[row]),
            residual=float(fitted.residuals[row]),
            studentized=float(scores[row]),
            cook=float(cook[row]),
            is_outlier=bool(is_outlier[row]),
            is_influential=bool(is_influential[row]),
        )
        for row in np.flatnonzero(is_outlier | is_influential)
    )


def recursive_residuals(design: Floats, y: Floats) -> Floats:
    """(m,) one-step errors of the fit to all rows before, each of the variance of one row.

    They begin at the first row before which the coefficients can be told apart.
    """
    p = design.shape[1]
    grams = np.cumsum(design[:, :, None] * design[:, None, :], axis=0)[:-1]
    sums = np.cumsum(design * y[:, None], axis=0)[:-1]
    eigenvalues = np.linalg.eigvalsh(grams)
    known = np.flatnonzero(eigenvalues[:, 0] > SINGULAR * eigenvalues[:, -1])
    known = known[known >= p - 1]
    if not known.size:
        return np.empty(0)
    first = int(known[0])
    coming, grams, sums = design[first + 1 :], grams[first:], sums[first:]
    both = np.stack([sums, coming], axis=2)
    solved = np.linalg.solve(grams, both)
    errors = y[first + 1 :] - np.einsum("ni,ni->n", coming, solved[:, :, 0])
    spread = 1 + np.einsum("ni,ni->n", coming, solved[:, :, 1])
    residuals: Floats = errors / np.sqrt(spread)
    return residuals


def stability(fitted: Fit, t: Steps) -> float | None:
    """CUSUM of the recursive residuals, over the slope of its lines at the level of one.

    The rows are whitened first by their corrected autocorrelation: errors that remember would else
    look like drift. None below two residuals.
    """
    r = autocorrelation.corrected(autocorrelation.lag1(fitted.residuals, t), fitted.n, fitted.p)
    both = np.column_stack([fitted.q, fitted.residuals])
    white = autocorrelation.whiten(both, r, np.diff(t))
    w = recursive_residuals(white[:, :-1], white[:, -1])
    m = w.size
    spread = float(np.std(w, ddof=1)) if m > 1 else 0.0
    if not spread:
        return None
    lines = np.sqrt(m) + 2 * np.arange(1, m + 1) / np.sqrt(m)
    return float(np.max(np.abs(np.cumsum(w)) / spread / lines))


def held_out_nmbe(fitted: Fit, baseline: Observations) -> float | None:
    """Bias of a fit without the last fifth of the rows, on that fifth; a bend is searched anew."""
    held = ceil(HELD_OUT * baseline.n)
    kept, X = baseline.n - held, baseline.columns(fitted.drivers)
    actual = float(baseline.y[kept:].sum())
    if kept <= fitted.p or not actual:
        return None
    try:
        before = fit(
            baseline.y[:kept],
            X[:kept],
            drivers=fitted.drivers,
            intercept=fitted.intercept,
            shapes=fitted.shapes,
        )
    except (IllConditionedError, NoChangePointError):
        return None
    return (actual - float(before.expect(X[kept:]).sum())) / actual
