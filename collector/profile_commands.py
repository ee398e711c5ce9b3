"""``cleanline profile``: what a plant takes for each unit of product."""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Iterator, Sequence
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
from collector.profile.parts import Balance, Change, Column, Compared
from collector.profile.spans import known_until
from collector.statement import shipped
from plant.calendar import iso, local_date, next_month
from plant.check import load_plant

HEAD = (
    "period", "start", "end", "quantity", "kind", "unit", "amount", "quality", "product",
    "output", "specific",
)  # fmt: skip
ONE_DAY = timedelta(days=1)
SMALL_UNIT = {"tCO2e": ("kgCO2e", 1000.0)}  # what a tonne of product emits is a small part of one


def profile_main(argv: Sequence[str]) -> int:
    """Print specific consumption, norms, the RECP profile and balances."""
    says = "What a plant takes for each unit of product, against norms and its baseline year."
    parser = make_parser("profile", says)
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
    with opened(arguments, plant) as held:
        today = local_date(now_ms(), plant.zone)
        until = min(known_until(plant, held.store, ledger=held.ledger) or today, today)
        ask = _ask(arguments, until)
        found = profile(plant, held.store, ledger=held.ledger, ask=ask, tables=shipped(plant))
        held.warn_of_unfinished(plant, "profile")
    if arguments.to is None and until < today.replace(day=1):
        sys.stderr.write(
            f"profile: nothing is known from {until} on, so {ask.last} is the last day told; "
            "--from and --to name others\n"
        )
    if arguments.json:
        print_json(found.as_json())
    elif arguments.csv:
        write_csv(found)
    else:
        for line in told(found):
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


def told(found: Profile) -> Iterator[str]:
    """A profile as lines to read."""
    ask = found.ask
    where = f", area {ask.area}" if ask.area else ""
    yield f"{found.plant}: {ask.first} to {ask.last} by {ask.by}{where}"
    for note in found.notes:
        yield f"  {note}"
    for column in found.columns:
        yield from _column(found, column)
    if found.norms:
        yield "norms of the sector, beside the plant's own figure:"
        yield from (f"  {_norm(one)}" for one in found.norms)
    if found.recp and found.baseline:
        yield f"RECP profile against {found.baseline[0]} to {found.baseline[1]}:"
        several = len(found.denominators) > 1
        yield from (f"  {_change(one, several=several)}" for one in found.recp)
    if found.balances:
        yield "balances:"
        yield from (f"  {_balance(one)}" for one in found.balances)


def _column(found: Profile, column: Column) -> Iterator[str]:
    """A quantity: its figure in all, and by period where it is an amount of its own."""
    for one in found.denominators:
        unit, scale = SMALL_UNIT.get(column.unit, (column.unit, 1.0))
        whole = _figure(column.total_specific[one.product], scale)
        known = column.periods_known[one.product]
        title = column.quantity if column.kind == "amount" else f"{column.quantity}, {column.kind}"
        yield f"{title}: {whole} {unit}/{one.unit} of {one.product} ({known} periods known)"
        if column.kind != "amount":
            continue
        values = zip(found.spans, column.values, column.specific[one.product], strict=True)
        for span, amount, specific in values:
            if amount is not None:
                each = f"{_figure(specific)} {column.unit}/{one.unit}"
                yield f"  {span.label}  {amount:,.1f} {column.unit}  {each}"


def _norm(one: Compared) -> str:
    norm = one.norm
    value = " to ".join(f"{v:,g}" for v in (norm.range or (norm.value,)) if v is not None)
    own = "own figure not known" if one.own is None else f"own {_figure(one.own)}"
    whom = "; ".join(filter(None, (norm.applies, norm.boundary, norm.period)))
    return f"{one.quantity}: {own}, {norm.kind} {value} {norm.unit} ({whom}; {norm.source})"


def _change(one: Change, *, several: bool) -> str:
    what = f"{one.kind} of {one.quantity}" + (f", {one.product}" if several else "")
    if one.change_percent is None:
        return f"{what}: not known"
    better = "" if one.is_better is None else " (better)" if one.is_better else " (worse)"
    ends = f"{_figure(one.baseline)} -> {_figure(one.now)} {one.unit}"
    return f"{what}: {ends}, {one.change_percent:+.1f} %{better}"


def _balance(one: Balance) -> str:
    found = one.found
    if not found.periods:
        return f"{one.name}: no period in which all of its parts are known"
    parts = ", ".join(f"{n} {v:,.1f}" for n, v in zip(one.parts, found.parts, strict=True))
    percent = found.unexplained_percent
    share = "" if percent is None else f" ({percent:.1f} %)"
    left = f"= {parts}, unexplained {found.unexplained:,.1f}{share}" if parts else "unexplained"
    holds = f", not known: {', '.join(one.unknown)}" if one.unknown else ""
    counts = f"{found.periods} periods, {found.missing} missing"
    return f"{one.name}: {found.whole:,.1f} {one.unit} {left}{holds}; {counts}"


def _figure(value: float | None, scale: float = 1.0) -> str:
    return "-" if value is None else f"{value * scale:,.4g}"
