"""The pytest plugin, as another project's tests use it: every test of its documentation is run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from simulators.ports import reserved_ports

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "testing-with-cleanline.md"
FILES = dict(
    re.findall(r"^```(?:python|toml)\n# (\S+)\n(.*?)^```", DOCUMENT.read_text(), re.M | re.S)
)
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def project(tmp_path: Path) -> Run:
    """Runs pytest on files of another project, which has Cleanline installed and knows no more."""
    site = tmp_path / "site"
    info = site / "cleanline-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: cleanline\nVersion: 0.1.0\n")
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    lines = [f"{name} = {place}" for name, place in points["pytest11"].items()]
    (info / "entry_points.txt").write_text("[pytest11]\n" + "\n".join(lines) + "\n")
    folder = tmp_path / "project"
    folder.mkdir()

    def run(*arguments: str, **files: str) -> subprocess.CompletedProcess[str]:
        for name, text in files.items():
            (folder / f"{name}.py").write_text(text)
        if not (folder / "pyproject.toml").exists():
            (folder / "pyproject.toml").write_text("[tool.pytest.ini_options]\n")
        temporary = ["--basetemp", str(tmp_path / "parts"), "-p", "no:cacheprovider"]
        return subprocess.run(
            [sys.executable, "-m", "pytest", *temporary, *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": f"{site}:{ROOT}"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    return run


def still_running(folder: Path) -> list[str]:
    """Command lines of processes that name a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(folder) in line:
            found.append(line)
    return found


def test_the_entry_point_leads_to_the_five_fixtures() -> None:
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    plugin = import_module(points["pytest11"]["cleanline"])
    for name in ("plant", "broker", "store", "agent", "collector"):
        assert name in vars(plugin)


def test_pytest_starts_without_anything_heavy() -> None:
    heavy = {"numpy", "pydantic", "pymodbus", "paho", "iotcore", "plant", "scipy", "asyncio"}
    code = (
        "import sys, pytest; before = set(sys.modules); import simulators.pytest_plugin\n"
        f"print(sorted(({heavy!r} & set(sys.modules)) - before))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert told.stdout == "[]\n"


@pytest.mark.proof
@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".py")])
def test_the_documentation_is_true(project: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "project" / "pyproject.toml").write_text(FILES["pyproject.toml"])
    told = project("-W", "error", "--strict-markers", **{name.removesuffix(".py"): FILES[name]})
    assert told.returncode == 0, told.stdout + told.stderr
    assert re.search(r"[1-9]\d* passed", told.stdout), told.stdout
    assert still_running(tmp_path) == []


FAILS = """
import os, signal

def test_fails(plant, broker):
    raise RuntimeError("on purpose")

def test_a_part_dies(plant):
    os.kill(plant.process._part.process.pid, signal.SIGKILL)
"""


@pytest.mark.proof
def test_a_test_that_fails_leaves_no_process_and_shows_what_the_parts_said(
    project: Run, tmp_path: Path
) -> None:
    told = project(test_fails=FAILS)
    assert "1 failed, 1 passed" in told.stdout, told.stdout
    assert "cleanline simulator" in told.stdout
    assert "cleanline broker" in told.stdout
    assert still_running(tmp_path) == []


KILLED = """
import os, signal

def test_pytest_is_killed(plant, broker):
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.proof
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_even_a_killed_pytest_leaves_no_process(
    project: Run, tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    assert project(test_killed=KILLED).returncode == -9
    wait_until(lambda: still_running(tmp_path) == [], "every part gone")


PARALLEL = """
import pytest
from pymodbus.client import ModbusTcpClient

@pytest.mark.parametrize("number", range(4))
@pytest.mark.cleanline(at="2025-01-15T10:00", speed=0)
def test_side_by_side(plant, broker, number):
    with ModbusTcpClient("127.0.0.1", port=plant.port, timeout=60) as client:
        assert client.read_holding_registers(3203, count=4, device_id=1).registers[2:] == WORDS
"""


@pytest.mark.proof
def test_workers_side_by_side_read_the_same_registers_at_the_same_time(project: Run) -> None:
    alone = project("-n", "2", test_side=PARALLEL.replace("== WORDS", "!= [0, 0]"))
    assert "4 passed" in alone.stdout, alone.stdout
    told = project("-n", "2", test_side=PARALLEL.replace("== WORDS", "== [1]"))
    assert len(set(re.findall(r"assert (\[\d+, \d+\]) == \[1\]", told.stdout))) == 1, told.stdout


OVERRIDDEN = """
import pytest

@pytest.fixture
def broker():
    return "mine"

def test_mine(broker):
    assert broker == "mine"
"""


def test_a_fixture_of_the_users_own_takes_the_place_of_ours(project: Run) -> None:
    assert "1 passed" in project(test_mine=OVERRIDDEN).stdout


SESSION = """
seen = []

def test_one(broker):
    seen.append(broker.port)

def test_two(broker):
    assert seen == [broker.port]
"""


@pytest.mark.proof
def test_parts_may_live_for_a_whole_session(project: Run) -> None:
    told = project("-o", "cleanline_scope=session", test_session=SESSION)
    assert "2 passed" in told.stdout, told.stdout


def test_wrong_use_is_said_in_a_line(project: Run) -> None:
    told = project("-o", "cleanline_scope=for-ever", test_mine=OVERRIDDEN)
    assert "cleanline_scope: one of function, class" in told.stderr


def test_ports_are_never_given_twice_at_a_time() -> None:
    with reserved_ports(5) as some, reserved_ports(5) as others:
        assert len({*some, *others}) == 10
