"""The rules of the house: who may import whom, and that the front door leads somewhere."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("plant", "agent", "collector", "dashboards", "simulators")
MAY_IMPORT = {
    "plant": {"plant"},
    "agent": {"agent", "plant"},
    "collector": {"collector", "plant"},
    "simulators": {"simulators", "plant"},
    "dashboards": {"dashboards", "collector", "plant"},
}


def imports(file: Path) -> set[str]:
    """The top names that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_the_house_allows(package: str) -> None:
    for file in sources(package):
        crossed = (imports(file) & {*PACKAGES, "cleanline"}) - MAY_IMPORT[package]
        assert not crossed, f"{file.relative_to(ROOT)} imports {crossed}"


def test_plant_needs_only_the_standard_library_and_pydantic() -> None:
    allowed = {"plant", "pydantic", "pydantic_core", *sys.stdlib_module_names}
    for file in sources("plant"):
        assert imports(file) <= allowed, f"{file.relative_to(ROOT)}: {imports(file) - allowed}"


def test_the_analysis_is_pure() -> None:
    """No clock, no socket, no file: such modules are not even imported."""
    forbidden = {
        "time",
        "socket",
        "sqlite3",
        "pathlib",
        "os",
        "io",
        "asyncio",
        "threading",
        "random",
    }
    for file in sources("collector/analysis"):
        assert not imports(file) & forbidden, f"{file.name}: {imports(file) & forbidden}"


def test_no_file_outgrows_its_idea() -> None:
    for package in PACKAGES:
        for file in sources(package):
            lines = len(file.read_text(encoding="utf-8").splitlines())
            assert lines <= 400, (
                f"{file.relative_to(ROOT)} has {lines} lines: which idea is the second?"
            )


def test_every_test_that_the_documents_name_exists() -> None:
    named = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
    found = 0
    for document in sorted((ROOT / "docs").rglob("*.md")):
        for file, test in named.findall(document.read_text(encoding="utf-8")):
            found += 1
            source = (ROOT / file).read_text(encoding="utf-8")
            assert f"def {test}(" in source, f"{document.name} names {file}::{test}"
    assert found > 40
