"""A profile as it is asked for in these tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from collector.profile.commands import profile_main

HEAD = """\
[plant]
id = "mill"
name = "Mill"
sector = "cassava-starch"
timezone = "{zone}"
"""


def asked(file: Path, capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    capsys.readouterr()
    assert profile_main([str(file), "--json", *words]) == 0, capsys.readouterr().err
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def column(found: dict[str, Any], quantity: str, kind: str = "amount") -> dict[str, Any]:
    (one,) = [c for c in found["quantities"] if (c["quantity"], c["kind"]) == (quantity, kind)]
    result: dict[str, Any] = one
    return result
