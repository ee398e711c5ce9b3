"""What was really consumed and saved."""

from collections.abc import Callable
from pathlib import Path

import pytest

from simulators.report import truth_report
from simulators.scenario import Scenario, load_scenario
from tests.simulators.known_truth import consumed, saved

At = Callable[..., float]


def test_parts_of_a_span_sum_to_the_whole(kontum: Scenario, at: At) -> None:
    """Cut at an odd instant, within a minute."""
    edges = [at(2024, 3, 1), at(2024, 3, 9, 13, 7) + 11, 0.0]
    edges[2] = at(2024, 3, 20)
    whole = consumed(kontum.process, edges[0], edges[2])
    first = consumed(kontum.process, edges[0], edges[1])
    second = consumed(kontum.process, edges[1], edges[2])
    for name, amount in whole.items():
        assert first[name] + second[name] == pytest.approx(amount, rel=1e-10)


def test_nothing_is_saved_before_the_improvements(kontum: Scenario, at: At) -> None:
    """Exactly nothing: the same draws run on both sides."""
    savings = saved(kontum.process, at(2024, 11, 1), at(2025, 1, 1))
    assert all(saving.saving == 0 for saving in savings.values())


def test_the_improvements_save_what_the_demonstration_says(kontum: Scenario, at: At) -> None:
    """Electricity about 7 %, water and wastewater about 6 %, and no product is lost for it."""
    savings = saved(kontum.process, at(2025, 1, 1), at(2025, 3, 1))
    assert savings["electricity"].share == pytest.approx(0.075, abs=0.005)
    assert savings["water"].share == pytest.approx(0.061, abs=0.004)
    assert savings["wastewater"].share == pytest.approx(0.058, abs=0.004)
    assert savings["starch"].saving == 0
    assert savings["biogas"].saving == 0


def test_one_improvement_alone_can_be_undone(kontum: Scenario, at: At) -> None:
    """Closing residue drying saves no water; reusing water saves a little electricity."""
    span = at(2025, 1, 1), at(2025, 2, 1)
    drying = saved(kontum.process, *span, without=frozenset({"closed-residue-drying"}))
    reuse = saved(kontum.process, *span, without=frozenset({"water-reuse"}))
    assert drying["water"].saving == 0
    assert 0 < reuse["electricity"].saving < 0.1 * drying["electricity"].saving


def test_the_report_judges_claims_over_their_own_days(kontum: Scenario, at: At) -> None:
    """A claim that has ended stops at its last day; one that runs stops at the span's end."""
    start_ms = int(at(2025, 1, 1) * 1000)
    report = truth_report(kontum, start_ms, int(at(2025, 3, 11) * 1000))
    claims = report["claims"]
    assert claims["closed-drying"]["to"] == "2025-02-28T17:00:00.000Z"
    assert claims["less-wastewater"]["to"] == "2025-03-10T17:00:00.000Z"
    assert claims["closed-drying"]["share"] == pytest.approx(0.075, abs=0.005)
    assert claims["closed-drying"]["claimed"] == 0.05
    made, used = report["totals"]["starch"]["actual"], report["totals"]["water"]["actual"]
    assert report["specific"]["water per starch"]["actual"] == pytest.approx(used / made)


def test_the_truth_does_not_hang_on_the_meters(
    kontum: Scenario, kontum_path: Path, at: At, tmp_path: Path
) -> None:
    """The same process with other meters consumed the same."""
    for name in ("plant.toml", "process.toml"):
        (tmp_path / name).write_text((kontum_path.parent / name).read_text())
    changed = kontum_path.read_text().replace('error = "0.5 %"', 'error = "3 %"')
    (tmp_path / "scenario.toml").write_text(changed)
    other = load_scenario(tmp_path / "scenario.toml")
    span = at(2024, 3, 1), at(2024, 3, 3)
    assert consumed(other.process, *span) == consumed(kontum.process, *span)
