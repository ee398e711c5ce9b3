"""`cleanline move`: the series of the embedded store, or of another, into another store."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from collector.copies.moving import move
from collector.lease import claim
from collector.options import (
    DONE,
    data_dir,
    enter_audit,
    guarded,
    load_plants,
    make_parser,
    now_ms,
    print_json,
    print_line,
)
from collector.store import open_store
from plant.calendar import DAY_MS
from plant.errors import UsageError


def move_main(argv: Sequence[str]) -> int:
    """Copy all series while no collector runs; the ledger stays where it is."""
    parser = make_parser("move", "Copy all series into another store; stop the collector first.")
    parser.add_argument("plants", nargs="+", type=Path, metavar="PLANT", help="a plant file")
    parser.add_argument("--to", metavar="URL", help="the new store; default the embedded one")
    return guarded(lambda: _move(parser.parse_args(argv)))


def _move(arguments: argparse.Namespace) -> int:
    if arguments.store == arguments.to:
        raise UsageError("move: from where to where? give --to influxdb://HOST:PORT/DATABASE")
    plants = load_plants(arguments.plants)
    data = data_dir(arguments.data, next(iter(plants.values())))
    held = claim(data)
    source, target = open_store(arguments.store, data), open_store(arguments.to, data)
    try:
        moved = list(move(source, target, plants=plants, until_ms=now_ms() + DAY_MS))
    finally:
        source.close()
        target.close()
        held.release()
    told = f"to {arguments.to or 'the embedded store'}: {len(moved)} series"
    for plant in plants.values():
        enter_audit(data, plant, "move", detail=told)
    if arguments.json:
        print_json([{**one.series._asdict(), "rows": one.rows} for one in moved])
        return DONE
    print_line(f"{len(moved)} series, {sum(one.rows for one in moved)} rows, each read back")
    if arguments.to:
        print_line(f"start the collector with --store {arguments.to}")
    return DONE
