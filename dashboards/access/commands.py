"""`cleanline user`: who may see and change the pages, tokens for screens, and who did what."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from collector.ledger import AuditLine, Ledger, Token, User
from collector.options import (
    DONE,
    data_dir,
    guarded,
    load_plants,
    login_name,
    make_parser,
    now_ms,
    print_json,
    print_line,
)
from dashboards.access.gate import LONGEST_NAME, composed, hashed
from dashboards.access.passwords import hash_password
from dashboards.access.roles import Role
from plant.calendar import from_ms
from plant.description import Plant
from plant.errors import UsageError

VERBS = """verbs:
  add      a user, with --role at the plants of PLANT; asks for a password
  role     give a user another --role there; `none` takes it away
  passwd   another password; ends the user's sessions
  remove   a user, with all sessions
  list     users with their roles, and tokens
  token    make a read-only token for a screen or a program; it is printed once
  revoke   a token
  log      who changed what, when and from where; the newest first"""


@dataclass(frozen=True, slots=True)
class _Task:
    """What a verb works on."""

    ledger: Ledger
    plants: Sequence[Plant]
    arguments: argparse.Namespace

    @property
    def name(self) -> str:
        name = composed(self.arguments.name or "").strip()
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            verb = self.arguments.verb
            raise UsageError(f"cleanline user {verb} PLANT NAME: name whom or what it is about")
        return name

    def note(self, action: str, detail: str = "") -> None:
        """Enter into the audit log what was done here."""
        plant = self.plants[0].id if len(self.plants) == 1 else ""
        line = AuditLine(now_ms(), login_name(), "command line", plant, action, detail)
        self.ledger.audit.add(line)


def user_main(argv: Sequence[str]) -> int:
    """Manage the accounts of the pages."""
    parser = make_parser("user", "Who may see and change the pages: users, roles and tokens.")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = VERBS
    parser.allow_abbrev = False  # `--password SECRET` must not be taken for a file, and echoed
    add = parser.add_argument
    add("verb", choices=list(_VERBS), metavar="VERB", help=" | ".join(_VERBS))
    add("plant", type=Path, metavar="PLANT", help="a plant file, or a folder of them")
    add("name", nargs="?", metavar="NAME", help="of a user or token")
    add("--role", choices=[role.name for role in Role] + ["none"], help="what the user may do")
    add(
        "--password-file",
        type=Path,
        metavar="FILE",
        help="holds the password; without it, it is asked for",
    )
    add("--last", type=int, default=100, metavar="N", help="lines of the log to print")
    return guarded(lambda: _run(parser.parse_args(argv)))


def _run(arguments: argparse.Namespace) -> int:
    plants = list(load_plants([arguments.plant]).values())
    with closing(Ledger(data_dir(arguments.data, plants[0]))) as ledger:
        _VERBS[arguments.verb](_Task(ledger, plants, arguments))
    return DONE


def _add(task: _Task) -> None:
    if task.arguments.role in (None, "none"):
        raise UsageError(f"cleanline user add: say --role {'|'.join(role.name for role in Role)}")
    roles = {plant.id: task.arguments.role for plant in task.plants}
    name = task.name
    if task.ledger.accounts.user(name) is not None:
        raise UsageError(f"user {name!r} exists; `cleanline user role` gives another role")
    password = hash_password(_password(task.arguments.password_file))
    task.ledger.accounts.add(User(name, password, roles), now_ms())
    task.note("user add", f"{name}: {task.arguments.role}")
    _say(task, {"user": name, "roles": roles}, f"{name}: {_roles(roles)}")


def _role(task: _Task) -> None:
    name, role = task.name, task.arguments.role
    if role is None:
        raise UsageError("cleanline user role: say --role, or --role none to take it away")
    _known(task, name)
    given = None if role == "none" else role
    task.ledger.accounts.set_roles(name, {plant.id: given for plant in task.plants})
    task.note("user role", f"{name}: {role}")
    roles = dict(_known(task, name).roles)
    _say(task, {"user": name, "roles": roles}, f"{name}: {_roles(roles)}")


def _passwd(task: _Task) -> None:
    name = _known(task, task.name).name
    task.ledger.accounts.set_password(name, hash_password(_password(task.arguments.password_file)))
    task.note("user passwd", name)
    _say(task, {"user": name}, f"{name}: the password is another, and every session has ended")


def _remove(task: _Task) -> None:
    name = task.name
    if not task.ledger.accounts.remove(name):
        _known(task, name)
    task.note("user remove", name)
    _say(task, {"removed": name}, f"{name}: removed, and every session has ended")


def _list(task: _Task) -> None:
    users, tokens = task.ledger.accounts.users(), task.ledger.accounts.tokens()
    if task.arguments.json:
        print_json(
            {
                "users": [{"user": one.name, "roles": one.roles} for one in users],
                "tokens": [{"token": one.name, "plants": one.plants} for one in tokens],
            }
        )
        return
    for user in users:
        print_line(f"{user.name}: {_roles(user.roles)}")
    for token in tokens:
        print_line(f"token {token.name}: viewer of {', '.join(token.plants)}")
    if not users:
        print_line("nobody has an account; the pages are open on this computer, and only there")


def _token(task: _Task) -> None:
    name, secret = task.name, secrets.token_urlsafe(32)
    token = Token(name, tuple(plant.id for plant in task.plants), now_ms())
    if not task.ledger.accounts.add_token(token, hashed(secret)):
        raise UsageError(f"token {name!r} exists; revoke it first, or take another name")
    task.note("token", name)
    says = (
        f"{secret}\nIt is not shown again. A screen opens /plants/{token.plants[0]}?wall=1&token="
    )
    _say(task, {"token": name, "secret": secret}, f"{says}{secret}")


def _revoke(task: _Task) -> None:
    name = task.name
    if not task.ledger.accounts.revoke(name):
        known = ", ".join(token.name for token in task.ledger.accounts.tokens()) or "none"
        raise UsageError(f"no token {name!r}; known: {known}")
    task.note("token revoke", name)
    _say(task, {"revoked": name}, f"token {name}: revoked; screens that used it are shut out")


def _log(task: _Task) -> None:
    lines = task.ledger.audit.newest(task.arguments.last)
    if task.arguments.json:
        print_json([line._asdict() for line in lines])
        return
    zone = task.plants[0].zone
    for line in lines:
        what = " ".join(part for part in (line.action, line.plant, line.detail) if part)
        when = f"{from_ms(line.time_ms, zone):%Y-%m-%d %H:%M:%S}"
        # Strangers choose the names that are refused, and none is to look like a line of its own.
        told = f"{when} {line.who} from {line.address}: {what}"
        print_line(told.replace("\n", "\\n"))


_VERBS: dict[str, Callable[[_Task], None]] = {
    "add": _add,
    "role": _role,
    "passwd": _passwd,
    "remove": _remove,
    "list": _list,
    "token": _token,
    "revoke": _revoke,
    "log": _log,
}


def _known(task: _Task, name: str) -> User:
    user = task.ledger.accounts.user(name)
    if user is None:
        known = ", ".join(one.name for one in task.ledger.accounts.users()) or "none"
        raise UsageError(f"no user {name!r}; known: {known}")
    return user


def _say(task: _Task, result: dict[str, object], sentence: str) -> None:
    if task.arguments.json:
        print_json(result)
    else:
        print_line(sentence)


def _roles(roles: Mapping[str, str]) -> str:
    return ", ".join(f"{role} at {plant}" for plant, role in sorted(roles.items())) or "no role"


def _password(file: Path | None) -> str:
    """A password from a file or from whoever sits here; never from an argument."""
    if file is not None:
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"{file}: {error}; name a file that holds the password") from error
        return composed(text.rstrip("\r\n"))
    if not sys.stdin.isatty():
        raise UsageError("no terminal to ask for a password; give --password-file FILE")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("The same again: "):
        raise UsageError("the two passwords differ; nothing was changed")
    return composed(first)
