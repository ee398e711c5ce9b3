"""The sum over the reporting period, integrated over the unknown autocorrelation r.

For each r of a grid the sum is t-distributed (generalised least squares, and the last error
carried forward). The interval is the quantiles of their mixture, weighed by the restricted
likelihood of r and the reference prior (1 - r^2)^(-1/2) (Berger & Yang, Econometric Theory 10,
1994).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln, stdtr, stdtrit

from collector.analysis import autocorrelation
from collector.analysis.observations import Floats, Steps
from collector.analysis.regression import Fit

LOWEST_R, HIGHEST_R = -0.35, 0.99
COARSE, FINE = 32, 48
MOST_STEPS = 100  # to a quantile; some five are needed
SPAN, HALVINGS = 10.0, 60  # of a search for a quantile of a ratio
NEGLIGIBLE = 14.0  # log of a weight that no longer moves a quantile


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Over r (G,): log weight, generalised least squares of the residuals on the fit's basis."""

    r: Floats
    log_weight: Floats
    shift: Floats  # (G, p) coefficients in the basis, beside those of the fit
    inverse: Floats  # (G, p, p)
    s2: Floats  # (G,) innovation variance


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Distribution of the sum: t distributions (G,) of one dof, and the mean of r."""

    weights: Floats
    centres: Floats
    scales: Floats
    dof: int
    r: float

    def quantile(self, level: float) -> float:
        """By Newton's method within the bracket that the components' own quantiles give."""
        ends = self.centres + self.scales * float(stdtrit(self.dof, level))
        low, high = float(ends.min()), float(ends.max())
        smallest = 1e-12 * (abs(low) + abs(high) + float(self.scales.max()))
        point = float(self.weights @ ends)
        for _ in range(MOST_STEPS):
            probability, density = self._at(point)
            step = (probability - level) / density if density else np.inf
            if abs(step) <= smallest:
                break
            low, high = (low, point) if probability > level else (point, high)
            point = point - step if low < point - step < high else 0.5 * (low + high)
        return point

    def _at(self, point: float) -> tuple[float, float]:
        """Probability below the point, and density there."""
        nu = self.dof
        z = (point - self.centres) / self.scales
        constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * np.pi)
        densities = np.exp(constant - 0.5 * (nu + 1) * np.log1p(z**2 / nu)) / self.scales
        return float(self.weights @ stdtr(nu, z)), float(self.weights @ densities)


@dataclass(frozen=True, slots=True, eq=False)
class _Sum:
    """The sum of a period beside the fit's rows, over r (G,).

    centre: (G,). h: (G, p) how it depends on the coefficients in the basis, the error at the edge
    carried into it. fresh: (G,) variance of the rest in units of the innovation variance.
    """

    centre: Floats
    h: Floats
    fresh: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """The sums of two periods, one on either side of the fit's rows, over r (G,)."""

    weights: Floats
    grid: Grid
    top: _Sum
    bottom: _Sum
    dof: int
    r: float

    def ratio_quantile(self, level: float, *, near: float) -> float:
        """Of top over bottom, by halving between a tenth and ten times `near`."""
        low, high = near / SPAN, near * SPAN
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if self._below(middle) > level else (middle, high)
        return 0.5 * (low + high)

    def _below(self, ratio: float) -> float:
        """Probability that top - ratio bottom is below zero."""
        centre = self.top.centre - ratio * self.bottom.centre
        h = self.top.h - ratio * self.bottom.h
        variance = self.top.fresh + ratio**2 * self.bottom.fresh + _fitted(h, self.grid)
        return float(self.weights @ stdtr(self.dof, -centre / np.sqrt(self.grid.s2 * variance)))


def mixture(fit: Fit, t: Steps, *, reporting_t: Steps, reporting_X: Floats) -> Mixture:
    """Distribution of the sum that a fit expects over a period after its rows, or before them."""
    grid, weights = _weighed(fit, t)
    ahead = _sum(fit, t, reporting_t, X=reporting_X, grid=grid)
    scales = np.sqrt(grid.s2 * (ahead.fresh + _fitted(ahead.h, grid)))
    return Mixture(weights, ahead.centre, scales, fit.dof, float(weights @ grid.r))


def pair(fit: Fit, t: Steps, *, top: tuple[Steps, Floats], bottom: tuple[Steps, Floats]) -> Pair:
    """The sums over two periods, steps and drivers, on different sides of the fit's rows."""
    grid, weights = _weighed(fit, t)
    above, below = (_sum(fit, t, t1, X=X, grid=grid) for t1, X in (top, bottom))
    return Pair(weights, grid, above, below, fit.dof, float(weights @ grid.r))


def variances(fit: Fit, t: Steps, *, reporting_t: Steps, reporting_X: Floats, r: Floats) -> Floats:
    """(G,) variance of the sum's forecast if r were known, in units of the innovation variance."""
    grid = _weigh(fit, np.diff(t), r)
    ahead = _sum(fit, t, reporting_t, X=reporting_X, grid=grid)
    return ahead.fresh + _fitted(ahead.h, grid)


def _weighed(fit: Fit, t: Steps) -> tuple[Grid, Floats]:
    grid = _posterior(fit, np.diff(t))
    relative = np.exp(grid.log_weight - grid.log_weight.max())
    return grid, relative / relative.sum()


def _sum(fit: Fit, t: Steps, t1: Steps, *, X: Floats, grid: Grid) -> _Sum:
    """Errors remember both ways alike: a period before is one after, told from its end."""
    edge, gap, gaps = -1, int(t1[0] - t[-1]), np.diff(t1)
    if gap <= 0:
        edge, gap, gaps = 0, int(t[0] - t1[-1]), gaps[::-1]
    c, fresh = autocorrelation.carry(grid.r, gap, gaps)
    h = fit.coordinates(X).sum(axis=0) - c[:, None] * fit.q[edge]
    moved = np.einsum("gi,gi->g", grid.shift, h)
    return _Sum(float(fit.expect(X).sum()) + moved + c * fit.residuals[edge], h, fresh)


def _fitted(h: Floats, grid: Grid) -> Floats:
    """(G,) variance that the coefficients bring, in units of the innovation variance."""
    variance: Floats = np.einsum("gi,gij,gj->g", h, grid.inverse, h)
    return variance


def _posterior(fit: Fit, gaps: Steps) -> Grid:
    """Where the weight is: a coarse grid over all r, then a fine one over what it left."""
    ends = np.arcsin([LOWEST_R, HIGHEST_R])
    coarse_r, step = _midpoints(ends[0], ends[1], COARSE)
    coarse = _weigh(fit, gaps, np.sin(coarse_r))
    likely = coarse_r[coarse.log_weight > coarse.log_weight.max() - NEGLIGIBLE]
    fine_r, _ = _midpoints(max(ends[0], likely[0] - step), min(ends[1], likely[-1] + step), FINE)
    return _weigh(fit, gaps, np.sin(fine_r))


def _midpoints(start: float, end: float, count: int) -> tuple[Floats, float]:
    """Even in arcsin r, which is the reference prior itself."""
    step = (end - start) / count
    points: Floats = np.linspace(start + step / 2, end - step / 2, count)
    return points, step


def _weigh(fit: Fit, gaps: Steps, r: Floats) -> Grid:
    both = np.column_stack([fit.q, fit.residuals / fit.rmse])
    gram, log_determinant = autocorrelation.grams(both, r, gaps)
    design, toward = gram[:, :-1, :-1], gram[:, :-1, -1]
    inverse = np.asarray(np.linalg.inv(design), dtype=np.float64)
    shift = np.einsum("gij,gj->gi", inverse, toward)
    sse = gram[:, -1, -1] - np.einsum("gi,gi->g", shift, toward)
    log_weight = log_determinant - 0.5 * np.linalg.slogdet(design)[1] - 0.5 * fit.dof * np.log(sse)
    scale = fit.rmse
    return Grid(r, log_weight, shift * scale, inverse, sse / fit.dof * scale**2)
