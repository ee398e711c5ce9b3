"""Tests that need an installed program are skipped by name, or fail where CI promises it."""

from __future__ import annotations

import os
import shutil

import pytest

PATH = os.environ.get("PATH", "") + ":/usr/sbin"  # where Debian puts Mosquitto


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Look for the program before the test's fixtures start it."""
    for mark in item.iter_markers("server"):
        for program in mark.args:
            if shutil.which(program, path=PATH) is None:
                reason = f"{program} is not installed; `make servers` installs it"
                if os.environ.get("CI") == "true":
                    pytest.fail(reason, pytrace=False)
                pytest.skip(reason)
