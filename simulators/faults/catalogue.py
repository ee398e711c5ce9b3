"""All kinds of faults: one union for files, one list for people."""

from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from plant.errors import UsageError
from simulators.faults.base import Fault
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
)  # fmt: skip

AnyFault = Annotated[
    Silence | Slow | Refusing | WrongUnit | WrongTransaction | Truncated | Lumps | Garbage
    | CrcError | HalfOpen | Refused | OneConnection
    | Reboot | Stuck | Drift | Noise | Spike | Zero | NotANumber | Sentinel | Torn | WordOrder
    | Rollover | Reset | StepBack | Swap | CtRatio,
    Field(discriminator="kind"),
]  # fmt: skip
_ADAPTER: TypeAdapter[Fault] = TypeAdapter(AnyFault)


def kind_of(fault: type[Fault]) -> str:
    """The word for a kind in files."""
    (name,) = fault.model_fields["kind"].annotation.__args__  # type: ignore[union-attr]
    return str(name)


def read_fault(content: dict[str, Any]) -> Fault:
    """A fault from its table; UsageError says what is wrong."""
    try:
        return _ADAPTER.validate_python(content)
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
        lines.append(f"{head:30} {fault.says}\n{'':30} {fault.seen}")
    return "\n".join(lines)
