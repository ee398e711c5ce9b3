"""The mill of ``mill.py`` and its evidence, made once."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.evidence.export import export
from collector.evidence.gather import Materials

_SPEC = importlib.util.spec_from_file_location("mill", Path(__file__).parent / "mill.py")
assert _SPEC is not None
assert _SPEC.loader is not None
mill = importlib.util.module_from_spec(_SPEC)
sys.modules["mill"] = mill
_SPEC.loader.exec_module(mill)


@pytest.fixture(scope="session")
def a_mill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A metered mill, never changed."""
    made = mill.Mill(tmp_path_factory.mktemp("mill"))
    yield made
    made.close()


@pytest.fixture
def make_mill(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """`make_mill(text)` gives a mill of one's own."""
    made: list[Any] = []

    def make(text: str = mill.PLANT) -> Any:
        made.append(mill.Mill(tmp_path / f"mill-{len(made)}", text))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def evidence(a_mill: Any) -> bytes:
    """The mill's evidence, as an archive."""
    held = Materials(a_mill.plant, a_mill.store, a_mill.ledger)
    return export(held, a_mill.statement()).archive
