"""One collector to a data folder, unless all were told to share it; one of them derives."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from collector.lease import COLLECTOR_LOCK, Lease, claim
from plant.errors import UsageError

ROOT = Path(__file__).parents[2]
HOLD = """
import sys, time
from pathlib import Path
from collector.lease import claim
held = claim(Path(sys.argv[1]), shared=sys.argv[2] == "shared")
print("held", flush=True)
time.sleep(60)
"""


def hold(data: Path, how: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data), how],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.parametrize("how", ["alone", "shared"])
def test_a_second_collector_of_a_folder_is_refused_in_one_line_until_the_first_is_gone(
    tmp_path: Path, how: str
) -> None:
    first = hold(tmp_path, how)
    try:
        with pytest.raises(UsageError, match="in use by another collector") as refused:
            claim(tmp_path)
        assert "\n" not in str(refused.value)
        assert (f"process {first.pid}" in str(refused.value)) == (how == "alone")
    finally:
        first.send_signal(signal.SIGKILL)
        first.communicate()
    claim(tmp_path).release()


def test_collectors_that_share_stand_beside_each_other_but_not_beside_one_that_does_not(
    tmp_path: Path,
) -> None:
    first = claim(tmp_path, shared=True)
    second = claim(tmp_path, shared=True)
    first.release()
    second.release()
    alone = claim(tmp_path)
    with pytest.raises(UsageError, match="does not share it; start that one with --share too"):
        claim(tmp_path, shared=True)
    alone.release()


def test_a_lease_is_held_by_one_and_free_again_once_released(tmp_path: Path) -> None:
    one, other = Lease(tmp_path / "derive.lock"), Lease(tmp_path / "derive.lock")
    assert one.take()
    assert one.take(), "what is held is held"
    assert not other.take()
    one.release()
    assert other.take()
    other.release()


@pytest.mark.slow
def test_the_command_says_who_is_in_the_way(tmp_path: Path) -> None:
    plant = tmp_path / "plant.toml"
    plant.write_text('[plant]\nid = "mill"\nname = "M"\ntimezone = "Asia/Ho_Chi_Minh"\n', "utf-8")
    first = hold(tmp_path / "data", "alone")
    options = ["--broker", "mqtt://127.0.0.1:9", "--port", "0", "--data", str(tmp_path / "data")]

    def run(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "cleanline", "collector", str(plant), *options, *more],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    try:
        refused = run()
    finally:
        first.kill()
        first.communicate()
    assert refused.returncode == 2
    assert refused.stderr.splitlines() == [
        (
            f"collector: {tmp_path / 'data'} is in use by another collector (process {first.pid}); "
            "stop that one, name another --data, or start both with --share and an InfluxDB"
        )
    ]
    one_writer = run("--share")
    assert one_writer.returncode == 2
    assert "the embedded store has one writer" in one_writer.stderr
    assert (tmp_path / "data" / COLLECTOR_LOCK).exists()
