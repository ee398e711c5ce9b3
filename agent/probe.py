"""Finds out what hangs on a bus: unit ids, makers, models, byte orders. It only reads."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from pydantic import ValidationError

from agent.bus import Bus, Patience
from agent.frames import SILENT_BEHIND_GATEWAY, Failure, Identity, Read, Words
from agent.sunspec import Block, place_in, walk
from plant.codec import unpack
from plant.description import Bus as BusDescription
from plant.errors import UsageError
from plant.models import WORDS, MeterModel, Order, Probe, Type

ORDERS: tuple[Order, ...] = ("ABCD", "CDAB", "BADC", "DCBA")
TYPES: tuple[Type, ...] = (
    "int16", "uint16", "int32", "uint32", "float32", "int64", "uint64", "float64",
)  # fmt: skip
IMPLAUSIBLE = 10.0  # powers of ten from the usual size
USUAL_SIZE = 100.0  # what a meter shows is nearer to this than what a wrong order makes of it


def parse_address(text: str) -> BusDescription:
    """The bus in ``tcp://host:502`` or ``serial:///dev/ttyUSB0?baud=9600&parity=E``."""
    parts = urlsplit(text)
    options: dict[str, object] = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    if parts.scheme == "tcp" and parts.hostname:
        medium = {"tcp": parts.netloc if ":" in parts.netloc else f"{parts.netloc}:502"}
    elif parts.scheme == "serial" and parts.path:
        medium = {"serial": parts.path}
    else:
        raise UsageError(
            f"address {text!r} is none: write tcp://192.168.10.20:502 "
            "or serial:///dev/ttyUSB0?baud=9600&parity=E"
        )
    for key in ("baud", "stop_bits"):
        if key in options:
            options[key] = int(str(options[key])) if str(options[key]).isdigit() else options[key]
    try:
        return BusDescription.model_validate(medium | options)
    except ValidationError as error:
        fault = error.errors()[0]
        key = ".".join(str(part) for part in fault["loc"]) or "address"
        raise UsageError(f"address {text!r}: {key}: {fault['msg']}") from error


@dataclass(frozen=True, slots=True)
class Found:
    """A unit that answered."""

    unit: int
    identity: str = ""
    models: tuple[str, ...] = ()  # whose probe registers or blocks fit
    named: tuple[str, ...] = ()  # those without such registers whose name it says
    sunspec: tuple[tuple[int, int], ...] = ()  # its SunSpec models, and where each lies
    note: str = ""


async def find_units(
    bus: Bus, units: Iterable[int], models: Collection[MeterModel], patience: Patience
) -> AsyncIterator[tuple[int, Found | Failure]]:
    """For each unit id what answered there, or why nothing; stops when the line is down."""
    for unit in units:
        presence = await _is_there(bus, unit, patience)
        if isinstance(presence, Failure):
            yield unit, presence
            if presence.kind == "refused":
                return
            continue
        who = await bus.identify(unit, patience)
        identity = str(who) if isinstance(who, Identity) else ""
        probe = _Registers(bus, unit, patience)
        chain = await probe.sunspec()
        yield (
            unit,
            Found(
                unit,
                identity=identity,
                models=tuple([m.id for m in models if await probe.fits(m, chain)]),
                named=tuple(m.id for m in models if is_named(m, identity)),
                sunspec=tuple((block.model, block.address) for block in chain),
                note=presence,
            ),
        )


def is_named(model: MeterModel, identity: str) -> bool:
    """Whether a unit calls itself this model, which has no register that would prove it."""
    return not (model.probe or model.found) and says_it_is(model, identity)


def says_it_is(model: MeterModel, identity: str) -> bool:
    """Whether a unit calls itself this model, whatever its registers hold."""
    maker, said = model.meter.maker.split()[0].lower(), identity.lower()
    return maker in said and model.meter.name.lower() in said


async def _is_there(bus: Bus, unit: int, patience: Patience) -> str | Failure:
    """A note when anything answers: registers, or an exception, of function 3 or 4."""
    silence = Failure("timeout", "silent")
    for function in (3, 4):
        answer = await bus.read(unit, Read(function, 0, 1), patience)
        if isinstance(answer, Words):
            return ""
        if answer.kind == "exception" and answer.code not in SILENT_BEHIND_GATEWAY:
            return ""
        if answer.kind == "refused":
            return answer
        if answer.kind == "garbled":
            return f"something answers, but not as it should: {answer.text}"
    return silence


@dataclass(slots=True)
class _Registers:
    """Registers of one unit, each asked for once."""

    bus: Bus
    unit: int
    patience: Patience

    async def fits(self, model: MeterModel, chain: list[Block]) -> bool:
        """Whether a model's block is in the chain, or every probe register holds what it should."""
        if model.found:
            return isinstance(place_in(chain, model.found), int)
        for probe in model.probe:
            if not await self._holds(probe):
                return False
        return bool(model.probe)

    async def _holds(self, probe: Probe) -> bool:
        read = Read(probe.function, probe.address, probe.words)
        answer = await self.bus.read(self.unit, read, self.patience)
        if not isinstance(answer, Words):
            return False
        return unpack(answer.words, probe.type, probe.order or "ABCD") in probe.equals

    async def sunspec(self) -> list[Block]:
        """The SunSpec blocks of the unit."""
        chain = await walk(lambda read: self.bus.read(self.unit, read, self.patience))
        return [] if isinstance(chain, Failure) else chain


@dataclass(frozen=True, slots=True)
class Reading:
    """What registers mean in one type and order."""

    type: Type
    order: Order
    value: float
    plausible: bool


def all_orders(words: list[int], types: Iterable[Type] = TYPES) -> list[Reading]:
    """Every type and order of the registers; of each type the likeliest is marked."""
    result: list[Reading] = []
    for kind in types:
        count = WORDS[kind]
        if count > len(words):
            continue
        orders = ORDERS if count > 1 else (ORDERS[0], ORDERS[2])
        values = [(order, float(unpack(words[:count], kind, order))) for order in orders]
        best = min(values, key=lambda pair: _strangeness(pair[1]))
        likely = _strangeness(best[1]) < IMPLAUSIBLE
        result += [Reading(kind, *pair, plausible=likely and pair == best) for pair in values]
    return result


def _strangeness(value: float) -> float:
    """How far a value is from what a meter shows, in powers of ten."""
    if not math.isfinite(value):
        return math.inf
    if value == 0:
        return 5.0
    return abs(math.log10(abs(value) / USUAL_SIZE)) + (3.0 if value < 0 else 0.0)
