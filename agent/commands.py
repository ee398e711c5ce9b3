"""``cleanline agent``: reads the meters of one gateway, once or until it is told to stop."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import sys
from pathlib import Path

from agent import log
from agent.clock import Clock
from agent.gateway import Gateway
from agent.once import as_json, as_table, read_once
from agent.outbox import Bounds, Outbox
from agent.poller import Poller, pollers_of
from agent.probe_command import probe_main
from agent.signing import signer
from agent.thinning import Thinner, bytes_per_day
from plant.broker import BrokerAddress, parse_broker
from plant.check import load_plant
from plant.description import Plant
from plant.ending import be_gone_soon, hear_end
from plant.errors import StoreError, UsageError

__all__ = ["main", "probe_main"]


def main(argv: list[str]) -> int:
    """Run ``cleanline agent``; 0 done, 1 when ``--once`` found no value, or one that cannot be."""
    options = _parser().parse_args(argv)
    log.configure(logging.DEBUG if options.verbose else logging.INFO, options.log)
    plant = load_plant(options.plant)
    gateway = _gateway(plant, options.gateway)
    clock = Clock()
    pollers = pollers_of(plant, gateway, clock)
    if options.once:
        return asyncio.run(_once(plant, pollers, clock=clock, as_object=options.json))
    return asyncio.run(_serve(plant, gateway, pollers=pollers, clock=clock, options=options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("cleanline agent", description=__doc__)
    parser.add_argument("plant", type=Path, help="the plant file")
    parser.add_argument("--gateway", help="which gateway this is; needed when there are several")
    parser.add_argument("--broker", help="mqtt[s]://host:port instead of the plant file's")
    parser.add_argument("--data", type=Path, help="folder of the outbox")
    parser.add_argument(
        "--outbox-mib", type=_positive, default=512, help="largest size of the outbox [MiB]"
    )
    parser.add_argument(
        "--outbox-days", type=_positive, default=400, help="days of readings that it keeps"
    )
    parser.add_argument("--once", action="store_true", help="read everything once and print it")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--verbose", action="store_true", help="log debug messages too")
    parser.add_argument("--log", choices=["text", "json"], default="text", help="format of the log")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _gateway(plant: Plant, named: str | None) -> str:
    if named is not None:
        return named
    if len(plant.gateways) == 1:
        return next(iter(plant.gateways))
    known = ", ".join(plant.gateways) or "none"
    raise UsageError(f"say which gateway with --gateway; the plant file names: {known}")


async def _once(plant: Plant, pollers: list[Poller], *, clock: Clock, as_object: bool) -> int:
    meters = sum(len(unit.meters) for poller in pollers for unit in poller.units)
    log.info("reading", meters=meters, buses=len(pollers))
    lines, uses = await read_once(plant, pollers, clock)
    sys.stdout.write((as_json if as_object else as_table)(lines, uses) + "\n")
    return 0 if all(line.plausible for line in lines) else 1


def _broker(plant: Plant, options: argparse.Namespace) -> BrokerAddress:
    url = options.broker or (plant.broker.url if plant.broker else None)
    if url is None:
        raise UsageError("no broker: write [broker] url into the plant file, or give --broker")
    return parse_broker(url)


def _outbox(plant: Plant, gateway: str, options: argparse.Namespace) -> Outbox:
    folder = options.data or Path(os.environ.get("CLEANLINE_DATA") or plant.data_dir)
    bounds = Bounds(options.outbox_mib * 2**20, options.outbox_days)
    raw, thin = bytes_per_day(plant, gateway)
    try:
        outbox = Outbox(
            folder / f"outbox-{plant.id}-{gateway}.sqlite", bounds, thinner=Thinner(plant)
        )
    except StoreError as error:
        raise UsageError(str(error)) from error
    log.info(
        "outbox", id=outbox.id, waiting=outbox.depth,
        days_whole=f"{bounds.max_bytes / raw:.1f}",
        days_thinned=f"{min(bounds.max_bytes / thin, bounds.max_days):.0f}",
    )  # fmt: skip
    return outbox


async def _serve(
    plant: Plant,
    gateway: str,
    *,
    pollers: list[Poller],
    clock: Clock,
    options: argparse.Namespace,
) -> int:
    broker, sign = _broker(plant, options), signer()
    outbox = _outbox(plant, gateway, options)
    asked = _end_asked_for()
    asyncio.get_running_loop().set_exception_handler(
        lambda _, context: log.warn("line", what=context.get("exception") or context["message"])
    )
    agent = Gateway(
        plant, gateway, pollers=pollers, outbox=outbox, broker=broker, clock=clock, sign=sign
    )
    log.info(
        "started", plant=plant.id, gateway=gateway, meters=len(plant.meters_at(gateway)),
        broker=broker, packs="signed" if sign else "unsigned",
    )  # fmt: skip
    await agent.run(asked)
    counts = agent.counts
    log.info(
        "stopped", polls=counts.polls, failed=counts.failed, readings=counts.readings,
        skipped=sum(p.schedule.skipped for p in pollers), waiting=outbox.depth,
    )  # fmt: skip
    if options.json:
        told = {
            "polls": counts.polls, "failed": counts.failed, "readings": counts.readings,
            "packs": outbox.appended, "waiting": outbox.depth,
        }  # fmt: skip
        sys.stdout.write(json.dumps(told) + "\n")
    return 0


def _end_asked_for() -> asyncio.Event:
    """Set once a signal asks this process to end."""
    asked, loop = asyncio.Event(), asyncio.get_running_loop()

    def hear(_: int) -> None:
        be_gone_soon()
        loop.call_soon_threadsafe(asked.set)

    hear_end(hear)
    return asked
