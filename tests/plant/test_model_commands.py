"""`cleanline meters`: a model for programs, and a file looked over, with line and reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from plant.commands import meters_main
from plant.errors import ModelFileError, UsageError
from plant.model_lint import lint_file
from plant.models import find_model

SOUND = """\
[meter]
name = "M 1"
maker = "X"
measures = "energy"
main = "energy"
default = ["energy"]
numbering = "0-based"
sources = ["s"]
trust = "second source"

[points.energy]
function = 3
address = 0
type = "uint32"
unit = "kWh"
kind = "counter"
max_rate = "2 MW"
"""


def test_the_command_says_that_a_file_is_sound(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "m.toml"
    path.write_text(SOUND)
    assert meters_main(["--lint", str(path)]) == 0
    assert "sound. 1 points" in capsys.readouterr().out


def test_the_command_gives_each_finding_with_its_line_and_answers_no(
    tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "m.toml"
    path.write_text(SOUND.replace('max_rate = "2 MW"', ""))
    assert meters_main(["--lint", str(path)]) == 1
    assert f"{path}:11: energy: a counter without max_rate" in capsys.readouterr().out


def test_the_command_compares_with_the_model_named(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "m.toml"
    path.write_text(SOUND)
    assert meters_main(["--lint", str(path), "--against", "eastron-sdm630"]) == 1
    assert "eastron-sdm630 has energy at 72 (0x0048)" in capsys.readouterr().out


def test_a_variant_that_contradicts_itself_is_found_too(tmp_path: Path) -> None:
    """Here the variant lacks all that is read by default."""
    path = tmp_path / "m.toml"
    path.write_text(SOUND + '[variants.small]\nname = "S"\nlacks = ["energy"]\n')
    lines, _ = lint_file(path)
    assert any("default names nothing" in line for line in lines)


def test_a_file_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        lint_file(tmp_path / "none.toml")


def test_a_file_that_is_no_model_is_said_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "m.toml"
    path.write_text(SOUND.replace("uint32", "uint23"))
    with pytest.raises(ModelFileError, match=r"m.toml:14: .* did you mean 'uint32'"):
        lint_file(path)


def test_models_are_told_to_programs_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert meters_main(["eastron-sdm630", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["id"] == "eastron-sdm630"
    energy = find_model("eastron-sdm630").points["energy"]
    assert told["points"]["energy"]["address"] == energy.address
