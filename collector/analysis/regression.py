"""Least squares that is right or refused.

The design is centred (with an intercept) and scaled by powers of two, factored by QR, and mended
by iterative refinement with residuals in extended precision (Björck, BIT 7, 1967). A design whose
condition number leaves fewer than six correct digits is refused.
CV(RMSE) divides the squared residuals by n - p, p counting the intercept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.special import fdtrc, stdtr

from collector.analysis.change_point import find_bends
from collector.analysis.design import (
    COEFFICIENTS,
    Basis,
    Extended,
    Term,
    column_names,
    columns,
)
from collector.analysis.least_squares import condition_of, factored, solved
from collector.analysis.observations import Floats, Shape
from plant.errors import AnalysisError

CORRECT_DIGITS = 6
CONDITION_LIMIT = 10.0**-CORRECT_DIGITS / np.finfo(np.float64).eps
CONSTANT_BELOW = 1e-9  # spread of a driver over its largest magnitude
SINGLE = ("linear", "above", "below")  # shapes of one coefficient beside the place of a bend


class IllConditionedError(AnalysisError):
    """The drivers cannot be told apart, or one of them never changes."""


@dataclass(frozen=True, eq=False)
class Fit:
    """One least-squares fit of p coefficients to n rows, with n - p degrees of freedom (dof).

    Arrays of coefficients have the intercept first, if there is one, and the place of a bend last.
    """

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
        """Whether it has a level beside its drivers."""
        return self.basis.intercept

    @property
    def names(self) -> tuple[str, ...]:
        """Of the coefficients; a driver that enters as it is has one of its own name."""
        return self.basis.names

    @property
    def shapes(self) -> dict[str, Shape]:
        """How each driver enters."""
        return {term.driver: term.shape for term in self.basis.terms}

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
        """(p,) [unit of the resource per unit of the driver]; a bend is where it lies."""
        raw = (self._to_raw() @ self.scaled).astype(np.float64)
        if self.basis.held:
            raw[-self.basis.held :] = [term.at for term in self.basis.terms if term.bend]
        return raw

    @cached_property
    def standard_errors(self) -> Floats:
        """(p,) of the coefficients, in their units."""
        half = self._to_raw().astype(np.float64) @ self.r_inverse
        errors: Floats = self.rmse * np.sqrt(np.sum(half**2, axis=1))
        return errors

    @property
    def t(self) -> Floats:
        """(p,) NaN for the place of a bend, of which zero is no hypothesis."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio: Floats = self.coefficients / self.standard_errors
        if self.basis.held:
            ratio[-self.basis.held :] = np.nan
        return ratio

    @property
    def p_values(self) -> Floats:
        """(p,) two-sided, Student's t with n - p degrees of freedom."""
        values: Floats = 2.0 * stdtr(self.dof, -np.abs(self.t))
        return values

    @cached_property
    def driver_p_values(self) -> dict[str, float]:
        """Of each driver, all its coefficients together: the partial F-test; that of t for one."""
        single = dict(zip(self.names, map(float, self.p_values), strict=True))
        return {
            driver: single[driver] if shape == "linear" else self._partial_p(driver)
            for driver, shape in self.shapes.items()
        }

    def _partial_p(self, driver: str) -> float:
        own = self.basis.places(driver)
        inverse = (self.r_inverse @ self.r_inverse.T)[np.ix_(own, own)]
        coefficients = self.scaled[own].astype(np.float64)
        if not self.sse:
            return 0.0
        square = float(coefficients @ np.linalg.solve(inverse, coefficients)) / len(own)
        return float(fdtrc(len(own), self.dof, square / (self.sse / self.dof)))

    @cached_property
    def sse(self) -> float:
        """Sum of squared residuals [unit of the resource, squared]."""
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
        """RMSE over the mean; None where the mean is zero."""
        mean = float(self.y.mean())
        return self.rmse / abs(mean) if mean else None

    @property
    def r2(self) -> float | None:
        """Share of the squares that is explained; None where there are none."""
        return 1.0 - self.sse / self.sst if self.sst else None

    @property
    def adjusted_r2(self) -> float | None:
        """R² for the number of coefficients; None as R² is."""
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
        return (self.sst - self.sse) / (self.p - self.intercept) / (self.sse / self.dof)

    @property
    def f_p(self) -> float | None:
        """p of that F; None for a mean model."""
        return None if self.f is None else float(fdtrc(self.p - self.intercept, self.dof, self.f))

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
        """(k,) variance inflation of each driver; NaN for one of several coefficients."""
        free = self.p - self.basis.held
        r, r_inverse = self.r[:free, :free], self.r_inverse[:free, :free]
        inflation = np.sum(r_inverse**2, axis=1) * np.sum(r**2, axis=0)
        named = dict(zip(self.names, inflation.tolist(), strict=False))
        single = [driver if self.shapes[driver] in SINGLE else "" for driver in self.drivers]
        return np.array([named.get(driver, np.nan) for driver in single])

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


def fit(
    y: Floats,
    X: Floats,
    *,
    drivers: Sequence[str],
    intercept: bool = True,
    shapes: Mapping[str, Shape] | None = None,
) -> Fit:
    """Least-squares fit of y (n,) on drivers X (n, k).

    shapes: how drivers enter that do not enter as they are; at most two of them may bend.
    Raises IllConditionedError where six correct digits cannot be promised, NoChangePointError where
    no bend is found, AnalysisError for too few points or numbers that are not finite.
    """
    terms = [Term(driver, (shapes or {}).get(driver, "linear")) for driver in drivers]
    n, p = len(X), sum(COEFFICIENTS[term.shape] for term in terms) + intercept
    if not p:
        raise AnalysisError("a model without drivers needs an intercept")
    if n <= p:
        raise AnalysisError(f"{n} points for {p} coefficients; at least {p + 1} are needed")
    if not (np.isfinite(y).all() and np.isfinite(X).all()):
        raise AnalysisError("a number that is not finite reached the fit; leave the point out")
    basis = Basis.of(X, _bent(y, X, terms, intercept=intercept), intercept=intercept)
    _refuse_constant(X, basis)
    design = basis.design(X)
    q, r, r_inverse = factored(design)
    condition = condition_of(r)
    if not condition <= CONDITION_LIMIT:
        raise IllConditionedError(
            f"{', '.join(drivers)} cannot be told apart in the baseline "
            f"(condition number {condition:.1e}); drop one of them"
        )
    free = p - basis.held
    scaled: Extended = np.zeros(p, dtype=np.longdouble)
    scaled[:free], residuals = solved(design[:, :free], y, q[:, :free], r_inverse[:free, :free])
    return Fit(tuple(drivers), basis, q, r, r_inverse, scaled, y, residuals, condition)


def _bent(y: Floats, X: Floats, terms: Sequence[Term], *, intercept: bool) -> list[Term]:
    """The terms, the bends of those that have one found."""
    bending = [number for number, term in enumerate(terms) if term.bend]
    if not bending:
        return list(terms)
    plain = [number for number in range(len(terms)) if number not in bending]
    ones = np.ones((len(X), int(intercept)))
    straight = columns(X[:, plain], [terms[number] for number in plain]).astype(np.float64)
    found = find_bends(
        y,
        X[:, bending],
        others=np.hstack([ones, straight]),
        shapes=[terms[number].shape for number in bending],
    )
    bends = dict(zip(bending, found, strict=True))
    return [
        replace(term, at=bends[number].at, slope=bends[number].slope) if number in bends else term
        for number, term in enumerate(terms)
    ]


def is_constant(column: Floats) -> bool:
    """Whether numbers differ by no more than rounding could make of one number."""
    largest = float(np.max(np.abs(column), initial=0))
    return float(np.ptp(column)) <= CONSTANT_BELOW * largest


def _refuse_constant(X: Floats, basis: Basis) -> None:
    raw = columns(X, basis.terms).astype(np.float64)
    for name, column in zip(column_names(basis.terms), raw.T, strict=True):
        if is_constant(column) and (basis.intercept or not column.any()):
            raise IllConditionedError(f"{name} never changes in the baseline; it explains nothing")
