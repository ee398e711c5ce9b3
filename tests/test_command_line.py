"""The front door: whatever happens to a command's output or files, one line tells it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import pytest

from cleanline import main
from collector.evidence.commands import answered
from collector.options import guarded, print_json, print_line
from plant.check import load_plant
from plant.errors import EvidenceError, UsageError
from plant.terminal import print_error
from simulators.serve import bus_places


@contextmanager
def stdout_in(
    path: str | int, monkeypatch: pytest.MonkeyPatch, encoding: str = "utf-8"
) -> Iterator[TextIO]:
    with open(path, "w", encoding=encoding) as stream:  # noqa: PTH123 - may be a descriptor
        monkeypatch.setattr(sys, "stdout", stream)
        yield stream


@pytest.mark.parametrize("words", [["--help"], ["schema"], ["meters"], ["check", "--help"]])
def test_output_that_cannot_be_written_is_told_in_one_line(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with stdout_in("/dev/full", monkeypatch):
        assert main(words) == 2
    said = capsys.readouterr().err
    assert "No space left" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("words", [["--help"], ["meters"], ["check", "--help"]])
def test_a_reader_that_goes_away_is_no_fault(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with stdout_in(writing, monkeypatch):
        assert main(words) == 0
    assert capsys.readouterr().err == ""


def test_a_closed_output_takes_nothing_from_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["meters"]) == 0
    assert main(["nothing"]) == 2


def test_a_file_gets_every_letter_whatever_the_locale(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with stdout_in(str(tmp_path / "out"), monkeypatch, encoding="ascii") as stream:
        assert main(["--version"]) == 0
        stream.write("điện\n")
    assert (tmp_path / "out").read_text("utf-8").endswith("điện\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["simulate", "write", "brewery", "/dev/null/x"], "/dev/null/x: Not a directory"),
        (["demo", "--folder", "/dev/null/x"], "/dev/null/x"),
        (["simulate", sys.executable], "is not UTF-8 text"),
        (["simulate", "history", sys.executable], "is not UTF-8 text"),
        (["simulate", "check", sys.executable, "--url", "http://127.0.0.1:1"], "is not UTF-8 text"),
        (
            ["simulate", "brewery", "--port-base", "80000"],
            "'80000' is not a port; write 1 to 65535",
        ),
        (["simulate", "brewery", "--control", "-1"], "'-1' is not a port"),
        (["simulate", "broker", "--port", "99999"], "'99999' is not a port"),
        (["simulate", "fault", "0"], "'0' is not a port"),
    ],
)
def test_what_cannot_be_is_one_line_and_2(
    words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == 1


def test_buses_beyond_the_last_port_are_refused_before_any_is_served() -> None:
    plant = load_plant(Path("config/plants/brewery/plant.toml"))
    with pytest.raises(UsageError, match="no port left; lower it"):
        bus_places(plant, 65_535)


def test_what_others_wrote_does_not_command_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Names and reasons in evidence, or in an audit log, may come from anybody."""

    def refuse() -> int:
        raise UsageError("a\x1b]0;title\x07b")

    print_line("điện\xa01.5\t\x1b[2J\r\x9b2J\u202ekWh")
    assert guarded(refuse) == 2
    said = capsys.readouterr()
    assert said.out == "điện\xa01.5\t\\x1b[2J\\r\\x9b2J\\u202ekWh\n"
    assert said.err == "a\\x1b]0;title\\x07b\n"


def test_no_error_and_no_json_commands_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = "\x1b]0;a\x07\x9b2J\x7f\u202eđ"

    def refuse(*_: object) -> int:
        raise EvidenceError(hidden)

    monkeypatch.setattr("cleanline.find", lambda _: refuse)
    assert (answered(refuse), main(["check"])) == (1, 2)
    print_error(hidden)
    assert capsys.readouterr().err == "\\x1b]0;a\\x07\\x9b2J\\x7f\\u202eđ\n" * 3
    print_json({"said": hidden})
    shown = capsys.readouterr().out
    assert shown == '{\n "said": "\\u001b]0;a\\u0007\\u009b2J\\u007f\\u202eđ"\n}\n'
    assert json.loads(shown) == {"said": hidden}
