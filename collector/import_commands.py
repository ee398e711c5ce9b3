"""``cleanline import``: amounts from a CSV file into the ledger."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from collector.imports import Authorship, Imported, import_csv
from collector.options import (
    DONE,
    add_authorship,
    guarded,
    login_name,
    make_parser,
    now_ms,
    opened,
    print_json,
    print_line,
)
from plant.check import load_plant
from plant.errors import UsageError


def import_main(argv: Sequence[str]) -> int:
    """Take amounts from a CSV file into the ledger."""
    parser = make_parser("import", "Take amounts from a CSV file: production, bills, drivers.")
    parser.add_argument("plant", type=Path, metavar="PLANT", help="the plant file")
    parser.add_argument("file", type=Path, metavar="FILE.csv", help="the amounts")
    parser.add_argument("--dry-run", action="store_true", help="check and count, store nothing")
    parser.add_argument(
        "--withdraw",
        action="store_true",
        help="take back the amounts of the file; they stay on record",
    )
    add_authorship(parser, "why an amount that was imported before is corrected or withdrawn")
    return guarded(lambda: _import(parser.parse_args(argv)))


def _import(arguments: argparse.Namespace) -> int:
    plant = load_plant(arguments.plant)
    text = _read(arguments.file)
    by = Authorship(
        author=arguments.author or login_name(),
        reason=arguments.reason,
        entered_ms=now_ms(),
        withdraws=arguments.withdraw,
        stores=not arguments.dry_run,
    )
    with opened(arguments, plant) as held:
        entered = import_csv(plant, text, arguments.file.name, ledger=held.ledger, by=by)
        if by.stores and entered.new + entered.corrected + entered.withdrawn:
            news = f"{entered.new} new, {entered.corrected} corrected"
            if entered.withdrawn:
                news = f"{entered.withdrawn} withdrawn"
            held.note_change(plant, "import", f"{arguments.file.name}: {news}")
    for note in entered.notes:
        sys.stderr.write(note + "\n")
    if arguments.json:
        print_json(entered.as_json() | {"stored": by.stores})
    else:
        print_line(f"{arguments.file}: {_told(entered)}; {_outcome(by)}")
    return DONE


def _told(entered: Imported) -> str:
    if entered.withdrawn:
        return f"{entered.withdrawn} amounts withdrawn"
    return (
        f"{entered.amounts} amounts, {entered.new} new, {entered.corrected} corrected, "
        f"{entered.unchanged} unchanged"
    )


def _outcome(by: Authorship) -> str:
    return "stored" if by.stores else "nothing stored: a dry run"


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}; name an existing CSV file") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: not UTF-8 ({error.reason}); save it as UTF-8") from error
