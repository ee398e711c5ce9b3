"""The supervisor of the demonstration: ports that are its own, parts that must be alive."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from simulators.supervisor import PartError, Supervisor, free_port

CLAIM = "from simulators.supervisor import free_port; print(free_port({port}))"


def test_a_port_is_given_once_though_nobody_listens_there_yet() -> None:
    port = free_port(0)
    assert free_port(port) != port
    other = subprocess.run(
        [sys.executable, "-c", CLAIM.format(port=port)], capture_output=True, text=True, check=True
    )
    assert int(other.stdout) not in (0, port), "of another process neither"


def test_a_part_that_ended_is_not_ready_because_somebody_answers_in_its_place(
    tmp_path: Path,
) -> None:
    supervisor = Supervisor(tmp_path)
    part = supervisor.start("liar", "no-such-command")
    part.process.wait()
    with pytest.raises(PartError, match="the liar ended by itself"):
        supervisor.wait_for(part, lambda: True)
    supervisor.stop_all()
