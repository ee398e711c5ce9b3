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
        for _ in range(100):
            probability, density = self._at(point)
            low, high = (low, point) if probability > level else (point, high)
            target = point - (probability - level) / density if density else low
            moved = target if low < target < high else 0.5 * (low + high)
            if abs(moved - point) <= smallest:
                return moved
            point = moved
        return point

    def _at(self, point: float) -> tuple[float, float]:
        """Probability below the point, and density there."""
        nu = self.dof
        z = (point - self.centres) / self.scales
        constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * np.pi)
        densities = np.exp(constant - 0.5 * (nu + 1) * np.log1p(z**2 / nu)) / self.scales
        return float(self.weights @ stdtr(nu, z)), float(self.weights @ densities)


def mixture(fit: Fit, t: Steps, *, reporting_t: Steps, reporting_X: Floats) -> Mixture:
    """Distribution of the sum that the baseline expects over the reporting period."""
    grid = _posterior(fit, np.diff(t))
    relative = np.exp(grid.log_weight - grid.log_weight.max())
    weights: Floats = relative / relative.sum()
    g, c, variance = _ahead(fit, t, reporting_t, X=reporting_X, grid=grid)
    last_error = fit.residuals[-1] - grid.shift @ fit.q[-1]
    centres = float(fit.expect(reporting_X).sum()) + grid.shift @ g + c * last_error
    scales = np.sqrt(grid.s2 * variance)
    return Mixture(weights, centres, scales, fit.dof, float(weights @ grid.r))


def variances(fit: Fit, t: Steps, *, reporting_t: Steps, reporting_X: Floats, r: Floats) -> Floats:
    """(G,) variance of the sum's forecast if r were known, in units of the innovation variance."""
    grid = _weigh(fit, np.diff(t), r)
    return _ahead(fit, t, reporting_t, X=reporting_X, grid=grid)[2]


def _ahead(
    fit: Fit, t: Steps, t1: Steps, *, X: Floats, grid: Grid
) -> tuple[Floats, Floats, Floats]:
    """(p,) sums of the period, (G,) share of the last error carried into it, (G,) variance."""
    c, fresh = autocorrelation.carry(grid.r, int(t1[0] - t[-1]), np.diff(t1))
    g: Floats = fit.coordinates(X).sum(axis=0)
    h = g - c[:, None] * fit.q[-1]
    return g, c, fresh + np.einsum("gi,gij,gj->g", h, grid.inverse, h)


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
    white, log_determinant = autocorrelation.whiten(
        np.column_stack([fit.q, fit.residuals / fit.rmse]), r, gaps
    )
    gram = np.matmul(white.transpose(0, 2, 1), white)
    design, toward = gram[:, :-1, :-1], gram[:, :-1, -1]
    inverse = np.linalg.inv(design)
    shift = np.einsum("gij,gj->gi", inverse, toward)
    sse = gram[:, -1, -1] - np.einsum("gi,gi->g", shift, toward)
    log_weight = log_determinant - 0.5 * np.linalg.slogdet(design)[1] - 0.5 * fit.dof * np.log(sse)
    scale = fit.rmse
    return Grid(r, log_weight, shift * scale, inverse, sse / fit.dof * scale**2)
