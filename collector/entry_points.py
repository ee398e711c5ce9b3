"""What three commands take, apart from what they do: `--help` loads none of that."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from collector.options import add_authorship, guarded, make_parser

if TYPE_CHECKING:
    from collector.commands import Serve

PACKS_GIB = 16.0
VERBS = "lock the plans, show how they stand, or say beforehand what they could prove"


def collector_main(
    argv: Sequence[str],
    serve: Serve | None = None,
    *,
    add_options: Callable[[argparse.ArgumentParser], None] | None = None,
) -> int:
    """Run the collector until SIGTERM or Ctrl-C.

    `serve` begins to serve pages in threads of its own and returns how to end that;
    `add_options` adds what it wants to be told.
    """
    parser = make_parser("collector", "Take packs in, store them, and derive what they mean.")
    parser.add_argument("plants", nargs="+", type=Path, metavar="PLANT", help="a plant file")
    parser.add_argument("--broker", metavar="URL", help="mqtt://host:1883")
    parser.add_argument(
        "--share",
        action="store_true",
        help="divide the work with other collectors of this data folder, over one InfluxDB",
    )
    parser.add_argument(
        "--packs-gib",
        type=float,
        default=PACKS_GIB,
        metavar="N",
        help=f"how much of the packs as they came is kept ({PACKS_GIB:g}); 0 keeps none",
    )
    parser.add_argument("--log", choices=["text", "json"], default="text", help="format of the log")
    if add_options is not None:
        add_options(parser)
    arguments = parser.parse_args(argv)
    from collector.commands import run  # noqa: PLC0415

    return guarded(lambda: run(arguments, serve))


def plan_main(argv: Sequence[str]) -> int:
    """Lock the plans of a plant file, show how they stand, or say what they could prove."""
    parser = make_parser(
        "plan",
        "The M&V plan: locked before the reporting period is looked at.",
        has_languages=True,
    )
    parser.add_argument("verb", choices=["lock", "show", "power"], help=VERBS)
    parser.add_argument("plant", type=Path, metavar="PLANT", help="the plant file")
    parser.add_argument("--plan", metavar="NAME", help="only this plan; default all")
    add_authorship(parser, "why; needed for an amendment, and printed in every report")
    arguments = parser.parse_args(argv)
    from collector.plans.commands import plan  # noqa: PLC0415

    return guarded(lambda: plan(arguments))


def verify_main(argv: Sequence[str]) -> int:
    """Judge the claims; 1 when one is refuted."""
    parser = make_parser(
        "verify", "Judge the claims of a plant file by their locked plans.", has_languages=True
    )
    parser.add_argument("plant", type=Path, metavar="PLANT", help="the plant file")
    parser.add_argument("--claim", metavar="NAME", help="only this claim; default all")
    arguments = parser.parse_args(argv)
    from collector.claims.verify_commands import verify  # noqa: PLC0415

    return guarded(lambda: verify(arguments))
