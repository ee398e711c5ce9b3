"""``cleanline import``: amounts from a CSV file into the ledger."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from collector.importing import parse_csv
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
    add_authorship(parser, "why an amount that was imported before is corrected")
    return guarded(lambda: _import(parser.parse_args(argv)))


def _import(arguments: argparse.Namespace) -> int:
    plant = load_plant(arguments.plant)
    text = _read(arguments.file)
    with opened(arguments, plant) as held:
        known = held.ledger.amounts.standing(plant.id)
        parsed = parse_csv(text, str(arguments.file), plant, known=known)
        standing = {entry.amount.period: entry.amount.value for entry in known}
        fresh = [c for c in parsed.cells if standing.get(c.amount.period) != c.amount.value]
        corrections = [c for c in fresh if c.amount.period in standing]
        if corrections and not arguments.reason:
            first = corrections[0]
            raise UsageError(
                f"{arguments.file}:{first.line}: {first.amount.quantity} corrects an amount that "
                f"was imported before ({len(corrections)} such in all); say why with --reason"
            )
        if not arguments.dry_run:
            held.ledger.amounts.enter(
                plant.id,
                [(cell.amount, f"{arguments.file.name}:{cell.line}") for cell in fresh],
                author=arguments.author or login_name(),
                reason=arguments.reason,
                entered_ms=now_ms(),
            )
            if fresh:
                news = f"{len(fresh) - len(corrections)} new, {len(corrections)} corrected"
                held.note_change(plant, "import", f"{arguments.file.name}: {news}")
    counts = {
        "amounts": len(parsed.cells),
        "new": len(fresh) - len(corrections),
        "corrected": len(corrections),
        "unchanged": len(parsed.cells) - len(fresh),
        "stored": not arguments.dry_run,
        "notes": parsed.notes,
    }
    for note in parsed.notes:
        sys.stderr.write(note + "\n")
    if arguments.json:
        print_json(counts)
    else:
        outcome = "nothing stored: a dry run" if arguments.dry_run else "stored"
        print_line(
            f"{arguments.file}: {counts['amounts']} amounts, {counts['new']} new, "
            f"{counts['corrected']} corrected, {counts['unchanged']} unchanged; {outcome}"
        )
    return DONE


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}; name an existing CSV file") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: not UTF-8 ({error.reason}); save it as UTF-8") from error
