"""All kinds of faults: one union for files, one list for people."""

import difflib
from functools import cache
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from plant.errors import UsageError
from simulators.faults.base import Fault
from simulators.faults.path import (
    BrokerGone,
    BrokerWiped,
    ClockDrift,
    ClockJump,
    DatabaseGone,
    DisorderPacks,
    DuplicatePacks,
    SummerTime,
)
from simulators.faults.values import (
    CtRatio,
    Drift,
    Noise,
    Reboot,
    Reset,
    Rollover,
    Spike,
    StepBack,
    Stuck,
    Swap,
    Zero,
)
from simulators.faults.wire import (
    CrcError,
    Garbage,
    HalfOpen,
    Lumps,
    OneConnection,
    Refused,
    Refusing,
    Silence,
    Slow,
    Truncated,
    WrongTransaction,
    WrongUnit,
)
from simulators.faults.words import NotANumber, Sentinel, Torn, WordOrder

KINDS: tuple[type[Fault], ...] = (
    Silence, Slow, Refusing, WrongUnit, WrongTransaction, Truncated, Lumps, Garbage, CrcError,
    HalfOpen, Refused, OneConnection,
    Reboot, Stuck, Drift, Noise, Spike, Zero, NotANumber, Sentinel, Torn, WordOrder,
    Rollover, Reset, StepBack, Swap, CtRatio,
    ClockJump, ClockDrift, SummerTime, DuplicatePacks, DisorderPacks,
    BrokerGone, BrokerWiped, DatabaseGone,
)  # fmt: skip

AnyFault = Annotated[
    Silence | Slow | Refusing | WrongUnit | WrongTransaction | Truncated | Lumps | Garbage
    | CrcError | HalfOpen | Refused | OneConnection
    | Reboot | Stuck | Drift | Noise | Spike | Zero | NotANumber | Sentinel | Torn | WordOrder
    | Rollover | Reset | StepBack | Swap | CtRatio
    | ClockJump | ClockDrift | SummerTime | DuplicatePacks | DisorderPacks
    | BrokerGone | BrokerWiped | DatabaseGone,
    Field(discriminator="kind"),
]  # fmt: skip
# What no scenario can schedule, because it strikes a process that somebody else has started.
ELSEWHERE = (
    ("disk-full", "a part's disk takes nothing more: agent.full_disk() of the pytest fixtures",
     "thingsboard/thingsboard-gateway#1483: storage is full, and never recovers"),
    ("power cut", "a part is killed: .kill() of the pytest fixtures, then .start()",
     "eclipse-paho/paho.mqtt.python#857: the queue is lost when power fails"),
    ("store locked", "another program holds the SQLite store: store.locked() of the fixtures",
     "influxdata/telegraf#4960: metrics are missing around an outage of the output"),
)  # fmt: skip


@cache
def _adapter() -> TypeAdapter[Fault]:
    return TypeAdapter(AnyFault)


def kind_of(fault: type[Fault]) -> str:
    """The word for a kind in files."""
    (name,) = fault.model_fields["kind"].annotation.__args__  # type: ignore[union-attr]
    return str(name)


def read_fault(content: dict[str, Any]) -> Fault:
    """A fault from its table; UsageError says what is wrong."""
    kinds, kind = [kind_of(fault) for fault in KINDS], str(content.get("kind"))
    if kind not in kinds:
        near = difflib.get_close_matches(kind, kinds, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise UsageError(f"fault: no kind {kind!r}; {hint}--list-faults tells of all")
    try:
        return _adapter().validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "fault"
        raise UsageError(f"fault: {where}: {first['msg']}; see --list-faults") from error


def listed() -> str:
    """Every kind in a line or two: what it does, and where it was met."""
    lines = []
    for fault in KINDS:
        known = Fault.model_fields.keys() | {"point"}
        own = [f.alias or n.rstrip("_") for n, f in fault.model_fields.items() if n not in known]
        head = f"{kind_of(fault)}" + (f" ({', '.join(own)})" if own else "")
        lines.append(_line(head, f"{fault.says} [{' or '.join(fault.strikes)}]", fault.seen))
    return "\n".join([*lines, "", *(_line(*one) for one in ELSEWHERE)])


def _line(head: str, says: str, seen: str) -> str:
    return f"{head:30} {says}\n{'':30} {seen}"
