"""``cleanline probe``: who is on a bus, or what one register may mean."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Iterable
from dataclasses import asdict

from agent import log
from agent.bus import Bus, Patience
from agent.clock import Clock
from agent.frames import Failure
from agent.probe import TYPES, Found, find_units, parse_address
from agent.register_view import Register, show_register
from plant.description import Bus as BusDescription
from plant.errors import UsageError
from plant.models import library
from plant.terminal import print_error


def probe_main(argv: list[str]) -> int:
    """Run ``cleanline probe``; 0 when something answered, 1 when nothing did."""
    options = _parser().parse_args(argv)
    if not 0 < options.timeout <= 60:  # NaN neither
        raise UsageError(f"--timeout {options.timeout:g}: a time above 0 and up to 60 s")
    log.configure(logging.ERROR)
    bus = Bus("probe", parse_address(options.address), clock=Clock())
    patience = Patience(timeout_s=options.timeout)
    units = _units(options.units)
    if options.register is None:
        return asyncio.run(_find(bus, units, patience=patience, as_object=options.json))
    wanted = Register(units[0], options.register, options.function, options.type)
    return asyncio.run(_show(bus, wanted, patience=patience, as_object=options.json))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("cleanline probe", description=__doc__)
    parser.add_argument("address", help="tcp://host:502 or serial:///dev/ttyUSB0?baud=9600")
    parser.add_argument("--units", default="1-32", help="unit ids to ask, such as 1-10,100")
    parser.add_argument("--timeout", type=float, default=0.5, help="patience per unit [s]")
    parser.add_argument(
        "--register",
        type=int,
        metavar="ADDRESS",
        help="show one register in every byte and word order, beside the address before it",
    )
    parser.add_argument("--function", type=int, choices=(3, 4), help="3, or 4 where 3 is refused")
    parser.add_argument("--type", choices=TYPES, help="what the register holds")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _units(text: str) -> list[int]:
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.partition("-")
        last = last if dash else first
        if not first.isdigit() or not last.isdigit() or int(last) > 255:
            raise UsageError(f"--units {text!r} is not a list of unit ids: write 1-32 or 1,5,9")
        found += range(int(first), int(last) + 1)
    return found


async def _show(bus: Bus, wanted: Register, *, patience: Patience, as_object: bool) -> int:
    try:
        return await show_register(bus, wanted, patience, as_object=as_object)
    finally:
        bus.close()


async def _find(bus: Bus, units: Iterable[int], *, patience: Patience, as_object: bool) -> int:
    found: list[Found] = []
    failure: Failure | None = None
    async for unit, result in find_units(bus, units, library().values(), patience):
        if isinstance(result, Failure):
            failure = result
            _progress(f"unit {unit}: {result.kind}")
            continue
        found.append(result)
        _progress(f"unit {unit}: answers")
        if not as_object:
            sys.stdout.write(_row(result) + "\n")
    bus.close()
    if as_object:
        sys.stdout.write(json.dumps([asdict(unit) for unit in found]) + "\n")
    else:
        sys.stdout.write(plant_lines(bus.description, found))
    if not found and failure is not None:
        print_error(_nothing(bus, failure))
    return 0 if found else 1


def plant_lines(bus: BusDescription, found: Iterable[Found]) -> str:
    """What a plant file says of the units whose model is known; names are left to a person."""
    known = [(unit.unit, model) for unit in found for model in (unit.models + unit.named)[:1]]
    if not known:
        return ""
    settings = bus.model_dump(exclude_defaults=True)
    lines = ["", "# for the plant file, once the names in capitals are given:"]
    lines += ["[gateways.GATEWAY.buses.BUS]"]
    lines += [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    for unit, model in known:
        lines += [f"[meters.METER-{unit}]", 'bus = "GATEWAY/BUS"', f"unit_id = {unit}"]
        lines += [f'model = "{model}"']
    return "\n".join(lines) + "\n"


def _nothing(bus: Bus, failure: Failure) -> str:
    if failure.kind == "refused":
        return failure.text
    hint = "baud rate, parity and wires"
    if not bus.description.serial:
        hint = "the ids, with --units"
        if bus.description.framer is None:
            hint += "; behind a server that passes RTU frames on, add ?framer=rtu to the address"
    return f"{bus.address}: every unit id that was asked is silent; look at {hint}"


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()


def _row(found: Found) -> str:
    parts = [f"unit {found.unit}"]
    if found.identity:
        parts.append(found.identity)
    if found.models:
        parts.append("fits " + ", ".join(found.models))
    if found.named:
        parts.append(f"by its name {' or '.join(found.named)}; compare a value with its display")
    if found.sunspec:
        blocks = (f"{model} at {address}" for model, address in found.sunspec)
        parts.append("SunSpec models " + ", ".join(blocks))
    if found.note:
        parts.append(found.note)
    return ": ".join([parts[0], "; ".join(parts[1:]) or "answers, and fits no model that we know"])
