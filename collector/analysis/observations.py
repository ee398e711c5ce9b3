"""What the regression sees of one period: a step index, consumption, and its drivers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from collector.analysis.messages import Message
from plant.errors import AnalysisError

Floats = NDArray[np.float64]
Steps = NDArray[np.int64]
Reason = str | Message  # why a row is left out; what a person wrote, or a sentence of ours
Shape = Literal["linear", "weekday", "season", "above", "below", "both"]  # see design.py


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """One period, one row a step, in order of time; excluded rows are counted but hold no number.

    t: (n,) step index on one axis for both periods, so that a missing step leaves a gap.
    y: (n,) consumption [unit of the resource]. X: (n, k) drivers, named by `names`.
    excluded: reason -> number of rows left out.
    shapes: driver -> how it enters, for those that do not enter as they are.
    labels: step -> what people call it; not every step needs one.
    """

    t: Steps
    y: Floats
    X: Floats
    names: tuple[str, ...]
    excluded: Mapping[Reason, int] = field(default_factory=dict)
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    labels: Mapping[int, str] = field(default_factory=dict)

    @property
    def n(self) -> int:
        """Number of rows."""
        return int(self.y.size)

    def columns(self, names: Sequence[str]) -> Floats:
        """Drivers (n, len(names)) in the order asked for."""
        return self.X[:, [self.names.index(name) for name in names]]


def observe(
    t: ArrayLike,
    y: ArrayLike,
    *,
    X: ArrayLike | None = None,
    names: Sequence[str] = (),
    excluded: Mapping[int, Reason] | None = None,
    missing: str = "refuse",
    shapes: Mapping[str, Shape] | None = None,
    labels: Mapping[int, str] | None = None,
) -> Observations:
    """Checked observations, sorted by t.

    excluded: row number -> reason; such a row may hold anything.
    missing: what a row that is not finite means: "refuse" raises, "exclude" counts it.
    Raises AnalysisError for wrong shapes, a step told twice, or a number that is not finite.
    """
    values = _numbers(y, "consumption")
    matrix = _matrix(X, values.size, names)
    steps = _steps(t, values.size)
    reasons: dict[int, Reason] = dict(excluded or {})
    for row, reason in _not_finite(values, matrix, names).items():
        if row in reasons:
            continue
        if missing != "exclude":
            why = reason.text()
            raise AnalysisError(f"step {steps[row]}: {why}; leave the step out, with a reason")
        reasons[row] = reason
    if any(not 0 <= row < values.size for row in reasons):
        raise AnalysisError(f"excluded rows must lie within 0 and {values.size - 1}")
    kept = np.array([row for row in range(values.size) if row not in reasons], dtype=np.int64)
    kept = kept[np.argsort(steps[kept], kind="stable")]
    _refuse_repeats(steps[kept])
    counts = Counter(reasons.values())
    in_order = {reason: counts[reason] for reason in sorted(counts, key=_text)}
    entering = {name: shape for name, shape in (shapes or {}).items() if name in names}
    return Observations(
        steps[kept], values[kept], matrix[kept], tuple(names), in_order, entering, labels or {}
    )


def refuse_overlap(baseline: Observations, reporting: Observations) -> None:
    """Raise AnalysisError unless the whole baseline lies before the whole reporting period."""
    if baseline.names != reporting.names:
        raise AnalysisError(
            f"the baseline has the drivers {list(baseline.names)}, "
            f"the reporting period {list(reporting.names)}; give both the same"
        )
    if not baseline.n or not reporting.n:
        return
    if reporting.t[0] > baseline.t[-1]:
        return
    if reporting.t[-1] < baseline.t[0]:
        raise AnalysisError("the reporting period lies before the baseline; swap the two periods")
    raise AnalysisError("baseline and reporting period overlap; let one end before the other")


def _numbers(values: ArrayLike, what: str) -> Floats:
    try:
        numbers: Floats = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise AnalysisError(f"{what} holds something that is not a number: {error}") from None
    return numbers


def _matrix(X: ArrayLike | None, n: int, names: Sequence[str]) -> Floats:
    if len(set(names)) != len(names) or "intercept" in names:
        raise AnalysisError(f"driver names must differ, and none be 'intercept': {list(names)}")
    matrix = np.empty((n, 0)) if X is None else _numbers(X, "a driver")
    if matrix.ndim == 1:
        matrix = matrix.reshape(n, -1) if n else np.empty((0, len(names)))
    if matrix.shape != (n, len(names)):
        raise AnalysisError(
            f"drivers have the shape {matrix.shape}, wanted {(n, len(names))} for {list(names)}"
        )
    return matrix


def _steps(t: ArrayLike, n: int) -> Steps:
    raw: NDArray[Any] = np.asarray(t)
    if raw.shape != (n,):
        raise AnalysisError(f"{raw.size} steps for {n} values of consumption; give one each")
    if n and not np.issubdtype(raw.dtype, np.integer):
        raise AnalysisError("steps must be whole numbers, counted on one axis for both periods")
    return raw.astype(np.int64)


def _text(reason: Reason) -> str:
    return reason if isinstance(reason, str) else reason.text()


def _not_finite(y: Floats, X: Floats, names: Sequence[str]) -> dict[int, Message]:
    rows = {
        int(row): Message("lacks", {"what": name})
        for name, column in zip(names, X.T, strict=True)
        for row in np.flatnonzero(~np.isfinite(column))
    }
    lacks = Message("lacks-consumption", {})
    return rows | {int(row): lacks for row in np.flatnonzero(~np.isfinite(y))}


def _refuse_repeats(sorted_steps: Steps) -> None:
    repeated = sorted_steps[1:][np.diff(sorted_steps) == 0]
    if repeated.size:
        raise AnalysisError(f"step {repeated[0]} is told twice; keep one of the two")
