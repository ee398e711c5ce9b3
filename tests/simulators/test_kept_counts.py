"""What a plant had counted is kept between starts, and never trusted where it could be wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulators import kept_counts
from simulators.kept_counts import KeptCounts
from simulators.scenario import Scenario


def counted(scenario: Scenario, at_s: float, folder: Path) -> list[float]:
    """All amounts at an instant, by a timeline that begins with what is kept, and keeps its own."""
    timeline, kept = scenario.timeline(), KeptCounts(scenario, folder)
    kept.give(timeline)
    known = len(timeline.known)
    amounts = timeline.cumulative(scenario.process.names, np.array([at_s]))[:, 0].tolist()
    kept.take(timeline)
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


@pytest.mark.parametrize("child", ["counts", "dies"])
def test_two_processes_count_what_one_would(
    kontum: Scenario, at, monkeypatch: pytest.MonkeyPatch, *, child: str
) -> None:
    monkeypatch.setattr(kept_counts, "_has_another_processor", lambda: True)
    alone, abreast, until_s = kontum.timeline(), kontum.timeline(), at(2024, 8, 1)
    alone.cumulative(["starch"], np.array([until_s]))
    if child == "dies":
        monkeypatch.setattr(abreast, "flowed", _not_in_a_child(abreast.flowed))
    kept_counts.count_until(abreast, until_s)
    assert len(abreast.known) == (13 if child == "counts" else 6)
    assert np.array_equal(abreast.known, alone.known[: len(abreast.known)])


def _not_in_a_child(work: Callable[[int], Any]) -> Callable[[int], Any]:
    parent = os.getpid()
    return lambda number: work(number) if os.getpid() == parent else os._exit(1)


def test_another_seed_has_a_file_of_its_own_and_few_are_kept(
    kontum: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(kontum, file=kontum.file.model_copy(update={"seed": 2}))
    assert KeptCounts(other, tmp_path).path != KeptCounts(kontum, tmp_path).path
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert KeptCounts(kontum).path.parent == tmp_path / "cleanline"


@pytest.mark.parametrize("content", [b"", b"no numbers", b"\x93NUMPY\x01\x00"])
def test_a_spoilt_file_is_counted_anew(
    kontum: Scenario, at, tmp_path: Path, content: bytes
) -> None:
    path = KeptCounts(kontum, tmp_path).path
    path.write_bytes(content)
    assert counted(kontum, at(2024, 6, 1), tmp_path)[0] == 0
    assert counted(kontum, at(2024, 6, 1), tmp_path)[0] > 8, "and mended"


def test_a_folder_that_cannot_be_written_stops_nobody(kontum: Scenario, at, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert counted(kontum, at(2024, 6, 1), tmp_path / "file")[0] == 0
