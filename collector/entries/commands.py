"""``cleanline import``: amounts from a CSV file or a workbook into the ledger."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from collector.entries.importing import Ways, parse_table
from collector.entries.imports import Authorship, Imported, import_parsed
from collector.entries.oddities import oddities
from collector.entries.preview import lines, preview
from collector.entries.sheets import read_table
from collector.entries.written import COMMA, POINT
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
from plant.terminal import print_error


def import_main(argv: Sequence[str]) -> int:
    """Take amounts from a CSV file into the ledger."""
    parser = make_parser("import", "Take amounts from a file: production, bills, drivers.")
    parser.add_argument("plant", type=Path, metavar="PLANT", help="the plant file")
    parser.add_argument("file", type=Path, metavar="FILE", help="the amounts: CSV or XLSX")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="THEIRS=OURS",
        help="what a column of the file is here: 'Điện=electricity [kWh]', 'Ngày=date'; "
        "'Remark=' leaves it out",
    )
    parser.add_argument(
        "--decimal", choices=[POINT, COMMA], help="the decimal mark, where the file does not tell"
    )
    parser.add_argument(
        "--dates",
        choices=["day-first", "month-first"],
        help="what 1/2/2025 is, where the file does not tell",
    )
    parser.add_argument("--sheet", default="", metavar="NAME", help="of a workbook with several")
    parser.add_argument(
        "--dry-run", action="store_true", help="print what would be stored, store nothing"
    )
    parser.add_argument(
        "--withdraw",
        action="store_true",
        help="take back the amounts of the file; they stay on record",
    )
    add_authorship(parser, "why an amount that was imported before is corrected or withdrawn")
    return guarded(lambda: _import(parser.parse_args(argv)))


def _import(arguments: argparse.Namespace) -> int:
    plant = load_plant(arguments.plant)
    table, ways, name = (
        read_table(arguments.file, arguments.sheet),
        _ways(arguments),
        arguments.file.name,
    )
    by = Authorship(
        author=arguments.author or login_name(),
        reason=arguments.reason,
        entered_ms=now_ms(),
        withdraws=arguments.withdraw,
        stores=not arguments.dry_run,
    )
    with opened(arguments, plant) as held:
        known = held.ledger.amounts.standing(plant.id)
        parsed = parse_table(table, name, plant, known=known, ways=ways)
        parsed.notes.extend(oddities(parsed.cells, name))
        entered = import_parsed(plant, parsed, name, ledger=held.ledger, by=by)
        if by.stores and entered.new + entered.corrected + entered.withdrawn:
            news = f"{entered.new} new, {entered.corrected} corrected"
            if entered.withdrawn:
                news = f"{entered.withdrawn} withdrawn"
            held.note_change(plant, "import", f"{name}: {news}")
    shown = preview(plant, parsed.cells)
    for note in entered.notes:
        print_error(note)
    if arguments.json:
        told = {} if by.stores else {"would_store": [one._asdict() for one in shown]}
        print_json(entered.as_json() | {"stored": by.stores} | told)
    else:
        for line in () if by.stores else lines(shown):
            print_line(line)
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


def _ways(arguments: argparse.Namespace) -> Ways:
    names = {}
    for told in arguments.map:
        theirs, mark, ours = told.rpartition("=")
        if not mark or not theirs.strip():
            raise UsageError(f"--map {told!r}: write THEIRS=OURS, such as 'Điện=electricity [kWh]'")
        names[" ".join(theirs.split())] = ours.strip()
    begins = None if arguments.dates is None else arguments.dates == "day-first"
    return Ways(arguments.decimal, begins, names)
