"""`cleanline backup` and `cleanline restore`: copies of the embedded store, ledger and packs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from collector.copies.backup import Copied, backup, restore
from collector.options import (
    DONE,
    data_dir,
    enter_audit,
    guarded,
    make_parser,
    now_ms,
    print_json,
    print_line,
)
from collector.store.address import STORE_FILE
from plant.check import load_plant


def backup_main(argv: Sequence[str]) -> int:
    """Copy store, ledger and packs of a collector that may be running."""
    parser = _parser(
        "backup", "Copy store, ledger and packs into a new folder; the collector may run."
    )
    parser.add_argument("--without-packs", action="store_true", help="leave out the archived packs")
    return guarded(lambda: _backup(parser.parse_args(argv)))


def restore_main(argv: Sequence[str]) -> int:
    """Put a backup in place of store, ledger and packs."""
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
    plant = load_plant(arguments.plant)
    data = data_dir(arguments.data, plant)
    copied = backup(data, arguments.folder, made_ms=now_ms(), packs=not arguments.without_packs)
    size = sum(file.size_bytes for file in copied)
    told = f"{arguments.folder.resolve()}: {len(copied)} files, {size} bytes"
    enter_audit(data, plant, "backup", detail=told)
    if arguments.json:
        print_json([file._asdict() for file in copied])
        return DONE
    for file in copied:
        print_line(f"{arguments.folder / file.name}  {file.size_bytes} bytes")
    if arguments.store:
        print_line(_series_elsewhere(arguments.store, copied))
    return DONE


def _series_elsewhere(store: str, copied: Sequence[Copied]) -> str:
    held = {file.name for file in copied}
    what = "no series of it" if STORE_FILE in held else "the ledger, with packs but no series,"
    return f"{store}: {what} is copied here; back InfluxDB up now, after the ledger"


def _restore(arguments: argparse.Namespace) -> int:
    plant = load_plant(arguments.plant)
    data = data_dir(arguments.data, plant)
    aside = restore(arguments.folder, data, replace=arguments.replace, now_ms=now_ms())
    enter_audit(data, plant, "restore", detail=f"{arguments.folder.resolve()}")
    if arguments.json:
        print_json({"data": str(data), "aside": str(aside) if aside else None})
        return DONE
    print_line(f"{data}: restored" + (f"; what was there lies in {aside}" if aside else ""))
    return DONE
