"""What a plant had counted is kept between starts, and never trusted where it could be wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulators.kept_counts import KeptCounts
from simulators.process import Process
from simulators.scenario import Scenario
from simulators.timeline import Timeline


def counted(scenario: Scenario, at_s: float, folder: Path) -> list[float]:
    """All amounts at an instant, by a timeline that begins with what is kept, and keeps its own."""
    timeline = scenario.timeline()
    kept = KeptCounts(timeline, folder)
    kept.give()
    known = len(timeline.known)
    amounts = timeline.cumulative(scenario.process.names, np.array([at_s]))[:, 0].tolist()
    kept.take()
    return [known, *amounts]


def test_a_second_start_counts_nothing_again_and_comes_to_the_same(
    kontum: Scenario, at, tmp_path: Path
) -> None:
    first = counted(kontum, at(2024, 8, 1, 7), tmp_path)
    second = counted(kontum, at(2024, 8, 1, 7), tmp_path)
    assert (first[0], second[0]) == (0, 14)
    assert second[1:] == first[1:]
    assert counted(kontum, at(2024, 9, 1), tmp_path)[0] == 14
    assert counted(kontum, at(2024, 8, 1), tmp_path)[0] == 16, "the longer one stays"


def test_another_seed_has_a_file_of_its_own_and_few_are_kept(
    kontum: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Process.of(
        kontum.process.described, "Asia/Ho_Chi_Minh", kontum.file.model_copy(update={"seed": 2})
    )
    timelines = (kontum.timeline(), Timeline(other, kontum.file.origin))
    paths = {KeptCounts(timeline, tmp_path).path for timeline in timelines}
    assert len(paths) == len(timelines)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert KeptCounts(kontum.timeline()).path.parent == tmp_path / "cleanline"


@pytest.mark.parametrize("content", [b"", b"no numbers", b"\x93NUMPY\x01\x00"])
def test_a_spoilt_file_is_counted_anew(
    kontum: Scenario, at, tmp_path: Path, content: bytes
) -> None:
    path = KeptCounts(kontum.timeline(), tmp_path).path
    path.write_bytes(content)
    assert counted(kontum, at(2024, 6, 1), tmp_path)[0] == 0
    assert counted(kontum, at(2024, 6, 1), tmp_path)[0] > 8, "and mended"


def test_a_folder_that_cannot_be_written_stops_nobody(kontum: Scenario, at, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert counted(kontum, at(2024, 6, 1), tmp_path / "file")[0] == 0
