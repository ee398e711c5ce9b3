"""The command line: one thin front door.

A sub-command loads its package only when it is called, so a gateway needs no numpy and a
consultant no Modbus.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
from collections.abc import Callable
from typing import NamedTuple

from plant.errors import CleanlineError, UsageError
from plant.garbage import unswept
from plant.terminal import print_error


class Command(NamedTuple):
    """Where a sub-command lives, which extra it needs, and what it is for."""

    module: str
    function: str
    extra: str
    summary: str


COMMANDS = {
    "demo": Command("simulators.demo", "main", "demo", "watch a simulated plant live"),
    "check": Command("plant.commands", "check_main", "", "check a plant file, every fault at once"),
    "schema": Command("plant.commands", "schema_main", "", "print the JSON Schema of a plant file"),
    "meters": Command("plant.commands", "meters_main", "", "list the meter models, or show one"),
    "agent": Command("agent.commands", "main", "agent", "read a gateway's meters and publish"),
    "probe": Command("agent.commands", "probe_main", "agent", "find unit ids and models on a bus"),
    "collector": Command(
        "dashboards.commands", "main", "collector,web", "store, compute and serve the pages"
    ),
    "simulate": Command(
        "simulators.commands", "main", "simulate", "serve a plant that is not there"
    ),
    "import": Command(
        "collector.entries.commands", "import_main", "collector", "take amounts from CSV or XLSX"
    ),
    "plan": Command("collector.entry_points", "plan_main", "collector", "lock the M&V plan"),
    "adjust": Command(
        "collector.claims.adjust_commands",
        "adjust_main",
        "collector",
        "enter a non-routine adjustment",
    ),
    "profile": Command(
        "collector.profile.commands", "profile_main", "collector", "what a unit of product takes"
    ),
    "verify": Command("collector.entry_points", "verify_main", "collector", "judge the claims"),
    "report": Command("dashboards.report.commands", "report_main", "report", "what is handed over"),
    "grafana": Command(
        "dashboards.grafana.commands", "main", "collector", "write dashboards for Grafana"
    ),
    "user": Command(
        "dashboards.access.commands", "user_main", "collector,web", "who may see and change pages"
    ),
    "enroll": Command(
        "collector.enrolment.commands", "enroll_main", "security", "let a gateway in at the broker"
    ),
    "backup": Command(
        "collector.copies.backup_commands",
        "backup_main",
        "collector",
        "copy store and ledger, running",
    ),
    "restore": Command(
        "collector.copies.backup_commands", "restore_main", "collector", "put a backup in place"
    ),
    "move": Command(
        "collector.copies.moving_commands",
        "move_main",
        "collector",
        "copy all series to another store",
    ),
    "evidence": Command(
        "collector.evidence.commands", "evidence_main", "collector", "what others recompute"
    ),
}


def usage() -> str:
    """What `cleanline` prints without a sub-command."""
    lines = [f"  {name:10} {command.summary}" for name, command in COMMANDS.items()]
    return (
        "usage: cleanline COMMAND ...\n\n"
        "From a meter's register to consumption per unit of product, and whether a claimed\n"
        "saving holds.\n\n" + "\n".join(lines) + "\n\n`cleanline COMMAND --help` tells more. "
        "New here? `cleanline demo`."
    )


def find(name: str) -> Callable[[list[str]], int]:
    """The function behind a sub-command; UsageError when its extra is not installed."""
    command = COMMANDS[name]
    try:
        with unswept():
            module = importlib.import_module(command.module)
    except ModuleNotFoundError as error:
        if error.name and error.name.split(".")[0] in (
            "agent",
            "collector",
            "dashboards",
            "simulators",
        ):
            raise
        raise UsageError(
            f"cleanline {name}: {error.name} is not installed; "
            f"type in the checkout: pip install '.[{command.extra}]'"
        ) from error
    function: Callable[[list[str]], int] = getattr(module, command.function)
    return function


def main(argv: list[str] | None = None) -> int:
    """Run one sub-command; 0 done, 1 the answer is no, 2 used wrongly."""
    _open_streams()
    argv = sys.argv[1:] if argv is None else argv
    try:
        try:
            return _run(argv)
        finally:
            sys.stdout.flush()  # while a refusal can still be told in a line
    except OSError as error:
        return _refused(error)
    except KeyboardInterrupt:
        return 130


def _run(argv: list[str]) -> int:
    # Pydantic would look through every installed package for plugins; none may change our checks.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if argv else 2
    name, *rest = argv
    try:
        if name == "--version":
            print(f"cleanline {importlib.import_module('importlib.metadata').version('cleanline')}")
            return 0
        if name not in COMMANDS:
            near = importlib.import_module("difflib").get_close_matches(name, COMMANDS, n=1)
            hint = (
                f"did you mean `cleanline {near[0]}`?" if near else "`cleanline --help` lists all"
            )
            raise UsageError(f"cleanline: no command {name!r}; {hint}")
        return find(name)(rest)
    except CleanlineError as error:
        print_error(error)
        return 2


def _open_streams() -> None:
    """Let all that is printed be written: to nowhere without a stream, and in any language.

    Files and pipes get UTF-8, which JSON is; a screen of other letters shows ? for what it lacks.
    """
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the shell: `>&-`
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: PTH123, SIM115
        elif name == "stdout" and isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                stream.reconfigure(errors="replace")
            else:
                stream.reconfigure(encoding="utf-8", errors="surrogateescape")


def _refused(error: OSError) -> int:
    """The exit code where the system refused what no command looks out for: 0 or 2, and a line."""
    if error.filename is None:  # something was written to: what is left in it goes nowhere
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):  # its reader had enough: `cleanline meters | head`
        return 0
    place = "cannot write" if error.filename is None else error.filename
    with contextlib.suppress(OSError):
        print_error(
            f"cleanline: {place}: {error.strerror or error}; see that it is there, may be used, "
            "and has room"
        )
    return 2


if __name__ == "__main__":
    sys.exit(main())
