"""All kinds of faults: read from a table, listed for people."""

import difflib
from collections.abc import Iterable
from functools import cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

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

# What no scenario can schedule, because it strikes a process that somebody else has started.
ELSEWHERE = (
    ("disk-full", "a part's disk takes nothing more: agent.full_disk() of the pytest fixtures",
     "thingsboard/thingsboard-gateway#1483: storage is full, and never recovers"),
    ("power cut", "a part is killed: .kill() of the pytest fixtures, then .start()",
     "eclipse-paho/paho.mqtt.python#857: the queue is lost when power fails"),
    ("store locked", "another program holds the SQLite store: store.locked() of the fixtures",
     "influxdata/telegraf#4960: metrics are missing around an outage of the output"),
)  # fmt: skip


def kind_of(fault: type[Fault]) -> str:
    """The word for a kind in files."""
    (name,) = fault.model_fields["kind"].annotation.__args__  # type: ignore[union-attr]
    return str(name)


@cache
def _by_kind() -> dict[str, type[Fault]]:
    return {kind_of(fault): fault for fault in KINDS}


def _keys_of(fault: type[Fault]) -> list[str]:
    return [field.alias or name for name, field in fault.model_fields.items()]


def fault_of(table: Any) -> Fault:
    """A fault from its table; ValidationError says all that is wrong with it."""
    given = table if isinstance(table, dict) else {}
    kind = given.get("kind")
    fault = _by_kind().get(kind) if isinstance(kind, str) else None
    if kind is None:
        raise _invalid([InitErrorDetails(type="missing", loc=("kind",), input=table)])
    if fault is None:
        wanted = "one that --list-faults tells of"
        raise _invalid([_unknown("kind", kind, _by_kind(), wanted=wanted)])
    keys = _keys_of(fault)
    known = {key: value for key, value in given.items() if key in {*keys, *fault.model_fields}}
    problems = [
        _unknown(key, key, keys, wanted=f"{kind} has {', '.join(keys[1:])}")
        for key in given
        if key not in known
    ]
    try:
        found = fault.model_validate(known)
    except ValidationError as error:
        told = error.errors()  # of the whole table it says only what the strange keys left
        problems += [_again(one) for one in told if one["loc"] or not problems]
    if problems:
        raise _invalid(problems)
    return found


def _unknown(key: str, found: Any, known: Iterable[str], *, wanted: str) -> InitErrorDetails:
    near = difflib.get_close_matches(str(found), known, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    told = PydanticCustomError("unknown", "{wanted}", {"wanted": wanted + hint})
    return InitErrorDetails(type=told, loc=(key,), input=found)


def _again(one: ErrorDetails) -> InitErrorDetails:
    """An error as it is given to make one."""
    return InitErrorDetails(
        type=one["type"], loc=one["loc"], input=one["input"], ctx=one.get("ctx", {})
    )


def _invalid(problems: list[InitErrorDetails]) -> ValidationError:
    return ValidationError.from_exception_data("fault", problems)


def read_fault(content: dict[str, Any]) -> Fault:
    """A fault from its table; UsageError says what is wrong."""
    try:
        return fault_of(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "fault"
        found = f" {first['input']!r}" if first["type"] == "unknown" else ""
        message = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"fault: {where}{found}: {message}; see --list-faults") from error


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
