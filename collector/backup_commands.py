"""`cleanline backup` and `cleanline restore`: copies of the embedded store and the ledger."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from collector.backup import Copied, backup, restore
from collector.options import (
    DONE,
    data_dir,
    guarded,
    make_parser,
    now_ms,
    print_json,
    print_line,
)
from plant.check import load_plant


def backup_main(argv: Sequence[str]) -> int:
    """Copy store and ledger of a collector that may be running."""
    parser = _parser("backup", "Copy store and ledger into a new folder; the collector may run.")
    return guarded(lambda: _backup(parser.parse_args(argv)))


def restore_main(argv: Sequence[str]) -> int:
    """Put a backup in place of store and ledger."""
    parser = _parser("restore", "Put a backup in place; stop the collector first.")
    parser.add_argument(
        "--replace", action="store_true", help="move aside what is there; nothing is deleted"
    )
    return guarded(lambda: _restore(parser.parse_args(argv)))


def _parser(name: str, says: str) -> argparse.ArgumentParser:
    parser = make_parser(name, says)
    parser.add_argument("plant", type=Path, metavar="PLANT", help="a plant file")
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the backup lies")
    return parser


def _backup(arguments: argparse.Namespace) -> int:
    data = data_dir(arguments.data, load_plant(arguments.plant))
    copied = backup(data, arguments.folder, made_ms=now_ms())
    if arguments.json:
        print_json([file._asdict() for file in copied])
        return DONE
    for file in copied:
        print_line(f"{arguments.folder / file.name}  {file.size_bytes} bytes")
    if arguments.store:
        print_line(_series_elsewhere(arguments.store, copied))
    return DONE


def _series_elsewhere(store: str, copied: Sequence[Copied]) -> str:
    what = "the ledger alone" if len(copied) == 1 else "no series of it"
    return f"{store}: {what} is copied here; back InfluxDB up now, after the ledger"


def _restore(arguments: argparse.Namespace) -> int:
    data = data_dir(arguments.data, load_plant(arguments.plant))
    aside = restore(arguments.folder, data, replace=arguments.replace, now_ms=now_ms())
    if arguments.json:
        print_json({"data": str(data), "aside": str(aside) if aside else None})
        return DONE
    print_line(f"{data}: restored" + (f"; what was there lies in {aside}" if aside else ""))
    return DONE
