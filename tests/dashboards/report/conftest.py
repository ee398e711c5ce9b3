"""The mill of the evidence tests, its statement, and what a report makes of it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.evidence.export import Exported, export
from collector.evidence.gather import Materials
from collector.statement import Statement
from dashboards.formats import Language
from dashboards.report.content import Content

_PATH = Path(__file__).parents[2] / "collector" / "evidence" / "mill.py"
_SPEC = importlib.util.spec_from_file_location("report_mill", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
mill = importlib.util.module_from_spec(_SPEC)
sys.modules["report_mill"] = mill
_SPEC.loader.exec_module(mill)
FINGERPRINT = "f" * 64


def content_of(statement: Statement, language: Language = "en") -> Content:
    return Content(statement, language, FINGERPRINT, "0.1.0")


@pytest.fixture(scope="session")
def statement(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Statement]:
    """The mill's statement."""
    made = mill.Mill(tmp_path_factory.mktemp("mill"))
    yield made.statement()
    made.close()


@pytest.fixture(scope="session")
def content(statement: Statement) -> Content:
    """The same in English."""
    return content_of(statement)


@pytest.fixture
def make_content(tmp_path: Path) -> Iterator[Callable[..., Content]]:
    """`make_content((old, new), ..., language=...)`: of a mill whose file has texts replaced."""
    made: list[Any] = []

    def make(
        *changes: tuple[str, str], language: Language = "en", adjusted_by: float = 0.0
    ) -> Content:
        text = mill.PLANT
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        made.append(mill.Mill(tmp_path / f"mill-{len(made)}", text))
        if adjusted_by:
            made[-1].adjust(adjusted_by)
        return content_of(made[-1].statement(), language)

    yield make
    for one in made:
        one.close()


@pytest.fixture
def a_mill(tmp_path: Path) -> Iterator[Any]:
    """A mill of one's own."""
    made = mill.Mill(tmp_path / "own")
    yield made
    made.close()


@pytest.fixture
def exported(a_mill: Any) -> Exported:
    """Its evidence."""
    return export(Materials(a_mill.plant, a_mill.store, a_mill.ledger), a_mill.statement())
