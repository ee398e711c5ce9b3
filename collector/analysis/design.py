"""How drivers become the columns of a regression: as they are, by weekday, by season, with a bend.

A driver with a bend (a change-point model of three or four parameters) brings one column more than
it has coefficients: the derivative of the model by the place of the bend. Its coefficient is held
at zero, so that the bend is counted as estimated and its uncertainty is part of every interval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from collector.analysis.observations import Floats, Shape

Extended = NDArray[np.longdouble]

DAYS = ("tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")  # against monday
COEFFICIENTS: dict[Shape, int] = {
    "linear": 1, "weekday": len(DAYS), "season": 2, "above": 2, "below": 2, "both": 3,
}  # fmt: skip
BENT = ("above", "below", "both")


@dataclass(frozen=True, slots=True)
class Term:
    """One driver of a model.

    shape: of its effect; "weekday" takes 0 (Monday) to 6, "season" the phase of the year from 0 to
    1, "above", "below" and "both" bend at `at` [unit of the driver].
    slope: derivative of the expected use by the driver on the bent side; the difference of both
    sides' where it is "both".
    """

    driver: str
    shape: Shape = "linear"
    at: float = 0.0
    slope: float = 1.0

    @property
    def names(self) -> tuple[str, ...]:
        """Of its coefficients, without the place of the bend."""
        if self.shape == "weekday":
            return DAYS
        if self.shape == "season":
            return ("season cos", "season sin")
        return (self.driver, f"{self.driver} above") if self.shape == "both" else (self.driver,)

    @property
    def bend(self) -> str | None:
        """The name of the place of the bend."""
        return f"{self.driver} change point" if self.shape in BENT else None

    def columns(self, x: Extended) -> list[Extended]:
        """Values (n,) of the driver as the columns of its coefficients."""
        if self.shape == "linear":
            return [x]
        if self.shape == "weekday":
            return [(x == day).astype(np.longdouble) for day in range(1, 7)]
        if self.shape == "season":
            turn = 2 * np.pi * x
            return [np.cos(turn), np.sin(turn)]
        over = np.maximum(x - self.at, 0)
        if self.shape == "above":
            return [over]
        return [np.maximum(self.at - x, 0)] if self.shape == "below" else [x, over]

    def derivative(self, x: Extended) -> Extended:
        """Of the expected use by the place of the bend, at values (n,) of the driver."""
        bent = x < self.at if self.shape == "below" else x > self.at
        return np.where(bent, np.longdouble(-self.slope), np.longdouble(0))


@dataclass(frozen=True, eq=False)
class Basis:
    """How drivers (m, k) become design columns: those of their terms, minus centre, over scale."""

    terms: tuple[Term, ...]
    intercept: bool
    centre: Extended
    scale: Floats

    @classmethod
    def of(cls, X: Floats, terms: Sequence[Term], *, intercept: bool) -> Basis:
        """The basis in which the columns of X (n, k) are centred and of about unit length."""
        raw = columns(X, terms)
        width = raw.shape[1]
        centre = raw.mean(axis=0) if intercept else np.zeros(width, dtype=np.longdouble)
        spread = np.max(np.abs(raw - centre), axis=0, initial=0).astype(np.float64)
        spread[spread == 0] = 1.0
        # Powers of two scale without rounding.
        scale = np.exp2(np.round(np.log2(spread * np.sqrt(len(X)))))
        return cls(tuple(terms), intercept, centre, scale)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Of the coefficients, in their order."""
        first = ("intercept",) if self.intercept else ()
        return first + column_names(self.terms)

    @property
    def held(self) -> int:
        """How many of the last coefficients are places of bends, held where they were found."""
        return sum(term.bend is not None for term in self.terms)

    def design(self, X: Floats) -> Extended:
        """Design matrix (m, p) of drivers (m, k), in extended precision."""
        raw = columns(X, self.terms)
        first = int(self.intercept)
        design: Extended = np.ones((len(X), first + raw.shape[1]), dtype=np.longdouble)
        design[:, first:] = (raw - self.centre) / self.scale
        return design

    def places(self, driver: str) -> list[int]:
        """Where the coefficients of a driver stand."""
        term = next(term for term in self.terms if term.driver == driver)
        own = (*term.names, *([term.bend] if term.bend else []))
        return [self.names.index(name) for name in own]


def columns(X: Floats, terms: Sequence[Term]) -> Extended:
    """Drivers (m, k), one for each term, as the columns of all coefficients but the intercept."""
    extended = X.astype(np.longdouble)
    pairs = list(zip(terms, extended.T, strict=True))
    found = [column for term, x in pairs for column in term.columns(x)]
    found += [term.derivative(x) for term, x in pairs if term.bend]
    return np.column_stack(found) if found else np.empty((len(X), 0), dtype=np.longdouble)


def column_names(terms: Sequence[Term]) -> tuple[str, ...]:
    """The names of what `columns` gives."""
    named = [name for term in terms for name in term.names]
    return (*named, *(term.bend for term in terms if term.bend))
