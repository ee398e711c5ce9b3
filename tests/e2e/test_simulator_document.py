"""docs/simulator.md: every block of commands does what it says, with other ports."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.commands import VERBS
from simulators.ports import reserved_ports

pytestmark = [pytest.mark.slow, pytest.mark.proof]
ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^## ([^\n]+)$|^```sh\n(.*?)^```", TEXT, re.M | re.S)
PORTS = ("15020", "15021", "1883", "8080", "9100")
# `write` gives the shipped plant's ports; ours stand in their place.
SHIM = """#!/bin/bash
if [ "${{1-}} ${{2-}}" != "simulate write" ]; then exec {python} -m cleanline "$@"; fi
{python} -m cleanline "$@" && sed -i {changes} "$4/plant.toml"
"""


def blocks() -> Iterator[tuple[str, str]]:
    title, number = "", 0
    for heading, commands in BLOCKS:
        title, number = (heading, 0) if heading else (title, number + 1)
        if commands:
            yield f"{title} {number}", commands


@pytest.mark.parametrize(("title", "commands"), [pytest.param(*b, id=b[0]) for b in blocks()])
def test_every_block_of_commands_works(title: str, commands: str, tmp_path: Path) -> None:
    folder, shims = tmp_path / "work", tmp_path / "bin"
    folder.mkdir()
    shims.mkdir()
    with reserved_ports(len(PORTS)) as free:
        found = dict(zip(PORTS, map(str, free), strict=True))
        changes = " ".join(f"-e s/:{old}/:{new}/" for old, new in found.items())
        shim = shims / "cleanline"
        shim.write_text(SHIM.format(python=sys.executable, changes=changes))
        shim.chmod(0o755)
        script = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n"  # a block that fails ends too
        script += re.sub(r"\b(" + "|".join(PORTS) + r")\b", lambda m: found[m[0]], commands)
        part = subprocess.Popen(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=folder,
            env={
                **os.environ,
                "PATH": f"{shims}:{os.environ['PATH']}",
                "PYTHONPATH": str(ROOT),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output = part.communicate(timeout=150)[0]
        finally:
            _end_session(part.pid)
        assert part.returncode == 0, output
        assert output


def _end_session(session: int) -> None:
    """Whatever a block left running."""
    for entry in Path("/proc").glob("[0-9]*"):
        pid = int(entry.name)
        try:
            if os.getsid(pid) == session:
                os.kill(pid, signal.SIGKILL)
        except OSError:
            continue


def test_every_verb_and_option_of_serving_is_told() -> None:
    for verb in VERBS:
        assert f"simulate {verb}" in TEXT
    told = subprocess.run(
        [sys.executable, "-m", "cleanline", "simulate", "--help"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    known_elsewhere = {"--help", "--tls-key", "--database"}
    for option in set(re.findall(r"--[a-z-]+", told.partition("options:")[2])) - known_elsewhere:
        assert option in TEXT, option
