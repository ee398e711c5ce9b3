"""Least squares that is right or refused.

The design is centred (with an intercept) and scaled by powers of two, factored by QR, and mended
by iterative refinement with residuals in extended precision (Björck, BIT 7, 1967). A design whose
condition number leaves fewer than six correct digits is refused.
CV(RMSE) divides the squared residuals by n - p, p counting the intercept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc, stdtr

from collector.analysis.observations import Floats
from plant.errors import AnalysisError

CORRECT_DIGITS = 6
CONDITION_LIMIT = 10.0**-CORRECT_DIGITS / np.finfo(np.float64).eps
CONSTANT_BELOW = 1e-9  # spread of a driver over its largest magnitude
REFINEMENTS = 3

Extended = NDArray[np.longdouble]


class IllConditionedError(AnalysisError):
    """The drivers cannot be told apart, or one of them never changes."""


@dataclass(frozen=True, slots=True, eq=False)
class Basis:
    """How raw drivers become design columns: minus `centre`, over `scale`, after a one."""

    centre: Extended
    scale: Floats
    intercept: bool

    def design(self, X: Floats) -> Extended:
        """Design matrix (n, p) of drivers (n, k), in extended precision."""
        first = int(self.intercept)
        design: Extended = np.ones((len(X), first + X.shape[1]), dtype=np.longdouble)
        design[:, first:] = (X - self.centre) / self.scale
        return design


@dataclass(frozen=True, eq=False)
class Fit:
    """One least-squares fit; arrays of coefficients have the intercept first, if there is one."""

    drivers: tuple[str, ...]
    basis: Basis
    q: Floats  # (n, p) orthonormal columns of the design
    r: Floats  # (p, p) upper triangle
    r_inverse: Floats
    scaled: Extended  # (p,) coefficients of the scaled design
    y: Floats
    residuals: Floats
    condition: float

    @property
    def intercept(self) -> bool:
        return self.basis.intercept

    @property
    def names(self) -> tuple[str, ...]:
        return (("intercept",) if self.intercept else ()) + self.drivers

    @property
    def n(self) -> int:
        return int(self.y.size)

    @property
    def p(self) -> int:
        return len(self.names)

    @property
    def dof(self) -> int:
        return self.n - self.p

    @cached_property
    def coefficients(self) -> Floats:
        """(p,) [unit of the resource per unit of the driver]."""
        return (self._to_raw() @ self.scaled).astype(np.float64)

    @cached_property
    def standard_errors(self) -> Floats:
        half = self._to_raw().astype(np.float64) @ self.r_inverse
        errors: Floats = self.rmse * np.sqrt(np.sum(half**2, axis=1))
        return errors

    @property
    def t(self) -> Floats:
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio: Floats = self.coefficients / self.standard_errors
        return ratio

    @property
    def p_values(self) -> Floats:
        """(p,) two-sided, Student's t with n - p degrees of freedom."""
        values: Floats = 2.0 * stdtr(self.dof, -np.abs(self.t))
        return values

    @cached_property
    def sse(self) -> float:
        return float(self.residuals @ self.residuals)

    @cached_property
    def sst(self) -> float:
        """Sum of squares about the mean, or about zero without an intercept."""
        about = self.y - self.y.mean() if self.intercept else self.y
        return float(about @ about)

    @property
    def rmse(self) -> float:
        """[unit of the resource], over n - p."""
        return float(np.sqrt(self.sse / self.dof))

    @property
    def cv_rmse(self) -> float | None:
        mean = float(self.y.mean())
        return self.rmse / abs(mean) if mean else None

    @property
    def r2(self) -> float | None:
        return 1.0 - self.sse / self.sst if self.sst else None

    @property
    def adjusted_r2(self) -> float | None:
        if self.r2 is None:
            return None
        return 1.0 - (1.0 - self.r2) * (self.n - self.intercept) / self.dof

    @property
    def f(self) -> float | None:
        """F of all drivers together; None for a mean model."""
        if not self.drivers:
            return None
        if not self.sse:
            return float("inf")
        return (self.sst - self.sse) / len(self.drivers) / (self.sse / self.dof)

    @property
    def f_p(self) -> float | None:
        return None if self.f is None else float(fdtrc(len(self.drivers), self.dof, self.f))

    @property
    def exact(self) -> bool:
        """No residual beyond rounding: the data were computed, or the model is the data."""
        return self.sse <= (self.n * 1e-13) ** 2 * float(self.y @ self.y)

    @property
    def leverage(self) -> Floats:
        """(n,) diagonal of the hat matrix."""
        diagonal: Floats = np.sum(self.q**2, axis=1)
        return diagonal

    @property
    def cook(self) -> Floats:
        """(n,) Cook's distance."""
        h = self.leverage
        with np.errstate(divide="ignore", invalid="ignore"):
            distance: Floats = (self.residuals / self.rmse / (1 - h)) ** 2 * h / self.p
        return distance

    @property
    def vif(self) -> Floats:
        """(k,) variance inflation of each driver."""
        norms = np.sum(self.r**2, axis=0)
        inflation: Floats = np.sum(self.r_inverse**2, axis=1) * norms
        return inflation[int(self.intercept) :]

    def expect(self, X: Floats) -> Floats:
        """(m,) consumption that the fit expects [unit of the resource] at drivers (m, k)."""
        return (self.basis.design(X) @ self.scaled).astype(np.float64)

    def coordinates(self, X: Floats) -> Floats:
        """(m, p) points in the basis `q`; the squared length of a row is its leverage."""
        rows: Floats = self.basis.design(X).astype(np.float64) @ self.r_inverse
        return rows

    def _to_raw(self) -> Extended:
        """(p, p) matrix from scaled to raw coefficients."""
        if not self.intercept:
            return np.diag(1 / self.basis.scale.astype(np.longdouble))
        scales = np.concatenate([[1.0], self.basis.scale]).astype(np.longdouble)
        matrix: Extended = np.diag(1 / scales)
        matrix[0, 1:] = -self.basis.centre / self.basis.scale
        return matrix


def fit(y: Floats, X: Floats, *, drivers: Sequence[str], intercept: bool = True) -> Fit:
    """Least-squares fit of y (n,) on drivers X (n, k).

    Raises IllConditionedError where six correct digits cannot be promised, AnalysisError for too
    few points or numbers that are not finite.
    """
    n, k = X.shape
    p = k + intercept
    if not p:
        raise AnalysisError("a model without drivers needs an intercept")
    if n <= p:
        raise AnalysisError(f"{n} points for {p} coefficients; at least {p + 1} are needed")
    if not (np.isfinite(y).all() and np.isfinite(X).all()):
        raise AnalysisError("a number that is not finite reached the fit; leave the point out")
    basis = _basis(X, drivers, intercept)
    design = basis.design(X)
    q, r = np.linalg.qr(design.astype(np.float64))
    condition = _condition(r)
    if not condition <= CONDITION_LIMIT:
        raise IllConditionedError(
            f"{', '.join(drivers)} cannot be told apart in the baseline "
            f"(condition number {condition:.1e}); drop one of them"
        )
    # A general solver meets no pivot below the diagonal: this is back substitution.
    r_inverse: Floats = np.linalg.solve(r, np.eye(p))
    scaled, residuals = _solve(design, y, q, r_inverse)
    return Fit(tuple(drivers), basis, q, r, r_inverse, scaled, y, residuals, condition)


def is_constant(column: Floats) -> bool:
    """Whether numbers differ by no more than rounding could make of one number."""
    largest = float(np.max(np.abs(column), initial=0))
    return float(np.ptp(column)) <= CONSTANT_BELOW * largest


def _basis(X: Floats, drivers: Sequence[str], intercept: bool) -> Basis:
    extended = X.astype(np.longdouble)
    centre = extended.mean(axis=0) if intercept else np.zeros(X.shape[1], dtype=np.longdouble)
    spread = np.max(np.abs(extended - centre), axis=0, initial=0).astype(np.float64)
    for name, column in zip(drivers, X.T, strict=True):
        if is_constant(column) and (intercept or not column.any()):
            raise IllConditionedError(f"{name} never changes in the baseline; it explains nothing")
    # Powers of two scale without rounding.
    return Basis(centre, np.exp2(np.round(np.log2(spread * np.sqrt(len(X))))), intercept)


def _condition(r: Floats) -> float:
    """Condition number of the design with columns of unit length, by SVD."""
    lengths = np.sqrt(np.sum(r**2, axis=0))
    singular = np.linalg.svd(r / lengths, compute_uv=False)
    return float(singular[0] / singular[-1]) if singular[-1] > 0 else float("inf")


def _solve(design: Extended, y: Floats, q: Floats, r_inverse: Floats) -> tuple[Extended, Floats]:
    """Coefficients and residuals by Björck's refinement of the augmented system."""
    target = y.astype(np.longdouble)
    coefficients: Extended = np.zeros(design.shape[1], dtype=np.longdouble)
    residuals: Extended = np.zeros(len(y), dtype=np.longdouble)
    for _ in range(REFINEMENTS):
        f = (target - residuals - design @ coefficients).astype(np.float64)
        g = (-(design.T @ residuals)).astype(np.float64)
        along = q.T @ f - r_inverse.T @ g
        coefficients = coefficients + r_inverse @ along
        residuals = residuals + (f - q @ along)
    return coefficients, residuals.astype(np.float64)
