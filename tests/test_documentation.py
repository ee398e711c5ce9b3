"""What the documentation and the deployment files tell people to type exists as they say it."""

from __future__ import annotations

import argparse
import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

import cleanline
from collector.alarms.conditions import KINDS
from collector.intake.checks import SIGNATURE, UNKNOWN
from tests.documents import PAGES, ROOT, Typed, called, typed

DEPLOY = ROOT / "config" / "deploy"


class NotUnderstoodError(Exception):
    """The command does not exist, or not with these arguments."""


class Understood(BaseException):
    """The command's own parser took the arguments; a stop before anything is done."""


@pytest.fixture
def understands(monkeypatch: pytest.MonkeyPatch):
    """`understands(words)` gives words to the real command up to the end of its parsing."""
    parse = argparse.ArgumentParser.parse_args

    def parse_and_stop(parser: argparse.ArgumentParser, *args: Any, **named: Any) -> None:
        parse(parser, *args, **named)
        raise Understood

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse_and_stop)

    def run(words: tuple[str, ...]) -> None:
        if words and words[-1] in ("--help", "--version"):
            assert len(words) == 1 or words[0] in cleanline.COMMANDS
            return
        with pytest.raises((Understood, SystemExit)) as end:
            raise SystemExit(cleanline.main(list(words)))
        if isinstance(end.value, SystemExit) and end.value.code != 0:  # 0: `--list` and its like
            raise NotUnderstoodError(shlex.join(words))

    return run


COMMANDS = [command for page in PAGES for command in typed(page)]


@pytest.mark.slow
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.words)[:60])
def test_every_command_in_the_documentation_has_those_options(
    command: Typed, understands, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        understands(command.words)
    except NotUnderstoodError:
        pytest.fail(
            f"{command.where}: cleanline {shlex.join(command.words)}\n{capsys.readouterr()}"
        )


def test_the_documentation_has_commands_to_look_at() -> None:
    assert len(COMMANDS) > 40
    assert {command.words[0] for command in COMMANDS} >= {"agent", "collector", "backup", "enroll"}


def test_a_command_that_does_not_exist_is_found_out(understands) -> None:
    for wrong in (("collector", "plants", "--no-such-option"), ("nothing",), ("backup",)):
        with pytest.raises(NotUnderstoodError):
            understands(wrong)


def test_every_command_of_the_front_door_is_in_the_documentation() -> None:
    told = {command.words[0] for command in COMMANDS}
    assert set(cleanline.COMMANDS) - told == set()


@pytest.mark.parametrize("kind", KINDS)
def test_what_to_do_about_every_alarm_is_told(kind: str) -> None:
    rows = (ROOT / "docs" / "alarms.md").read_text(encoding="utf-8").splitlines()
    (row,) = [row for row in rows if row.startswith(f"| `{kind}` |")]
    assert len(row.strip("| ").split(" | ")) == 3, "the alarm, its rule, what to do"


def _told_in_code(pattern: str) -> set[str]:
    """What the sources of the collector and its pages match."""
    files = [path for part in ("collector", "dashboards") for path in (ROOT / part).rglob("*.py")]
    return {found for file in files for found in re.findall(pattern, file.read_text("utf-8"))}


def test_every_reason_to_set_a_pack_aside_is_told() -> None:
    page = (ROOT / "docs" / "alarms.md").read_text(encoding="utf-8")
    (_, _, table) = page.partition("## Why a pack was set aside")
    told = set(re.findall(r"`([a-z]+)`", " ".join(re.findall(r"^\| (`[^|]+) \|", table, re.M))))
    kinds = _told_in_code(r"Refused\(\s*\"([a-z]+)\"") | _told_in_code(r"\.aside\[\"([a-z]+)\"\]")
    assert len(kinds) > 6
    assert (kinds | {UNKNOWN, SIGNATURE}) - told == set()


def test_every_line_of_the_log_that_warns_is_told() -> None:
    page = (ROOT / "docs" / "alarms.md").read_text(encoding="utf-8")
    (_, _, table) = page.partition("## In the collector's log")
    lines = _told_in_code(r"log\.(?:warning|error|exception)\(\s*f?\"([a-z]+=[a-z_-]*)")
    assert len(lines) > 15
    assert [line for line in sorted(lines) if f"`{line}" not in table] == []


LINKS = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)|`((?:docs|config)/[\w./-]+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    for found in LINKS.finditer(page.read_text(encoding="utf-8")):
        target = (page.parent / found[1]) if found[1] else (ROOT / found[2])
        assert target.exists(), f"{page.relative_to(ROOT)} names {found[1] or found[2]}"


UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def unit(path: Path) -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(path, encoding="utf-8")
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_is_hardened_and_calls_a_command_that_exists(path: Path, understands) -> None:
    service = unit(path)["Service"]
    for name, value in {"NoNewPrivileges": "yes", "ProtectSystem": "strict"}.items():
        assert service[name] == value
    assert service["User"].startswith("cleanline")
    assert service["CapabilityBoundingSet"] == ""
    text = service["ExecStart"].replace("%i", "yard").replace("$CLEANLINE_OPTIONS", "")
    words = called(text)
    assert words is not None
    understands(words)
    assert words[words.index("--data") + 1] == f"/var/lib/{service['StateDirectory']}"


@pytest.mark.proof
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_systemd_understands_a_unit_and_finds_it_little_exposed(path: Path, tmp_path: Path) -> None:
    name = path.name.replace("@.", "@yard.")
    text = path.read_text(encoding="utf-8").replace("/opt/cleanline/bin/cleanline", "/bin/true")
    copy = tmp_path / name
    copy.write_text(text, encoding="utf-8")

    def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["systemd-analyze", *arguments, "--no-pager", str(copy)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    verified = analyze("verify")
    assert (verified.returncode, verified.stderr) == (0, "")
    security = analyze("security", "--offline=yes")
    level = re.search(r"Overall exposure level for .*: ([\d.]+)", security.stdout)
    assert level is not None, security.stderr
    assert float(level[1]) < 2.5


def test_the_compose_file_is_whole_and_calls_a_command_that_exists(understands) -> None:
    compose = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))
    services = compose["services"]
    assert set(services) == {"broker", "influxdb", "collector", "grafana"}
    understands(tuple(services["collector"]["command"]))
    volumes = {
        volume.split(":")[0] for service in services.values() for volume in service["volumes"]
    }
    named = {volume for volume in volumes if not volume.startswith(("./", "/"))}
    assert named == set(compose["volumes"])
    for service in services.values():
        assert set(service.get("depends_on", [])) <= set(services)
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
        assert service["restart"] == "unless-stopped"
    dockerfile = ROOT / services["collector"]["build"]["dockerfile"]
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", dockerfile.read_text("utf-8"), re.MULTILINE)
    assert all((ROOT / name).exists() for line in copied for name in line.split())
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"benchmarks", "tests"}
    copied_names = {name for line in copied for name in line.split()}
    assert packages <= copied_names
    ignored = dockerfile.with_name("Dockerfile.dockerignore").read_text("utf-8")
    assert copied_names == set(re.findall(r"^!(\S+)$", ignored, re.MULTILINE))
