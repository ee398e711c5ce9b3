"""What may not reach a fit is refused in one line, or left out and counted."""

from __future__ import annotations

import numpy as np
import pytest

from collector.analysis.observations import observe, refuse_overlap
from plant.errors import AnalysisError


def test_rows_are_sorted_by_step_with_everything_they_hold():
    """Order of arrival does not matter."""
    got = observe([5, 2, 9], [50.0, 20.0, 90.0], X=[[5], [2], [9]], names=["a"])
    assert got.t.tolist() == [2, 5, 9]
    assert got.y.tolist() == [20, 50, 90]
    assert got.columns(["a"])[:, 0].tolist() == [2, 5, 9]


def test_excluded_rows_leave_a_gap_and_are_counted_by_reason():
    """A stop and a broken reading disappear from the numbers, not from the record."""
    got = observe(
        [0, 1, 2, 3], [1, np.nan, 3, 4], excluded={1: "meter broken", 3: "stop"}, names=[]
    )
    assert got.t.tolist() == [0, 2]
    assert got.excluded == {"meter broken": 1, "stop": 1}


def test_missing_values_are_refused_unless_told_to_be_left_out():
    """NaN is an error by default, and a counted exclusion when asked for."""
    data = {"X": [[1.0], [None], [3.0]], "names": ["starch"]}
    with pytest.raises(AnalysisError, match="step 11: starch is missing"):
        observe([10, 11, 12], [5.0, 6.0, 7.0], **data)
    with pytest.raises(AnalysisError, match="step 12: consumption is missing"):
        observe([10, 11, 12], [5.0, 6.0, np.inf], X=[[1], [2], [3]], names=["starch"])
    got = observe([10, 11, 12], [5.0, 6.0, np.nan], missing="exclude", **data)
    assert got.t.tolist() == [10]
    assert [(why.text(), count) for why, count in got.excluded.items()] == [
        ("consumption is missing", 1),
        ("starch is missing", 1),
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (([0, 1, 1], [1, 2, 3]), "step 1 is told twice"),
        (([0, 1], [1, 2, 3]), "2 steps for 3 values"),
        (([0.5, 1.0, 2.0], [1, 2, 3]), "whole numbers"),
        (([0, 1, 2], ["a", "b", "c"]), "not a number"),
    ],
)
def test_wrong_rows_are_refused_in_one_line(arguments, said):
    """Duplicated dates, lengths that differ and text each say what is wrong."""
    with pytest.raises(AnalysisError, match=said) as refused:
        observe(*arguments)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("names", [["a"], ["a", "a"], ["a", "intercept"]])
def test_drivers_must_be_named_once_each(names):
    """A missing, repeated or reserved name is refused."""
    with pytest.raises(AnalysisError):
        observe([0, 1], [1, 2], X=[[1, 2], [3, 4]], names=names)


def test_periods_must_follow_each_other():
    """Overlap and reversed order are told apart; a gap between the periods is allowed."""
    early, late = observe([0, 1, 2], [1, 2, 3]), observe([2, 3], [1, 2])
    with pytest.raises(AnalysisError, match="overlap"):
        refuse_overlap(early, late)
    with pytest.raises(AnalysisError, match="lies before the baseline"):
        refuse_overlap(observe([7, 8], [1, 2]), early)
    refuse_overlap(early, observe([50, 51], [1, 2]))
