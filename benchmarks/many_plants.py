"""The intervals of many plants at once: the same sums as `forecast`, on stacked arrays.

Thousands of plants a cell cost seconds, where one after the other they cost minutes. Steps follow
one another without gaps within a period. R plants, n rows, p coefficients, G places of a grid of r.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import gammaln, ndtri, stdtr, stdtrit

from benchmarks.plants import SIGMA, Cell, Plant
from collector.analysis import autocorrelation, mixture
from collector.analysis.forecast import Method, forecast
from collector.analysis.observations import Floats
from collector.analysis.regression import fit

NEWTON_STEPS = 40
SAME = 1e-6  # of a half-width: what stacking may change


@dataclass(frozen=True, slots=True, eq=False)
class Intervals:
    """Of R plants by one method: lower and upper ends (R,)."""

    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class Plants:
    """R plants of one cell: drivers (R, 2n, k), consumption (R, 2n)."""

    cell: Cell
    X: Floats
    y: Floats

    @classmethod
    def of(cls, cell: Cell, plants: Sequence[Plant]) -> Plants:
        """Plants that were simulated one after the other."""
        return cls(cell, np.stack([one.X for one in plants]), np.stack([one.y for one in plants]))

    @property
    def truth(self) -> Floats:
        """(R,) what the reporting period would have used."""
        total: Floats = self.y[:, self.cell.n :].sum(axis=1)
        return total

    @property
    def dof(self) -> int:
        return self.cell.n - self.cell.drivers - 1

    @cached_property
    def _design(self) -> Floats:
        """(R, 2n, p) with the baseline's columns orthonormal."""
        n = self.cell.n
        centred = self.X - self.X[:, :n].mean(axis=1, keepdims=True)
        both = np.concatenate([np.ones_like(self.y)[:, :, None], centred], axis=2)
        upper = np.linalg.qr(both[:, :n], mode="r")
        found: Floats = np.linalg.solve(upper.swapaxes(1, 2), both.swapaxes(1, 2)).swapaxes(1, 2)
        return found

    @property
    def q(self) -> Floats:
        """(R, n, p)"""
        return self._design[:, : self.cell.n]

    @cached_property
    def g(self) -> Floats:
        """(R, p) column sums of the reporting period in the basis."""
        sums: Floats = self._design[:, self.cell.n :].sum(axis=1)
        return sums

    @cached_property
    def _coefficients(self) -> Floats:
        found: Floats = np.einsum("rnp,rn->rp", self.q, self.y[:, : self.cell.n])
        return found

    @cached_property
    def residuals(self) -> Floats:
        """(R, n)"""
        fitted = np.einsum("rnp,rp->rn", self.q, self._coefficients)
        left: Floats = self.y[:, : self.cell.n] - fitted
        return left

    @cached_property
    def rmse(self) -> Floats:
        """(R,)"""
        found: Floats = np.sqrt(np.sum(self.residuals**2, axis=1) / self.dof)
        return found

    @cached_property
    def expected(self) -> Floats:
        """(R,)"""
        found: Floats = np.einsum("rp,rp->r", self.g, self._coefficients)
        return found

    def intervals(self, method: Method, confidence: float) -> Intervals:
        """By one of the methods of `forecast`."""
        if method == "integrated":
            return self._integrated(confidence)
        m, dof = self.cell.n, np.full(len(self.y), float(self.dof))
        if method == "independent":
            variance = self.rmse**2 * (m + np.sum(self.g**2, axis=1))
        elif method == "ashrae-1.26":
            cv = self.rmse / self.y[:, : self.cell.n].mean(axis=1)
            variance = (1.26 * cv * self.expected) ** 2 * (1 + 2 / self.cell.n) / m
        else:
            variance, dof = self._ar1()
        half = stdtrit(dof, (1 + confidence) / 2) * np.sqrt(variance)
        return Intervals(self.expected - half, self.expected + half)

    def oracle(self, confidence: float) -> Floats:
        """(R,) half-widths of one who knows r and sigma, and only not the coefficients."""
        r = np.full((len(self.y), 1), self.cell.r)
        grid = self._weighed(r)
        variance = (1 - self.cell.r**2) * (grid.fresh + grid.fitted)[:, 0]
        half: Floats = SIGMA * np.sqrt(variance) * float(ndtri((1 + confidence) / 2))
        return half

    def _integrated(self, confidence: float) -> Intervals:
        ends = np.arcsin([mixture.LOWEST_R, mixture.HIGHEST_R])
        coarse, step = _midpoints(ends[:1], ends[1:], mixture.COARSE)
        logs = self._weighed(np.sin(np.repeat(coarse, len(self.y), axis=0))).log_weight
        likely = logs > logs.max(axis=1, keepdims=True) - mixture.NEGLIGIBLE
        first, last = likely.argmax(axis=1), mixture.COARSE - 1 - likely[:, ::-1].argmax(axis=1)
        start = np.maximum(ends[0], coarse[0, first] - step[0])
        end = np.minimum(ends[1], coarse[0, last] + step[0])
        grid = self._weighed(np.sin(_midpoints(start, end, mixture.FINE)[0]))
        weights = np.exp(grid.log_weight - grid.log_weight.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        scales = np.sqrt(grid.s2 * (grid.fresh + grid.fitted))
        tails = ((1 - confidence) / 2, (1 + confidence) / 2)
        low, high = (
            _quantiles(weights, grid.centre, scales, dof=self.dof, level=tail) for tail in tails
        )
        return Intervals(np.minimum(low, self.expected), np.maximum(high, self.expected))

    def _weighed(self, r: Floats) -> _Grid:
        """Generalised least squares and the sum ahead for each r (R, G)."""
        gram = self._gram(r)
        inverse = np.linalg.inv(gram[..., :-1, :-1])
        toward = gram[..., :-1, -1]
        shift = np.einsum("rgij,rgj->rgi", inverse, toward)
        sse = gram[..., -1, -1] - np.einsum("rgi,rgi->rg", shift, toward)
        logs = 0.5 * np.log(1 - r**2) + 0.5 * np.linalg.slogdet(inverse)[1]
        gaps = np.ones(self.cell.n - 1, dtype=np.int64)
        c, fresh = (
            part.reshape(r.shape) for part in autocorrelation.carry(r.ravel(), self.cell.gap, gaps)
        )
        h = self.g[:, None] - c[..., None] * self.q[:, None, -1]
        moved = np.einsum("rgi,rgi->rg", shift, h) * self.rmse[:, None]
        return _Grid(
            log_weight=logs - 0.5 * self.dof * np.log(sse),
            centre=self.expected[:, None] + moved + c * self.residuals[:, None, -1],
            s2=sse / self.dof * self.rmse[:, None] ** 2,
            fresh=fresh,
            fitted=np.einsum("rgi,rgij,rgj->rg", h, inverse, h),
        )

    @cached_property
    def _moments(self) -> tuple[Floats, Floats, Floats]:
        """Of r^0, r^1 and r^2 in the gram matrices of the whitened rows, (R, p + 1, p + 1) each."""
        Z = np.concatenate([self.q, (self.residuals / self.rmse[:, None])[:, :, None]], axis=2)
        before, after = Z[:, :-1], Z[:, 1:]
        across = after.swapaxes(1, 2) @ before
        inner = before[:, 1:].swapaxes(1, 2) @ before[:, 1:]
        return Z.swapaxes(1, 2) @ Z, -across - across.swapaxes(1, 2), inner

    def _gram(self, r: Floats) -> Floats:
        constant, linear, square = (part[:, None] for part in self._moments)
        rho = r[:, :, None, None]
        gram: Floats = constant + rho * linear + rho**2 * square
        return gram

    def _ar1(self) -> tuple[Floats, Floats]:
        """Variance and dof, with the corrected r of each plant."""
        n, p, steps = self.cell.n, self.cell.drivers + 1, np.arange(self.cell.n)
        r = np.array(
            [
                autocorrelation.corrected(autocorrelation.lag1(e, steps), n, p)
                for e in self.residuals
            ]
        )
        along = np.einsum("rnp,rp->rn", self.q, self.g)
        rows = np.concatenate([self.q, along[:, :, None]], axis=2)
        spread = rows + _brought(rows, r) + _brought(rows[:, ::-1], r)[:, ::-1]
        trace = n - np.sum(self.q * spread[:, :, :-1], axis=(1, 2))
        fitted = np.sum(along * spread[:, :, -1], axis=1)
        c, fresh = autocorrelation.carry(r, self.cell.gap, np.ones(n - 1, dtype=np.int64))
        own = c**2 + (1 - r**2) * fresh
        across = c * np.sum(along * r[:, None] ** (n - 1 - steps), axis=1)
        variance = self.rmse**2 * self.dof / trace * (own + fitted - 2 * across)
        dof = np.clip(n * (1 - r) / (1 + r) - p, min(2, self.dof), self.dof)
        return np.maximum(variance, 0.0), dof


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Over R plants and a grid of r, (R, G) each; see `mixture`."""

    log_weight: Floats
    centre: Floats
    s2: Floats
    fresh: Floats
    fitted: Floats


def differences(plants: Plants, methods: Sequence[Method], confidence: float) -> Iterator[str]:
    """Where `forecast` gives the first plant another interval."""
    n, gap = plants.cell.n, plants.cell.gap
    names = [f"driver{k}" for k in range(plants.cell.drivers)]
    fitted, t = fit(plants.y[0, :n], plants.X[0, :n], drivers=names), np.arange(n, dtype=np.int64)
    for method in methods:
        told = forecast(
            fitted,
            t,
            reporting_t=t + n + gap - 1,
            reporting_X=plants.X[0, n:],
            confidence=confidence,
            method=method,
        )
        found = plants.intervals(method, confidence)
        apart = max(abs(told.low - found.low[0]), abs(told.high - found.high[0]))
        if not apart <= SAME * (told.high - told.low):
            yield f"{plants.cell}, {method}: {apart:g} apart"


def _midpoints(start: Floats, end: Floats, count: int) -> tuple[Floats, Floats]:
    """(R, count) even places between the ends (R,), and the steps between them (R,)."""
    step = (end - start) / count
    places: Floats = start[:, None] + step[:, None] * (np.arange(count) + 0.5)
    return places, step


def _quantiles(
    weights: Floats, centres: Floats, scales: Floats, *, dof: int, level: float
) -> Floats:
    """(R,) of mixtures (R, G) of t distributions, by Newton's method in a bracket."""
    ends = centres + scales * float(stdtrit(dof, level))
    low, high, point = ends.min(axis=1), ends.max(axis=1), np.sum(weights * ends, axis=1)
    constant = gammaln((dof + 1) / 2) - gammaln(dof / 2) - 0.5 * np.log(dof * np.pi)
    for _ in range(NEWTON_STEPS):
        z = (point[:, None] - centres) / scales
        over = np.sum(weights * stdtr(dof, z), axis=1) - level
        densities = np.exp(constant - 0.5 * (dof + 1) * np.log1p(z**2 / dof)) / scales
        step = over / np.sum(weights * densities, axis=1)
        if (np.abs(step) <= 1e-9 * scales.max(axis=1)).all():
            break
        low, high = np.where(over > 0, low, point), np.where(over > 0, point, high)
        target = point - step
        inside = (low <= target) & (target <= high)
        point = np.where(inside, target, 0.5 * (low + high))
    return point


def _brought(rows: Floats, r: Floats) -> Floats:
    """(R, n, k) what rows before bring to each, see `autocorrelation.product`."""
    brought = np.zeros_like(rows)
    for step in range(1, rows.shape[1]):
        brought[:, step] = r[:, None] * (brought[:, step - 1] + rows[:, step - 1])
    return brought
