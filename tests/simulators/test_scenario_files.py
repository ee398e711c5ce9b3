"""Scenario files that stand on others, and the shipped ones."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plant.check import load_plant
from plant.errors import ScenarioFileError, UsageError
from simulators.documents import shipped_scenarios
from simulators.scenario import load_scenario, write_scenario
from simulators.toml_text import merged, toml_text

VALUES = st.recursive(
    st.booleans() | st.integers(-(2**60), 2**60) | st.text() | st.dates()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.slow
@given(st.dictionaries(st.text(), VALUES, max_size=4))
def test_what_is_written_is_read_again(content: dict) -> None:
    assert tomllib.loads(toml_text(content)) == content


def test_changes_join_tables_and_replace_all_else() -> None:
    base = {"a": {"x": 1, "y": [1, 2]}, "b": 3}
    assert merged(base, {"a": {"y": [9]}, "c": 4}) == {"a": {"x": 1, "y": [9]}, "b": 3, "c": 4}
    assert base["a"]["y"] == [1, 2]


@pytest.mark.slow
@pytest.mark.parametrize("path", shipped_scenarios(), ids=lambda path: path.stem)
def test_every_shipped_scenario_says_what_it_is_and_what_is_true_of_it(path: Path) -> None:
    scenario = load_scenario(Path(path.stem))
    assert scenario.file.says.endswith(".")
    truth = scenario.file.truth
    assert truth.verdicts, "it puts the collector to some test"
    assert set(truth.covered) <= set(scenario.plant.claims)


@pytest.mark.slow
def test_there_are_at_least_twenty_scenarios_and_every_verdict_among_them() -> None:
    scenarios = [load_scenario(path) for path in shipped_scenarios()]
    assert len(scenarios) >= 20
    verdicts = {v for s in scenarios for v in s.file.truth.verdicts.values()}
    assert {"proven", "refuted", "undecided"} <= verdicts


def test_a_written_scenario_is_the_same_scenario(tmp_path: Path) -> None:
    """Its plant file is what agent and collector read: same hash, same numbers."""
    for name in ("meter-swap", "honest-saving"):
        original = load_scenario(Path(name))
        written = load_scenario(write_scenario(Path(name), tmp_path / name))
        assert written.plant.config == original.plant.config
        assert load_plant(tmp_path / name / "plant.toml").config == original.plant.config
        assert written.file.model_dump(exclude={"plant", "process", "changed"}) == (
            original.file.model_dump(exclude={"plant", "process", "changed"})
        )
        day = original.file.origin.toordinal() + 400
        assert (written.process.day(day).amounts == original.process.day(day).amounts).all()
    assert load_plant(tmp_path / "meter-swap/plant.toml").meters["incomer"].events


def test_another_truth_is_another_hash_and_another_path_is_not(tmp_path: Path) -> None:
    first = write_scenario(Path("honest-saving"), tmp_path / "a")
    second = write_scenario(Path("honest-saving"), tmp_path / "b")
    assert load_scenario(first).config == load_scenario(second).config
    second.write_text(second.read_text().replace("0.23", "0.24"))
    assert load_scenario(first).config != load_scenario(second).config


def test_files_that_extend_each_other_for_ever_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('extends = "b.toml"\n')
    (tmp_path / "b.toml").write_text('extends = "a.toml"\n')
    with pytest.raises(UsageError, match="files extend each other"):
        load_scenario(tmp_path / "a.toml")


def test_a_verdict_on_a_claim_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text('extends = "nothing-saved"\n[truth]\nverdicts = { electrcity = "proven" }\n')
    with pytest.raises(ScenarioFileError, match="did you mean 'electricity'"):
        load_scenario(path)


def test_every_fault_that_is_written_wrongly_is_told_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "s.toml"
    path.write_text(
        'extends = "kontum-starch"\n'
        '[[faults]]\nkind = "silense"\nmeter = "incomer"\n'
        '[[faults]]\nkind = "slow"\nmetre = "incomer"\nby = "3 kg"\n'
        '[[faults]]\nmeter = "incomer"\n'
        '[[faults]]\nkind = "exception"\nmeter = "incomer"\ncode = 77\n'
    )
    with pytest.raises(ScenarioFileError) as caught:
        load_scenario(path)
    told = str(caught.value).replace(f"{path}:", "").splitlines()
    assert [line.partition(" ")[0] for line in told] == ["3:", "7:", "8:", "9:", "14:"]
    assert "faults.0.kind: found 'silense'" in told[0]
    assert "did you mean 'silence'?" in told[0]
    assert "slow has meter, bus" in told[1]
    assert "did you mean 'meter'?" in told[1]
    assert "faults.2.kind: found nothing" in told[3]


def test_a_scenario_that_is_not_there_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--list"):
        load_scenario(Path("honest-savng"))
