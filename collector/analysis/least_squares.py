"""QR, and Björck's iterative refinement with residuals in extended precision (BIT 7, 1967)."""

from __future__ import annotations

import numpy as np

from collector.analysis.design import Extended
from collector.analysis.observations import Floats

REFINEMENTS = 3


def factored(design: Extended) -> tuple[Floats, Floats, Floats]:
    """Q (n, p), R (p, p) and its inverse; without pivots, so leading columns stand alone."""
    q, r = np.linalg.qr(design.astype(np.float64))
    if not np.diag(r).all():
        return q, r, np.full_like(r, np.inf)
    # A general solver meets no pivot below the diagonal: this is back substitution.
    return q, r, np.linalg.solve(r, np.eye(len(r)))


def condition_of(r: Floats) -> float:
    """Condition number of the design with columns of unit length, by SVD."""
    lengths = np.sqrt(np.sum(r**2, axis=0))
    singular = np.linalg.svd(r / lengths, compute_uv=False)
    return float(singular[0] / singular[-1]) if singular[-1] > 0 else float("inf")


def solved(design: Extended, y: Floats, q: Floats, r_inverse: Floats) -> tuple[Extended, Floats]:
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
