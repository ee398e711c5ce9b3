"""``cleanline profile``: what a plant takes for each unit of product."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from collector.options import (
    DONE,
    guarded,
    make_parser,
    now_ms,
    opened,
    print_json,
    print_line,
)
from collector.profile import BY, Ask, Profile, profile
from collector.profile.spans import known_until
from collector.profile.text import told
from collector.statement import shipped
from plant.calendar import iso, local_date, next_month
from plant.check import load_plant
from plant.terminal import print_error

HEAD = (
    "period", "start", "end", "quantity", "kind", "unit", "amount", "quality", "product",
    "output", "specific",
)  # fmt: skip
ONE_DAY = timedelta(days=1)


def profile_main(argv: Sequence[str]) -> int:
    """Print specific consumption, norms, the RECP profile and balances."""
    says = "What a plant takes for each unit of product, against norms and its baseline year."
    parser = make_parser("profile", says, has_languages=True)
    parser.add_argument("plant", type=Path, metavar="PLANT", help="the plant file")
    for name, says in (
        ("--from", "first day; default a year before the last"),
        ("--to", "last day, included; default that of the last month that is over and known"),
    ):
        parser.add_argument(name, type=date.fromisoformat, metavar="DATE", help=says)
    parser.add_argument("--by", choices=BY, default="month", help="periods; default month")
    parser.add_argument("--area", metavar="NAME", help="the meters of one area alone")
    parser.add_argument("--csv", action="store_true", help="print CSV, a line for each figure")
    return guarded(lambda: _profile(parser.parse_args(argv)))


def _profile(arguments: argparse.Namespace) -> int:
    plant = load_plant(arguments.plant)
    with opened(arguments, plant, writes=False) as held:
        today = local_date(now_ms(), plant.zone)
        until = min(known_until(plant, held.store, ledger=held.ledger) or today, today)
        ask = _ask(arguments, until)
        found = profile(plant, held.store, ledger=held.ledger, ask=ask, tables=shipped(plant))
        held.warn_of_unfinished(plant, "profile")
    if arguments.to is None and until < today.replace(day=1):
        print_error(
            f"profile: nothing is known from {until} on, so {ask.last} is the last day told; "
            "--from and --to name others"
        )
    if arguments.json:
        print_json(found.as_json(arguments.lang))
    elif arguments.csv:
        write_csv(found)
    else:
        for line in told(found, arguments.lang):
            print_line(line)
    return DONE


def _ask(arguments: argparse.Namespace, until: date) -> Ask:
    """The days asked for; unless said, the twelve months that are over when nothing more is known.

    until: the day from which on that is so.
    """
    last = arguments.to or until.replace(day=1) - ONE_DAY
    following = next_month(last)
    first = getattr(arguments, "from") or following.replace(year=following.year - 1)
    return Ask(first, last, arguments.by, arguments.area)


def write_csv(found: Profile) -> None:
    """A line for each period, quantity and product, on standard output."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(HEAD)
    for span, one in found.figures():
        cells = (one.amount, one.quality, one.product, one.output, one.specific)
        start, end = iso(span.start_ms), iso(span.end_ms)
        writer.writerow([span.label, start, end, one.quantity, one.kind, one.unit, *cells])
