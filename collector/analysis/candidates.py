"""Which drivers the baseline uses: every subset of the plan's, one rule, no shopping.

The rule: of the candidates that pass the tests of DOE's SEP M&V protocol (F-test p <= 0.1, every
driver p <= 0.2, at least one p <= 0.1, R2 >= 0.5), the one with the highest adjusted R2; where
none passes, the mean of the baseline. The p of a driver with several coefficients (weekdays, a
season, a bend) is that of the partial F-test on all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from collector.analysis.change_point import NoChangePointError
from collector.analysis.design import BENT, COEFFICIENTS
from collector.analysis.messages import Message, UnusableError
from collector.analysis.observations import Observations
from collector.analysis.regression import Fit, IllConditionedError, fit, is_constant

F_P_LIMIT = 0.1
DRIVER_P_LIMIT = 0.2
BEST_DRIVER_P_LIMIT = 0.1
R2_LIMIT = 0.5
POINTS_PER_COEFFICIENT = 2
FEWEST_POINTS = 6
MOST_DRIVERS = 10
INFLATION_LIMIT = 1e6  # the part of a driver that is its own is then below what meters tell
MOST_DIGITS = 12  # of two adjusted R2 that are told apart
RULE = (
    "of all subsets of the drivers, the one with the highest adjusted R2 among those with "
    f"F-test p <= {F_P_LIMIT}, every driver p <= {DRIVER_P_LIMIT}, at least one driver "
    f"p <= {BEST_DRIVER_P_LIMIT} and R2 >= {R2_LIMIT}; the baseline's mean where none is left"
)
TERMS_RULE = (
    "the p of a driver with several coefficients is that of the partial F-test on all of them; a "
    "change point is where the squares are least, counted as a coefficient"
)


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One subset of the plan's drivers: its fit, unless it was refused, and why it was (not) used.

    `valid` says that it passed every test; exactly one candidate is `used`.
    """

    drivers: tuple[str, ...]
    fit: Fit | None
    valid: bool
    used: bool
    why: Message


def candidates(baseline: Observations, *, intercept: bool = True) -> tuple[Candidate, ...]:
    """Every candidate, fewest drivers first; the last is the mean model.

    Raises UnusableError for too few points, too many drivers, or a column that never changes.
    """
    _refuse_hopeless(baseline)
    tested = [_tested(baseline, drivers, intercept) for drivers in _subsets(baseline.names)]
    if tested and all(one.fit is None for one in tested):
        raise UnusableError(Message("nothing-fits", {}))
    best = _best(tested)
    mean = _fit(baseline, (), True)
    if best is None:
        why = Message("mean-used", {})
    else:
        why = Message("mean-not-needed", {"drivers": _listed(tested[best].drivers)})
        tested = [_ranked(one, tested[best]) for one in tested]
    return (*tested, Candidate((), mean, True, best is None, why))


def used(candidates: tuple[Candidate, ...]) -> Candidate:
    """The candidate that the rule chose."""
    return next(one for one in candidates if one.used)


def _refuse_hopeless(baseline: Observations) -> None:
    if baseline.n < FEWEST_POINTS:
        counts = {"n": baseline.n, "needed": FEWEST_POINTS}
        raise UnusableError(Message("few-baseline-points", counts))
    if len(baseline.names) > MOST_DRIVERS:
        counts = {"k": len(baseline.names), "limit": MOST_DRIVERS}
        raise UnusableError(Message("many-drivers", counts))
    if is_constant(baseline.y):
        key = "constant-consumption" if baseline.y.any() else "zero-consumption"
        raise UnusableError(Message(key, {}))
    for name, column in zip(baseline.names, baseline.X.T, strict=True):
        if is_constant(column):
            key = "constant-driver" if column.any() else "zero-driver"
            raise UnusableError(Message(key, {"driver": name}))


def _subsets(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for size in range(1, len(names) + 1):
        yield from combinations(names, size)


def _fit(baseline: Observations, drivers: tuple[str, ...], intercept: bool) -> Fit:
    columns, shapes = baseline.columns(drivers), baseline.shapes
    return fit(baseline.y, columns, drivers=drivers, intercept=intercept, shapes=shapes)


def _tested(baseline: Observations, drivers: tuple[str, ...], intercept: bool) -> Candidate:
    """A candidate before ranking; `why` is its first failed test, or that it passed."""
    coefficients = sum(COEFFICIENTS[baseline.shapes.get(name, "linear")] for name in drivers)
    needed = POINTS_PER_COEFFICIENT * (coefficients + intercept)
    if baseline.n < needed:
        why = Message("too-few-points", {"n": baseline.n, "needed": needed})
        return Candidate(drivers, None, False, False, why)
    inseparable = Message("ill-conditioned", {"drivers": _listed(drivers)})
    try:
        fitted = _fit(baseline, drivers, intercept)
    except IllConditionedError:
        return Candidate(drivers, None, False, False, inseparable)
    except NoChangePointError:
        why = Message("no-change-point", {"drivers": _bending(baseline, drivers)})
        return Candidate(drivers, None, False, False, why)
    if (fitted.vif > INFLATION_LIMIT).any():
        return Candidate(drivers, None, False, False, inseparable)
    failed = _failed(fitted)
    return Candidate(drivers, fitted, failed is None, False, failed or Message("passed", {}))


def _failed(fitted: Fit) -> Message | None:
    p_values = fitted.driver_p_values
    worst = max(fitted.drivers, key=lambda name: p_values[name])
    best = min(p_values.values())
    if fitted.f_p is None or not fitted.f_p <= F_P_LIMIT:
        return Message("f-test", {"p": fitted.f_p, "limit": F_P_LIMIT})
    if not p_values[worst] <= DRIVER_P_LIMIT:
        return Message("driver-p", {"driver": worst, "p": p_values[worst], "limit": DRIVER_P_LIMIT})
    if not best <= BEST_DRIVER_P_LIMIT:
        return Message("best-driver-p", {"p": best, "limit": BEST_DRIVER_P_LIMIT})
    if fitted.r2 is None or not fitted.r2 >= R2_LIMIT:
        return Message("r2", {"r2": fitted.r2, "limit": R2_LIMIT})
    return None


def _adjusted(one: Candidate) -> float:
    if one.fit is None or one.fit.adjusted_r2 is None:
        return float("-inf")
    return one.fit.adjusted_r2


def _best(tested: list[Candidate]) -> int | None:
    """Row of the valid candidate with the highest adjusted R2, the one with fewer drivers first."""
    valid = [row for row, one in enumerate(tested) if one.valid]
    return max(valid, key=lambda row: (_adjusted(tested[row]), -row), default=None)


def _ranked(one: Candidate, best: Candidate) -> Candidate:
    if one is best:
        why = Message("used", {"adjusted_r2": _adjusted(best)})
        return Candidate(one.drivers, one.fit, True, True, why)
    if not one.valid:
        return one
    own, its = _adjusted(one), _adjusted(best)
    digits = next((d for d in range(4, MOST_DIGITS) if f"{own:.{d}f}" != f"{its:.{d}f}"), 4)
    parameters = {"adjusted_r2": own, "best": its, "digits": digits}
    why = Message("lower-adjusted-r2", {**parameters, "drivers": _listed(best.drivers)})
    return Candidate(one.drivers, one.fit, True, False, why)


def _bending(baseline: Observations, drivers: tuple[str, ...]) -> str:
    return _listed(tuple(name for name in drivers if baseline.shapes.get(name) in BENT))


def _listed(drivers: tuple[str, ...]) -> str:
    return ", ".join(drivers)
