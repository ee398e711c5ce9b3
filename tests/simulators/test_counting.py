"""What another process counts is what one alone would count, whatever becomes of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from plant.toml_file import Document
from simulators import counting
from simulators.counting import Counting, early_timeline
from simulators.documents import Documents, read_documents
from simulators.scenario import Scenario


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(counting, "_has_another_processor", lambda: True)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.mark.parametrize("child", ["counts all", "dies at once", "dies amid"])
def test_two_processes_count_what_one_would(
    kontum: Scenario, at, monkeypatch: pytest.MonkeyPatch, *, child: str
) -> None:
    alone, abreast, until_s = kontum.timeline(), kontum.timeline(), at(2024, 8, 1)
    alone.cumulative(["starch"], np.array([until_s]))
    by_parent: list[int] = []
    least = {"counts all": 0, "dies at once": 99, "dies amid": 9}[child]
    monkeypatch.setattr(abreast, "flowed", _noted(abreast.flowed, by_parent, least))
    begun = Counting(abreast, until_s)
    os.waitid(os.P_PID, begun._child or 0, os.WEXITED | os.WNOWAIT)  # it is ready
    assert begun.finish(until_s) is abreast
    assert np.array_equal(abreast.known, alone.known)
    assert by_parent == list(range(min(least, 13)))


def _noted(work: Callable[[int], Any], noted: list[int], least: int) -> Callable[[int], Any]:
    """Note what the parent counts; the child ends at a block below `least`."""
    parent = os.getpid()

    def flowed(number: int) -> Any:
        if os.getpid() == parent:
            noted.append(number)
        elif number < least:
            os._exit(1)
        return work(number)

    return flowed


def test_whoever_gives_up_leaves_no_process_behind(kontum: Scenario, at) -> None:
    with Counting(kontum.timeline(), at(2025, 8, 1)) as begun:
        child = begun._child
        assert child is not None
    with pytest.raises(ChildProcessError):
        os.waitpid(child, os.WNOHANG)


def test_what_is_counted_early_is_of_the_scenario_that_is_served(
    kontum: Scenario, kontum_path: Path
) -> None:
    early = early_timeline(read_documents(kontum_path))
    assert early is not None
    assert early.process.described == kontum.process.described
    assert early.process.improvements == kontum.process.improvements
    assert (early.origin, early.process.draws.seed) == (kontum.file.origin, kontum.file.seed)
    assert early.process.clock.zone == kontum.plant.plant.timezone


@pytest.mark.parametrize(
    ("file", "wrong"),
    [("scenario", {"seed": -1}), ("plant", {"plant": {}}), ("plant", {"plant": 3}),
     ("process", {"name": 1}), ("plant", {"plant": {"timezone": "Mars/Olympus"}})],
)  # fmt: skip
def test_nothing_is_counted_early_of_files_that_are_wrong(
    kontum_path: Path, *, file: str, wrong: dict[str, Any]
) -> None:
    documents = read_documents(kontum_path)
    spoilt = getattr(documents, file).content | wrong
    told = {**vars(documents), file: Document("a.toml", spoilt, "")}
    assert early_timeline(documents) is not None
    assert early_timeline(Documents(**told)) is None
