"""`cleanline user`, as an administrator types it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from importlib import import_module
from inspect import getsource
from pathlib import Path
from typing import Any

import pytest

from cleanline import COMMANDS, main
from dashboards.access import Role
from dashboards.access.commands import _VERBS

pytestmark = pytest.mark.slow

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(site: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`run("add", "ana", ...)`: exit code and what was printed; about the plant north."""
    (tmp_path / "secret").write_text("a long enough password\n")

    def go(verb: str, *words: str, plant: Path | None = None) -> tuple[int, str, str]:
        where = str(plant or site.plants["north"].path)
        code = main(["user", verb, where, *words, "--data", str(site.folder)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return go


def test_a_user_is_added_may_log_in_and_is_removed(site: Any, run: Run, tmp_path: Path) -> None:
    file = ("--password-file", str(tmp_path / "secret"))
    assert run("list")[1].startswith("nobody has an account")
    assert run("add", "ana", "--role", "engineer", *file) == (0, "ana: engineer at north\n", "")
    assert site.log_in("ana").status == 303
    assert run("role", "ana", "--role", "viewer")[1] == "ana: viewer at north\n"
    assert run("role", "ana", "--role", "none")[1] == "ana: no role\n"
    (tmp_path / "secret").write_text("another long password")
    assert run("passwd", "ana", *file)[0] == 0
    assert site.log_in("ana").status == 401
    assert site.log_in("ana", "another long password").status == 303
    assert run("remove", "ana")[0] == 0
    assert site.ledger.accounts.users() == []


def test_a_folder_of_plants_gives_the_role_at_each(site: Any, run: Run, tmp_path: Path) -> None:
    for name in ("north", "south"):
        (tmp_path / "both" / name).mkdir(parents=True)
        (tmp_path / "both" / name / "plant.toml").write_text(site.plants[name].path.read_text())
    file = ("--password-file", str(tmp_path / "secret"))
    code, out, _ = run("add", "Nguyễn An", "--role", "viewer", *file, plant=tmp_path / "both")
    assert (code, out) == (0, "Nguyễn An: viewer at north, viewer at south\n")


def test_a_name_typed_with_marks_of_their_own_is_the_same_name(site: Any) -> None:
    site.add_user("Nguy\u1ec5n", north=Role.viewer)
    assert site.log_in("Nguye\u0302\u0303n").status == 303


def test_a_password_is_never_an_argument(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        run("add", "ana", "--role", "viewer", "--password", "a long enough password")
    assert "unrecognized arguments" in capsys.readouterr().err
    code, _, err = run("add", "ana", "--role", "viewer")
    assert code == 2
    assert "--password-file" in err


def test_what_cannot_be_done_is_said_in_one_line(site: Any, run: Run, tmp_path: Path) -> None:
    file = ("--password-file", str(tmp_path / "secret"))
    site.add_user("ana", north=Role.viewer)
    for words, wanted in (
        (("add", "bob", *file), "--role viewer|engineer"),
        (("add", "ana", "--role", "viewer", *file), "exists"),
        (("add", "--role", "viewer"), "PLANT NAME"),
        (("remove", "bob"), "no user 'bob'; known: ana"),
        (("passwd", "bob", *file), "no user 'bob'"),
        (("revoke", "hall"), "no token 'hall'"),
        (("add", "bob", "--role", "viewer", "--password-file", "none"), "holds the password"),
    ):
        code, _, err = run(*words)
        assert code == 2, words
        assert wanted in err
        assert err.count("\n") == 1


def test_a_token_is_shown_once_and_can_be_revoked(site: Any, run: Run) -> None:
    site.add_user("ana", north=Role.viewer)
    told = json.loads(run("token", "hall", "--json")[1])
    headers = {"authorization": f"Bearer {told['secret']}"}
    assert site.call("/api/v1/plants/north/now", **headers).status == 200
    assert told["secret"] not in run("list")[1]
    assert "token hall: viewer of north" in run("list")[1]
    assert run("token", "hall")[0] == 2
    assert run("revoke", "hall")[0] == 0
    assert site.call("/api/v1/plants/north/now", **headers).status == 401


def test_what_commands_change_is_in_the_log_too(site: Any, run: Run, tmp_path: Path) -> None:
    (tmp_path / "days.csv").write_text("date,starch [t]\n2026-01-05,41\n2026-01-06,40\n")
    where = [str(site.plants["north"].path), str(tmp_path / "days.csv")]
    for _ in range(2):  # the second changes nothing
        assert main(["import", *where, "--data", str(site.folder)]) == 0
    run("log")
    (line,) = site.ledger.audit.newest()
    assert (line.address, line.plant, line.action) == ("command line", "north", "import")
    assert line.detail == "days.csv: 2 new, 0 corrected"


def test_every_change_of_accounts_is_in_the_log(run: Run, tmp_path: Path) -> None:
    file = ("--password-file", str(tmp_path / "secret"))
    changes = [
        (("add", "ana", "--role", "engineer", *file), "user add north ana: engineer"),
        (("role", "ana", "--role", "viewer"), "user role north ana: viewer"),
        (("passwd", "ana", *file), "user passwd north ana"),
        (("remove", "ana"), "user remove north ana"),
        (("token", "hall"), "token north hall"),
        (("revoke", "hall"), "token revoke north hall"),
    ]
    assert {words[0] for words, _ in changes} | {"list", "log"} == set(_VERBS)
    for words, told in changes:
        assert run(*words)[0] == 0
        assert run("log")[1].splitlines()[0].endswith(f"from command line: {told}")
    told = json.loads(run("log", "--last", "1", "--json")[1])
    assert [line["action"] for line in told] == ["token revoke"]


# Where each does its work; what only reads or runs changes nothing of the ledger.
ENTERED = {
    "import": "collector.entries.commands",
    "plan": "collector.plans.commands",
    "adjust": "collector.claims.adjust_commands",
    "user": "dashboards.access.commands",
    "enroll": "collector.enrolment.commands",
    "backup": "collector.copies.backup_commands",
    "restore": "collector.copies.backup_commands",
    "move": "collector.copies.moving_commands",
}
CHANGES_NOTHING = {
    *("demo", "check", "schema", "meters", "agent", "probe", "collector", "simulate"),
    *("profile", "verify", "report", "grafana", "evidence"),
}


def test_every_command_that_changes_something_enters_it_into_the_log() -> None:
    """A new command is put into one of the two here, and enters what it changes."""
    assert set(COMMANDS) == ENTERED.keys() | CHANGES_NOTHING
    for name, module in ENTERED.items():
        text = getsource(import_module(module))
        action = r"(note_change|enter_audit|task\.note)\(.*\"" + name
        assert re.search(action, text), f"{name}: what it changes is not entered in {module}"


def test_a_name_that_a_stranger_tried_cannot_write_the_log_or_the_screen(
    site: Any, run: Run
) -> None:
    site.add_user("ana", north=Role.viewer)
    site.log_in("x from 10.0.0.1: login\n2026-01-01 00:00:00 ana\x1b[2J\x9b2J\u202e", "guess")
    (line,) = run("log")[1].removesuffix("\n").split("\n")
    assert line.isprintable()
    assert "x from 10.0.0.1: login\\n2026" in line
    assert "\\x1b[2J" in line
