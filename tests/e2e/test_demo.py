"""`cleanline demo` as a stranger runs it: every stage works, nothing is lost, nothing stays."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "cleanline", "demo", *arguments]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def processes_in(folder: Path) -> list[str]:
    """Command lines of processes that work in a folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            if str(folder) in line or (entry / "cwd").resolve() == folder:
                found.append(line)
        except OSError:
            continue
    return found


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """One demonstration of 30 seconds, or longer where the machine is slow."""
    folder = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        command("--for", "30s", "--json"),
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert not processes_in(folder)
    assert list((folder / "demo").iterdir()) == [], "its files are cleared away"
    return json.loads(done.stdout)


def test_every_reading_that_was_sent_is_stored(outcome) -> None:
    assert outcome["ok"] is True
    assert outcome["readings"]["sent"] == outcome["readings"]["stored"] > 400_000
    assert outcome["packs"]["sent"] == outcome["packs"]["stored"] > 100
    assert outcome["readings"]["lost"] == outcome["packs"]["lost"] == 0


def test_consumption_per_tonne_stands_against_the_baseline_year(outcome) -> None:
    """The figures lie where the sources of the simulated plant put them."""
    electricity, water, wastewater = (
        outcome["resources"][name] for name in ("electricity", "water", "wastewater")
    )
    assert {one["month"] for one in outcome["resources"].values()} == {electricity["month"]}
    assert electricity["unit"] == "kWh/t"
    assert 185 < electricity["baseline"] < 205
    assert 14.5 < water["baseline"] < 16.7
    assert 15.7 < wastewater["baseline"] < 16.2, "of the whole year, not of what was derived first"
    assert outcome["resources"]["biogas"]["baseline"] is not None
    for resource in (electricity, water, wastewater):
        assert resource["specific"] < resource["baseline"], "the improvements took effect"


def test_the_claims_are_judged_and_the_running_one_is_not(outcome) -> None:
    claims = {claim["claim"]: claim for claim in outcome["claims"]}
    electricity = claims["closed-drying"]
    assert electricity["verdict"] in ("proven", "plausible")
    assert electricity["saving_low_percent"] < 7.7 < electricity["saving_high_percent"] + 1
    assert claims["water-reuse"]["verdict"] in ("proven", "plausible", "undecided")
    assert claims["less-wastewater"]["verdict"] is None
    for claim in claims.values():
        assert claim["plan"]["locks"][0]["readings_known"] == 0, "locked before anything was seen"


def test_ctrl_c_ends_all_of_it(tmp_path: Path, wait_until: Callable[..., None]) -> None:
    with (tmp_path / "screen").open("wb") as screen:
        demo = subprocess.Popen(
            command(), cwd=tmp_path, env=environment(), stdout=screen, stderr=screen
        )
    try:
        wait_until(lambda: len(processes_in(tmp_path)) >= 4, "the parts running")
        demo.send_signal(signal.SIGINT)
        assert demo.wait(120) == 0
        wait_until(lambda: not processes_in(tmp_path), "every process gone")
    finally:
        demo.kill()
        demo.wait()


def test_asked_twice_to_end_it_clears_away_its_files_all_the_same(
    tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    """`timeout` signals its child and then the whole group; people press Ctrl-C again."""
    with (tmp_path / "screen").open("wb") as screen:
        demo = subprocess.Popen(
            command(), cwd=tmp_path, env=environment(), stdout=screen, stderr=screen
        )
    try:
        wait_until(lambda: len(processes_in(tmp_path)) >= 4, "the parts running")
        demo.send_signal(signal.SIGTERM)
        while demo.poll() is None:
            demo.send_signal(signal.SIGTERM)
            demo.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                demo.wait(0.1)
        assert demo.returncode == 0, (tmp_path / "screen").read_text("utf-8")
        assert list((tmp_path / "demo").iterdir()) == []
        assert not processes_in(tmp_path)
    finally:
        demo.kill()
        demo.wait()


def test_a_taken_port_means_another_one_and_that_is_said(
    tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        screen = tmp_path / "screen"
        with screen.open("wb") as output:
            demo = subprocess.Popen(
                command("--port", str(port)),
                cwd=tmp_path,
                env=environment(),
                stdout=output,
                stderr=output,
            )
        try:
            said = f"port {port} (pages) is taken: using "
            wait_until(lambda: said in screen.read_text("utf-8"), "the other port said")
        finally:
            demo.send_signal(signal.SIGINT)
            demo.wait(120)


def test_a_killed_supervisor_leaves_no_process_behind(
    tmp_path: Path, wait_until: Callable[..., None]
) -> None:
    with (tmp_path / "screen").open("wb") as screen:
        demo = subprocess.Popen(
            command(), cwd=tmp_path, env=environment(), stdout=screen, stderr=screen
        )
    wait_until(lambda: len(processes_in(tmp_path)) >= 4, "the parts running")
    demo.kill()
    demo.wait()
    wait_until(lambda: not processes_in(tmp_path), "every process gone")
